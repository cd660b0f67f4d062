"""Check who takes an alert: which account, bot and book, or why nobody."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from tests.builders import AAPL, MES, MONDAY
from tradecore.adapters.memory.store import MemoryStore
from tradecore.domain.book import BookKey
from tradecore.domain.ids import AccountId, AlertId, BotId, Symbol, TokenId, UserId
from tradecore.domain.instruments import Instrument, Kind, Market
from tradecore.domain.parties import Account, Bot, Power, Token, User, Venue
from tradecore.domain.records import Delivery
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.alerts.addressing import NOWHERE, Addressed, Bearer, address, delivery_of, spellings
from tradecore.entrypoints.alerts.reading import Reading, Unreadable, read
from tradecore.ports.directory import Directory

ADA, BOB = UserId("ada"), UserId("bob")
EVAL, LIVE, BOBS = AccountId("account-eval"), AccountId("account-live"), AccountId("account-bob")
FIVE, QUARTER = Timeframe(300), Timeframe(900)
BTC = Instrument(
    symbol=Symbol("BTC/USD"),
    root=Symbol("BTC/USD"),
    kind=Kind.CRYPTO,
    market=Market.ALWAYS,
    tick_size=Decimal("0.01"),
    tick_value=Decimal("0.01"),
)


def an_account(account_id: AccountId, user_id: UserId, name: str, **changes: object) -> Account:
    return evolve(Account(id=account_id, user_id=user_id, name=name, venue=Venue.PAPER), **changes)  # type: ignore[arg-type] # a test's own words


def a_bot(bot_id: str, **changes: object) -> Bot:
    bot = Bot(id=BotId(bot_id), user_id=ADA, account_id=EVAL, symbol=Symbol("AAPL"), timeframe=QUARTER)
    return evolve(bot, **changes)  # type: ignore[arg-type] # a test's own words


def a_token(**changes: object) -> Token:
    token = Token(id=TokenId("t"), user_id=ADA, hash="h", power=Power.SUBMIT, created_at=MONDAY)
    return evolve(token, **changes)  # type: ignore[arg-type] # a test's own words


def a_directory(*bots: Bot, automation: bool = False) -> Directory:
    directory = MemoryStore().directory
    for user_id in (ADA, BOB):
        directory.keep(User(id=user_id, name=user_id))
    own = Units(Decimal(2)) if automation else None
    directory.keep(an_account(EVAL, ADA, "Eval", automation=own))
    directory.keep(an_account(LIVE, ADA, "live"))
    directory.keep(an_account(BOBS, BOB, "bobs"))
    directory.list_instruments(Venue.PAPER, (AAPL, MES, evolve(MES, symbol=Symbol("MESU2026"), active=False), BTC))
    for bot in bots:
        directory.keep(bot)
    return directory


def reading_of(**fields: object) -> Reading:
    reading = read(json.dumps(fields).encode())
    assert isinstance(reading, Reading), reading
    return reading


def equities(action: str = "buy", symbol: str = "AAPL", **fields: object) -> Reading:
    return reading_of(**{"action": action, "symbol": symbol, "timeframe": "15 Min", **fields})


def futures(signal: str = "BUY", symbol: str = "MES", **fields: object) -> Reading:
    return reading_of(**{"secret": "s", "signal": signal, "symbol": symbol, **fields})


def found(reading: Reading, directory: Directory, token: Token | None = None, **bearer: object) -> Addressed:
    who = Bearer(user_id=ADA, token=token, **bearer)  # type: ignore[arg-type] # a test's own words
    addressed = address(reading, who, directory)
    assert isinstance(addressed, Addressed), addressed
    return addressed


def refused(reading: Reading, directory: Directory, token: Token | None = None) -> Unreadable:
    problem = address(reading, Bearer(user_id=ADA, token=token), directory)
    assert isinstance(problem, Unreadable), problem
    return problem


def key(account_id: AccountId, symbol: str) -> BookKey:
    return BookKey(account_id=account_id, symbol=Symbol(symbol))


# ---------------------------------------------------------------- the equities bot's form


@pytest.mark.parametrize("written", ["15 Min", "15", "15m", "15 minutes"])
def test_the_bot_is_found_by_symbol_and_timeframe_however_it_is_written(written: str) -> None:
    directory = a_directory(a_bot("5", timeframe=FIVE), a_bot("15"))

    addressed = found(equities(timeframe=written), directory, a_token())

    assert addressed.bot is not None
    assert (addressed.bot.id, addressed.key, addressed.nobody) == ("15", key(EVAL, "AAPL"), None)


def test_a_bot_that_is_switched_off_is_found() -> None:
    addressed = found(equities(), a_directory(a_bot("15", active=False)), a_token())

    assert addressed.bot is not None


def test_of_two_bots_for_the_same_the_active_one_is_found() -> None:
    directory = a_directory(a_bot("off", active=False), a_bot("on"))

    addressed = found(equities(), directory, a_token())

    assert addressed.bot is not None
    assert addressed.bot.id == "on"


def test_the_same_bot_on_two_accounts_asks_for_the_account() -> None:
    problem = refused(equities(), a_directory(a_bot("one"), a_bot("two", account_id=LIVE)), a_token())

    assert (problem.status, problem.code, problem.field) == (422, "ambiguous", "account")


def test_the_account_that_an_alert_names_decides_between_two_bots() -> None:
    directory = a_directory(a_bot("one"), a_bot("two", account_id=LIVE))

    addressed = found(equities(account="LIVE"), directory, a_token())

    assert addressed.key == key(LIVE, "AAPL")


def test_somebody_elses_bot_is_not_found() -> None:
    directory = a_directory(a_bot("bobs", user_id=BOB, account_id=BOBS))

    addressed = found(equities(), directory, a_token())

    assert (addressed.bot, addressed.nobody) == (None, Refusal.NO_BOT)


def test_an_equities_alert_without_a_bot_is_refused_even_where_the_account_has_its_own_automation() -> None:
    addressed = found(equities(), a_directory(automation=True), a_token())

    assert addressed.nobody is Refusal.NO_BOT


def test_a_bot_for_any_timeframe_takes_what_no_other_takes() -> None:
    directory = a_directory(a_bot("any", timeframe=None), a_bot("5", timeframe=FIVE))

    taken = [found(equities(timeframe=text), directory, a_token()).bot for text in ("5", "15")]

    assert [bot.id if bot else None for bot in taken] == ["5", "any"]


# ---------------------------------------------------------------- what a token reaches


@pytest.mark.parametrize(
    "scope",
    [{"account_id": LIVE}, {"bot_id": BotId("5")}, {"symbols": {Symbol("MSFT")}}],
)
def test_what_a_token_does_not_reach_is_not_found(scope: dict[str, object]) -> None:
    directory = a_directory(a_bot("15"), a_bot("5", timeframe=FIVE))

    addressed = found(equities(), directory, a_token(**scope))

    assert (addressed.bot, addressed.nobody) == (None, Refusal.NO_BOT)


@pytest.mark.parametrize(
    "scope",
    [{"account_id": EVAL}, {"bot_id": BotId("15")}, {"symbols": {Symbol("AAPL")}}, {"signals": {Signal.BUY}}],
)
def test_what_a_token_reaches_is_found(scope: dict[str, object]) -> None:
    addressed = found(equities(), a_directory(a_bot("15")), a_token(**scope))

    assert addressed.bot is not None


def test_a_token_for_one_bot_needs_no_timeframe() -> None:
    directory = a_directory(a_bot("15"), a_bot("5", timeframe=FIVE))

    addressed = found(reading_of(action="buy", symbol="AAPL"), directory, a_token(bot_id=BotId("5")))

    assert addressed.bot is not None
    assert addressed.bot.id == "5"


def test_a_signal_that_the_token_may_not_send_is_refused_by_name() -> None:
    problem = refused(equities("sell"), a_directory(a_bot("15")), a_token(signals={Signal.BUY}))

    assert (problem.status, problem.code, problem.field) == (403, "token-scope", "action")


@pytest.mark.parametrize("scope", [{}, {"account_id": EVAL, "bot_id": BotId("15")}])
def test_flat_needs_a_token_scoped_to_an_account(scope: dict[str, object]) -> None:
    problem = refused(futures("FLAT", "AAPL"), a_directory(a_bot("15")), a_token(**scope))

    assert (problem.status, problem.code, problem.field) == (403, "token-scope", "signal")
    assert "account" in problem.message


def test_flat_takes_the_accounts_whole_book_and_no_bot() -> None:
    addressed = found(futures("FLAT", "AAPL"), a_directory(a_bot("15")), a_token(account_id=LIVE))

    assert (addressed.bot, addressed.key, addressed.nobody) == (None, key(LIVE, "AAPL"), None)


def test_the_installations_secret_may_send_flat() -> None:
    assert found(futures("FLAT"), a_directory()).key == key(EVAL, "MESZ2026")


def test_flat_of_a_symbol_that_the_token_does_not_reach_is_nobodys() -> None:
    token = a_token(account_id=EVAL, symbols={Symbol("AAPL")})

    assert found(futures("FLAT"), a_directory(), token).nobody is Refusal.NO_BOT


# ---------------------------------------------------------------- the futures bot's form, and no timeframe


def test_without_a_timeframe_the_only_bot_is_meant() -> None:
    addressed = found(reading_of(ticker="AAPL", action="buy"), a_directory(a_bot("15")), a_token())

    assert addressed.bot is not None


def test_without_a_timeframe_several_bots_ask_for_it() -> None:
    directory = a_directory(a_bot("15"), a_bot("5", timeframe=FIVE, active=False))

    problem = refused(reading_of(ticker="AAPL", action="buy"), directory, a_token())

    assert (problem.status, problem.code, problem.field) == (422, "ambiguous", "timeframe")
    assert "15 Min, 5 Min" in problem.message


def test_without_a_bot_the_accounts_own_automation_takes_it() -> None:
    addressed = found(futures(), a_directory(automation=True))

    assert addressed.bot is not None
    assert (addressed.bot.sizing, addressed.bot.symbol) == (Units(Decimal(2)), "MES")
    assert addressed.key == key(EVAL, "MESZ2026")


def test_without_a_bot_or_automation_it_is_refused_on_the_accounts_book() -> None:
    addressed = found(futures(), a_directory())

    assert (addressed.nobody, addressed.key) == (Refusal.NO_BOT, key(EVAL, "MESZ2026"))


def test_the_automation_does_not_take_what_a_bot_of_another_timeframe_trades() -> None:
    directory = a_directory(a_bot("mes", symbol=Symbol("MES"), timeframe=FIVE), automation=True)

    assert found(futures(timeframe="15"), directory).nobody is Refusal.NO_BOT


@pytest.mark.parametrize("name", ["live", "LIVE", "account-live"])
def test_the_account_is_named_without_regard_to_case(name: str) -> None:
    assert found(futures(account=name), a_directory()).key.account_id == LIVE


@pytest.mark.parametrize("token", [None, a_token(), a_token(account_id=EVAL)])
@pytest.mark.parametrize("name", ["nowhere", "bobs", "account-bob"])
def test_an_account_that_is_not_the_senders_is_unknown(name: str, token: Token | None) -> None:
    addressed = found(futures(account=name), a_directory(), token)

    assert (addressed.nobody, addressed.key) == (Refusal.UNKNOWN_ACCOUNT, key(NOWHERE, "MES"))


@pytest.mark.parametrize("token", [a_token(account_id=EVAL), a_token(bot_id=BotId("aapl"))])
@pytest.mark.parametrize("name", ["live", "account-live"])
def test_an_own_account_that_the_token_does_not_reach_is_out_of_its_scope(name: str, token: Token) -> None:
    problem = refused(futures(account=name), a_directory(a_bot("aapl")), token)

    assert (problem.status, problem.code, problem.field) == (403, "token-scope", "account")
    assert "live" in problem.message


def test_without_a_name_the_tokens_account_is_meant_then_the_default_then_the_first() -> None:
    directory = a_directory()

    tokens = found(futures(), directory, a_token(account_id=LIVE), default_account=EVAL)
    default = found(futures(), directory, None, default_account=LIVE)
    somebody_elses = found(futures(), directory, None, default_account=BOBS)

    assert [one.key.account_id for one in (tokens, default, somebody_elses)] == [LIVE, LIVE, EVAL]


def test_a_user_without_an_account_has_no_bot() -> None:
    directory = MemoryStore().directory
    directory.keep(User(id=ADA, name="ada"))

    addressed = found(futures(), directory)

    assert (addressed.nobody, addressed.key.account_id) == (Refusal.NO_BOT, NOWHERE)


# ---------------------------------------------------------------- which book


@pytest.mark.parametrize(
    ("written", "symbol"),
    [("MES", "MESZ2026"), ("MES1!", "MESZ2026"), ("CME_MINI:MES1!", "MESZ2026"), ("MESZ2026", "MESZ2026"),
     ("MESU2026", "MESU2026"), ("MESZ26", "MESZ2026"), ("MESH2030", "MESH2030"), ("XYZ", "XYZ")],
)  # fmt: skip
def test_a_root_means_the_active_month_and_a_month_itself(written: str, symbol: str) -> None:
    assert found(futures(symbol=written), a_directory(automation=True)).key == key(EVAL, symbol)


@pytest.mark.parametrize("named", ["BTCUSD", "BTC/USD"])
@pytest.mark.parametrize("written", ["BTCUSD", "BTC/USD", "COINBASE:BTCUSD"])
def test_a_pair_of_currencies_is_found_with_and_without_its_stroke(written: str, named: str) -> None:
    directory = a_directory(a_bot("btc", symbol=Symbol(named)))

    addressed = found(equities(symbol=written), directory, a_token())

    assert (addressed.bot is not None, addressed.key) == (True, key(EVAL, "BTC/USD"))


def test_the_automation_of_a_pair_is_the_same_however_the_pair_is_written() -> None:
    directory = a_directory(automation=True)

    bots = [found(futures(symbol=text), directory).bot for text in ("BTCUSD", "BTC/USD")]

    assert bots[0] == bots[1]


@pytest.mark.parametrize(
    ("root", "others"),
    [("AAPL", []), ("BTCUSD", ["BTC/USD"]), ("ETH/USD", ["ETHUSD"]), ("USD", []), ("ETHUSDT", ["ETH/USDT"])],
)
def test_only_pairs_have_another_spelling(root: str, others: list[str]) -> None:
    assert spellings(Symbol(root)) == (root, *others)


# ---------------------------------------------------------------- what makes two deliveries one


def delivery(body: bytes, token: Token | None = None, **changes: object) -> Delivery:
    directory = a_directory(a_bot("15", **changes))
    reading = read(body)
    assert isinstance(reading, Reading)
    bearer = Bearer(user_id=ADA, token=token or a_token())
    addressed = found(reading, directory, bearer.token)
    return delivery_of(addressed, reading, bearer, body, alert_id=AlertId("A"), now=MONDAY)


PLAIN = b'{"action": "buy", "symbol": "AAPL", "timeframe": "15"}'


def test_the_senders_own_id_makes_an_alert_one_for_ever() -> None:
    one = delivery(b'{"action": "buy", "symbol": "AAPL", "timeframe": "15", "alert_id": "x-1"}')

    assert (one.identity, one.window) == ("id:x-1", None)


@pytest.mark.parametrize(
    ("body", "window"),
    [
        (PLAIN, timedelta(seconds=30)),
        (PLAIN[:-1] + b', "time": "2026-11-23T15:00:00Z"}', timedelta(seconds=30)),
        (PLAIN[:-1] + b', "timenow": "2026-11-23T15:00:00Z"}', timedelta(days=1)),
    ],
)
def test_the_same_body_is_one_alert_for_as_long_as_it_cannot_rightly_come_again(body: bytes, window: timedelta) -> None:
    assert delivery(body).window == window


def test_a_bot_may_set_its_own_window() -> None:
    assert delivery(PLAIN, duplicate_window=timedelta(minutes=5)).window == timedelta(minutes=5)


def test_body_and_token_make_the_identity_to_the_byte() -> None:
    identities = {
        delivery(PLAIN).identity,
        delivery(PLAIN + b" ").identity,
        delivery(PLAIN, a_token(id=TokenId("other"))).identity,
    }

    assert len(identities) == 3
    assert delivery(PLAIN).identity in identities


def test_what_is_kept_of_the_body_holds_no_secret() -> None:
    assert "passphrase-of-ada" not in delivery(PLAIN[:-1] + b', "passphrase": "passphrase-of-ada"}').body


# ---------------------------------------------------------------- a venue's own names

CRUDE = evolve(MES, symbol=Symbol("CLV2026"), root=Symbol("CL"), venue_id="CON.F.US.CLE.U26")


def at_projectx(*bots: Bot) -> Directory:
    """Return a directory in which ada's live account trades crude oil at ProjectX."""
    directory = a_directory(*bots)
    directory.keep(an_account(LIVE, ADA, "live", venue=Venue.PROJECTX))
    directory.list_instruments(Venue.PROJECTX, (CRUDE, evolve(CRUDE, symbol=Symbol("CLX2026"), active=False)))
    return directory


@pytest.mark.parametrize("name", ["CL", "CL1!", "CLV2026", "CLV26", "CLV6", "CON.F.US.CLE.U26", "con.f.us.cle.u26"])
def test_a_bot_is_found_by_whatever_its_month_is_called(name: str) -> None:
    directory = at_projectx(a_bot("cl", account_id=LIVE, symbol=Symbol("CL")))
    token = a_token(symbols=frozenset({Symbol("CL")}))

    addressed = found(equities(symbol=name), directory, token)

    assert addressed.bot is not None
    assert (addressed.bot.id, addressed.key) == ("cl", key(LIVE, "CLV2026"))


def test_an_id_that_no_venue_of_the_sender_lists_is_taken_by_no_bot() -> None:
    directory = at_projectx(a_bot("cl", account_id=LIVE, symbol=Symbol("CL")))

    assert found(equities(symbol="CON.F.US.CLE.V26"), directory, a_token()).nobody is Refusal.NO_BOT
    # The account that is named has another venue, which lists no such contract.
    named = found(futures(symbol="CON.F.US.CLE.U26", account="eval"), directory)
    assert (named.key, named.nobody) == (key(EVAL, "CON.F.US.CLE.U26"), Refusal.NO_BOT)
