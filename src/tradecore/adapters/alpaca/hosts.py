"""Name Alpaca's addresses, and keep play money and real money apart."""

from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from tradecore.domain.credentials import KeyMode


@frozen(kw_only=True)
class Hosts:
    """Where one kind of account trades: without a slash at the end, and without the version."""

    trading: str
    data: str
    stream: str


_DATA: Final = "https://data.alpaca.markets"
_LIVE_HOST: Final = "api.alpaca.markets"
PAPER: Final = Hosts(
    trading="https://paper-api.alpaca.markets", data=_DATA, stream="wss://paper-api.alpaca.markets/stream"
)
LIVE: Final = Hosts(trading=f"https://{_LIVE_HOST}", data=_DATA, stream=f"wss://{_LIVE_HOST}/stream")


def hosts_for(
    mode: KeyMode, *, trading: str | None = None, data: str | None = None, stream: str | None = None
) -> Hosts:
    """Return where keys of *mode* trade; the addresses that are given stand for the paper host alone.

    `ValueError` where play money would be sent to the live host: the address decides, whatever the keys are called.
    """
    if mode is KeyMode.LIVE:
        return LIVE
    found = Hosts(trading=trading or PAPER.trading, data=data or PAPER.data, stream=stream or PAPER.stream)
    for url in (found.trading, found.stream):
        if (urlsplit(url).hostname or "").rstrip(".") == _LIVE_HOST:
            message = f"{url} is where Alpaca trades real money, and cannot stand for its paper host"
            raise ValueError(message)
    return found
