"""Roll a future while a bot holds the old month."""

from decimal import Decimal

from attrs import evolve

from tests.builders import AAPL, MES
from tests.office import ADAS, BTC, Office
from tradecore.domain.ids import Symbol
from tradecore.domain.parties import Venue
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe


def _send(office: Office, action: str) -> str:
    answer = office.send({"action": action, "symbol": "MES1!", "timeframe": "5"})
    office.work()
    return str(office.told("/api/v1/alerts/" + answer.get_json()["alert_id"])["status"])


def _roll(office: Office) -> None:
    ended, coming = evolve(MES, active=False), evolve(MES, symbol=Symbol("MESH2027"))
    office.exchange.list(ended, coming)
    office.exchange.price(coming.symbol, Decimal(6500))
    office.store.directory.list_instruments(Venue.PAPER, (AAPL, ended, coming, BTC))


def _held(office: Office) -> dict[str, Decimal]:
    return {position.symbol: position.quantity for position in office.exchange.positions(ADAS)}


def test_a_close_by_the_root_closes_the_month_that_is_held() -> None:
    office = Office()
    office.bot("ada-mes-5", symbol=Symbol("MES"), timeframe=Timeframe(300), sizing=Units(Decimal(2)))
    _send(office, "buy")
    _roll(office)

    assert _send(office, "close") == "done"

    assert _held(office) == {}


def test_a_reversal_by_the_root_never_holds_two_months_against_each_other() -> None:
    office = Office()
    office.bot("ada-mes-5", symbol=Symbol("MES"), timeframe=Timeframe(300), sizing=Units(Decimal(2)))
    _send(office, "buy")
    _roll(office)

    assert _send(office, "sell") == "refused"

    assert _held(office) == {}
