"""Name the addresses of a firm that runs the ProjectX Gateway."""

from typing import Final
from urllib.parse import urlsplit

from attrs import frozen


@frozen(kw_only=True)
class Hosts:
    """Where a firm's accounts trade: its REST API without ``/api``, and both hubs as whole addresses."""

    rest: str
    user_hub: str
    market_hub: str


TOPSTEPX: Final = Hosts(
    rest="https://api.topstepx.com",
    user_hub="https://rtc.topstepx.com/hubs/user",
    market_hub="https://rtc.topstepx.com/hubs/market",
)


def hosts_for(rest: str | None = None, *, user_hub: str | None = None, market_hub: str | None = None) -> Hosts:
    """Return the addresses of the firm whose REST API is at *rest*; TopstepX's without one.

    Hubs that are not given are those of ``rtc.<firm>`` where the API is ``api.<firm>``; `ValueError` where they cannot
    be told.
    """
    base = (rest or TOPSTEPX.rest).rstrip("/").removesuffix("/api")
    address = urlsplit(base)
    firm = address.netloc.removeprefix("api.")
    if (user_hub is None or market_hub is None) and firm == address.netloc:
        message = f"{base} does not tell where its hubs are: name both, the user hub and the market hub"
        raise ValueError(message)
    hubs = f"{address.scheme}://rtc.{firm}/hubs"
    return Hosts(rest=base, user_hub=user_hub or f"{hubs}/user", market_hub=market_hub or f"{hubs}/market")
