"""Choose how the exchange answers where the real one may answer in two ways."""

from attrs import define


@define
class Manners:
    """What is on the wire, and what is not."""

    easy_to_borrow: bool = True  # whether assets still say it
    pdt_fields: bool = False  # whether accounts still say what the pattern-day-trader rule said
    # Whether a list of open orders shows legs that are held, and a nested one legs whose parent it does not show.
    # People saw that it does neither (alpaca-trade-api-js, issue 87, and alpaca-trade-api-python, issue 322).
    held_in_open: bool = False
    orphans_in_nested: bool = False
    sip: bool = False  # whether the subscription covers recent prices of all exchanges
