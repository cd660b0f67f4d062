"""Be the command `tradecore` on a machine where Alpaca's live hosts are an exchange on loopback.

The settings name addresses for paper keys alone, so that nothing that is set ever stands for the live host. Here the
one place that names hosts is replaced, before the command begins: it reads them from LIVE_ALPACA and
LIVE_ALPACA_STREAM, and nothing of this process can reach the real ones.
"""

import os
from urllib.parse import urlsplit

from tradecore.adapters.alpaca.hosts import Hosts
from tradecore.domain.credentials import KeyMode
from tradecore.entrypoints.cli import main
from tradecore.entrypoints.runtime import brokers


def hosts_for(_mode: KeyMode) -> Hosts:
    """Return the exchange's addresses, whatever the keys are for."""
    url, stream = os.environ["LIVE_ALPACA"], os.environ["LIVE_ALPACA_STREAM"]
    assert {urlsplit(one).hostname for one in (url, stream)} == {"127.0.0.1"}
    return Hosts(trading=url, data=url, stream=stream)


if __name__ == "__main__":
    brokers._alpaca_hosts = lambda settings: hosts_for  # noqa: ARG005 - named as what it replaces
    main(prog_name="tradecore")
