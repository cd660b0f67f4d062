"""Check that one user can neither see nor touch what is another's: over every address, by everything that names it.

bob tries every door on ada's things. What he sends would be good from her, and is tried by her afterwards, so that it
is the wall that turns him away. An address that is not in the table fails the first test: say there what it guards.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from attrs import frozen
from werkzeug.test import TestResponse

from tests.browser import Browser
from tests.office import ADA, ADAS, BOB, OWNER, Office
from tradecore.adapters.memory.exchange import AccountTerms
from tradecore.domain.book import Book, BookKey
from tradecore.domain.credentials import Credentials
from tradecore.domain.ids import AccountId, HaltId, Symbol, UserId
from tradecore.domain.orders import Side
from tradecore.domain.parties import Account, Halt, HaltLevel, Power, Venue
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.runtime.people import Admitted

KEYS: Final = Credentials(key_id="PK-of-ada", secret="adas-own-secret-0123456789")
NEW_KEYS: Final = Credentials(key_id="PK-of-ada-anew", secret="adas-new-secret-0123456789")


@frozen(kw_only=True)
class Try:
    """One request of bob's on ada's things; `$name` in it is the id of that thing.

    `walls` are the answers that keep him out. `who` may do it, and is let in afterwards; None where nobody may.
    """

    query: str = ""
    body: Any = None
    path: str = ""
    walls: frozenset[int] = frozenset({404})
    who: UserId | None = ADA


def on(**body: Any) -> tuple[Try, ...]:
    """Return the one try with this body, none where nothing is named."""
    return (Try(body=body or None),)


# The futures bot's addresses say an unknown account's name as the caller has named it, whether it is there or not.
ECHO: Final = re.compile(r'(?<=Unknown account: )[^"]*')

# Everything that tells or takes only what is the caller's own: bob gets an answer, without anything of hers.
OWN: Final[frozenset[int]] = frozenset({200, 404})
ROWS: Final = tuple(
    Try(query=query, walls=OWN)
    for query in ("", "account_id=$account_id", "account_id=adas", "user_id=ada", "bot_id=$bot_id",
                  "symbol=AAPL", "caused_by=$alert_id&account_id=$account_id")
)  # fmt: skip
LISTS: Final = ROWS[:4]
ADMINS: Final = (Try(walls=frozenset({403}), who=OWNER),)
NEW_USER: Final = {"name": "somebody", "role": "admin"}

WALLS: Final[Mapping[str, tuple[Try, ...]]] = {
    "GET /positions": (Try(walls=OWN),),
    "GET /positions/summary": (Try(walls=OWN),),
    "GET /positions/realtime": (Try(walls=OWN),),
    "GET /position-context/<account>": (*on(), Try(path="/position-context/$account_id")),
    "POST /positions/<account>/manage": (
        *on(action="close"), Try(path="/positions/$account_id/manage", body={"action": "reduce", "to": 0}),
        *on(action="move_stop", stop_price="1", loosen=True),
    ),
    "GET /positions/<account>": (*on(), Try(path="/positions/$account_id")),
    "GET /account/<account>/health": (*on(), Try(path="/account/$account_id/health")),
    "GET /contracts/current": (Try(walls=OWN),),
    "GET /contracts/<symbol>": (Try(path="/contracts/AAPL", walls=OWN),),
    "GET /user/<user_id>/positions": on(),
    "GET /user/<user_id>/bots": on(),
    "GET /api/v1/me": (Try(walls=OWN),),
    "GET /api/v1/session": (Try(who=None),),
    "DELETE /api/v1/session": (Try(walls=frozenset({409}), who=None),),
    "GET /api/v1/sessions": (Try(walls=OWN), Try(query="user_id=ada")),
    "DELETE /api/v1/sessions": (Try(walls=frozenset({204})),),
    "DELETE /api/v1/sessions/<session_id>": on(),
    # By anybody's token this asks for the caller's own password.
    "PUT /api/v1/password": (Try(body={"old": "adas password", "new": "a new password"}, walls=frozenset({403})),),
    "GET /api/v1/invitations": ADMINS,
    "POST /api/v1/invitations": (Try(body={"role": "admin"}, walls=frozenset({403}), who=OWNER),),
    "DELETE /api/v1/invitations/<invitation_id>": ADMINS,
    "POST /api/v1/users/<user_id>/reset": (Try(body={"life": 60}, walls=frozenset({403}), who=OWNER),),
    "GET /api/v1/alerts": ROWS[:-1],
    "GET /api/v1/alerts/<alert_id>": on(),
    "GET /api/v1/alerts/<alert_id>/explain": on(),
    "GET /api/v1/orders": ROWS,
    "GET /api/v1/orders/<order_id>": on(),
    "GET /api/v1/trades": ROWS,
    "GET /api/v1/trades.csv": ROWS,
    "GET /api/v1/performance": ROWS[:-1],
    "GET /api/v1/accounts": (Try(walls=OWN),),
    "POST /api/v1/accounts": (
        # Her keys are known to the broker and used here: nobody else may trade with them.
        Try(body={"name": "mine", "venue": "alpaca", "keys": {"key_id": KEYS.key_id, "secret": KEYS.secret}},
            walls=frozenset({422}), who=None),
    ),
    "GET /api/v1/accounts/<account_id>": (*on(), Try(path="/api/v1/accounts/adas")),
    "PATCH /api/v1/accounts/<account_id>": on(name="bobs now", limits={"daily_loss": 1}),
    "POST /api/v1/accounts/<account_id>/resume": on(),
    "GET /api/v1/presets": (Try(walls=OWN),),
    "POST /api/v1/accounts/<account_id>/preset": on(name="topstepx-combine-50k"),
    "GET /api/v1/accounts/<account_id>/books": on(),
    "POST /api/v1/accounts/<account_id>/adopt": (
        *on(symbol="BTC/USD", quantity=5),
        # His own drift is not to be had as hers.
        Try(path="/api/v1/accounts/bobs/adopt", body={"symbol": "AAPL", "quantity": 5, "bot_id": "$bot_id"}, who=None),
    ),
    "GET /api/v1/drift": (Try(walls=OWN),),
    "GET /api/v1/accounts/<account_id>/keys": (Try(path="/api/v1/accounts/$stocks_id/keys"),),
    "PUT /api/v1/accounts/<account_id>/keys": (
        Try(path="/api/v1/accounts/$stocks_id/keys", body={"key_id": NEW_KEYS.key_id, "secret": NEW_KEYS.secret}),
    ),
    "DELETE /api/v1/accounts/<account_id>/keys": (Try(path="/api/v1/accounts/$stocks_id/keys"),),
    "GET /api/v1/bots": LISTS,
    "POST /api/v1/bots": on(account_id="$account_id", symbol="MSFT") + on(account_id="adas", symbol="NVDA"),
    "GET /api/v1/bots/<bot_id>": on(),
    "PATCH /api/v1/bots/<bot_id>": (
        *on(active=False),
        Try(path="/api/v1/bots/bob-aapl-15", body={"account_id": "$account_id", "symbol": "MSFT"}, who=None),
    ),
    "POST /api/v1/bots/<bot_id>/clone": on(name="mine"),
    "DELETE /api/v1/bots/<bot_id>": (*on(), Try(path="/api/v1/bots/$holding_bot_id", query="close=true")),
    "POST /api/v1/bots/<bot_id>/close": (
        Try(path="/api/v1/bots/$holding_bot_id/close", body={"reason": "mine now"}),
    ),
    "GET /api/v1/tokens": (Try(walls=OWN), Try(query="user_id=ada")),
    "POST /api/v1/tokens": on(power="submit", account_id="$account_id") + on(power="submit", bot_id="$bot_id"),
    "POST /api/v1/tokens/<token_id>/rotate": (Try(body={"overlap": 60}),),
    "DELETE /api/v1/tokens/<token_id>": on(),
    "GET /api/v1/users": ADMINS,
    "POST /api/v1/users": (Try(body=NEW_USER, walls=frozenset({403}), who=OWNER),),
    "GET /api/v1/users/<user_id>": ADMINS,
    "PATCH /api/v1/users/<user_id>": (Try(body={"active": False}, walls=frozenset({403}), who=OWNER),),
    "GET /api/v1/halts": (Try(walls=OWN), Try(query="lifted=true", walls=OWN)),
    "POST /api/v1/halts": (
        *on(level="flatten", reason="x", account_id="$account_id"),
        *on(level="flatten", reason="x", bot_id="$bot_id"),
        *on(level="flatten", reason="x", user_id="ada"),
        Try(body={"level": "flatten", "reason": "x", "everything": True}, walls=frozenset({403}), who=OWNER),
    ),
    "POST /api/v1/halts/<halt_id>/lift": (Try(), Try(path="/api/v1/halts/$halt_of_all/lift",
                                                    walls=frozenset({403}), who=OWNER)),
    "POST /api/v1/flatten": on(account_id="$account_id", reason="x") + on(account_id="adas", reason="x"),
}  # fmt: skip

# Who has nothing to show gets the same here as everybody; what they take with a token is tried below.
ANYBODY: Final = {
    "GET /health", "GET /healthz", "GET /openapi.json", "GET /docs", "POST /webhook", "POST /test-webhook",
    "POST /api/v1/session", "POST /api/v1/register", "POST /api/v1/password/reset",
}  # fmt: skip


@frozen
class House:
    """An office in which ada has lived, and the ids of her things by their names in the table."""

    office: Office
    things: Mapping[str, str]

    def ask(self, door: str, attempt: Try, user_id: UserId) -> TestResponse:
        path, body = self.filled(door, attempt)
        return self.office.ask(path, user_id, door.split(maxsplit=1)[0], json=body)

    def filled(self, door: str, attempt: Try) -> tuple[str, Any]:
        """Return the address and the body of a try, with the ids of her things."""
        path = self._filled(attempt.path or re.sub(r"<(\w+)>", r"$\1", door.split()[1]))
        query = f"?{self._filled(attempt.query)}" if attempt.query else ""
        return path + query, json.loads(self._filled(json.dumps(attempt.body)))

    def _filled(self, text: str) -> str:
        for name in sorted(self.things, key=len, reverse=True):
            text = text.replace(f"${name}", self.things[name])
        assert "$" not in text, text
        return text

    def shown_in(self, text: str) -> list[str]:
        """Return which of her things stand in *text*."""
        public = {"user_id", "account", "halt_of_all"}
        text = ECHO.sub("", text)
        return [value for name, value in self.things.items() if name not in public and value in text]


@pytest.fixture
def house() -> House:
    office = Office(registration="invitation")
    guard = Protection(stop=Distance(Decimal(10), DistanceUnit.DOLLARS))
    office.bot("ada-mes-5", symbol=Symbol("MES"), timeframe=Timeframe(300), protection=guard)
    alert_id = office.traded("buy")
    office.traded("close")
    office.traded("buy", symbol="MES", timeframe="5 Min")
    office.exchange.place_by_hand(ADAS, Symbol("BTC/USD"), Side.BUY, Decimal(5))
    key = BookKey(account_id=ADAS, symbol=Symbol("BTC/USD"))
    instrument = office.store.directory.instrument(Venue.PAPER, key.symbol)
    office.store._state.books[key] = Book(
        key=key, instrument=instrument, drift=Decimal(5), version=1, surveyed_at=office.clock.now())  # fmt: skip
    directory = office.store.directory
    office.key_check.numbers |= {KEYS: "PA-of-ada", NEW_KEYS: "PA-of-ada"}
    stocks = Account(id=AccountId("adas-stocks-account"), user_id=ADA, name="adas stocks", venue=Venue.ALPACA)
    directory.keep(stocks)
    office.venues.connect(stocks.id, AccountTerms(cash=Decimal(1000)))
    office.services.keyring.put(stocks, KEYS)
    for name, user_id in (("adas-own-halt", ADA), ("halt-for-everything", None)):
        directory.keep(
            Halt(
                id=HaltId(name), level=HaltLevel.NO_ENTRIES, reason="x", by="x", at=office.clock.now(), user_id=user_id
            )
        )
    people, user = office.services.people, directory.user(ADA)
    assert user is not None
    people.set_password(user, "adas password")
    visit = people.sign_in("ada", "adas password", "198.51.100.7")
    assert isinstance(visit, Admitted)
    invitation = people.invite("owner", timedelta(days=1), user=user).invitation
    token = next(one for one in directory.tokens(ADA) if one.power is Power.READ)
    order = office.told(f"/api/v1/alerts/{alert_id}")["orders"][0]
    things = {
        "user_id": ADA, "account": "adas", "account_id": ADAS, "stocks_id": stocks.id, "number": "PA-of-ada",
        "bot_id": "ada-aapl-15", "holding_bot_id": "ada-mes-5", "alert_id": alert_id, "order_id": order["order_id"],
        "halt_id": "adas-own-halt", "halt_of_all": "halt-for-everything", "token_id": token.id,
        "session_id": visit.sign_in.id, "invitation_id": invitation.id,
    }  # fmt: skip
    return House(office, things)


def doors(office: Office) -> Iterator[str]:
    """Yield every address that the application declares, with its method."""
    for rule in office.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield f"{method} {rule.rule}"


def test_the_table_knows_every_address_and_no_other() -> None:
    assert set(doors(Office())) == WALLS.keys() | ANYBODY


TRIES: Final = [(door, attempt) for door, attempts in WALLS.items() for attempt in attempts]


@pytest.mark.parametrize(("door", "attempt"), TRIES, ids=[f"{door} {number}" for number, (door, _) in enumerate(TRIES)])
def test_nobody_sees_or_touches_what_is_anothers(house: House, door: str, attempt: Try) -> None:
    before = house.office.written()

    answer = house.ask(door, attempt, BOB)

    assert answer.status_code in attempt.walls, answer.text
    assert house.shown_in(answer.text) == []
    assert house.office.written() == before
    if attempt.who is not None:
        good = house.ask(door, attempt, attempt.who)
        assert good.status_code < 300, good.text


NOBODYS: Final = {"GET /api/v1/me", "GET /api/v1/presets", "GET /contracts/current", "GET /contracts/<symbol>"}


@pytest.mark.parametrize("door", [door for door, attempts in WALLS.items() if attempts[0].walls == OWN])
def test_what_the_other_is_not_told_is_there_to_be_told(house: House, door: str) -> None:
    """What is her own shows some of her things, so that a search for them in his answers can find any.

    Presets and contracts are what a firm or a venue tells of itself.
    """
    answer = house.ask(door, WALLS[door][0], ADA)

    assert house.shown_in(answer.text) or door in NOBODYS


def test_what_one_has_not_signed_in_to_opens_nothing_of_hers(house: House) -> None:
    """The same tries with a browser: its cookie is as good as a token, and no better."""
    office = house.office
    user = office.store.directory.user(BOB)
    assert user is not None
    office.services.people.set_password(user, "bobs password")
    browser = Browser(office)
    assert browser.sign_in("bob", "bobs password").status_code == 201
    before = office.written()

    for door, attempt in TRIES:
        if door.split()[1] not in {"/api/v1/session", "/api/v1/sessions", "/api/v1/me"}:
            answer = browser.ask(door.split()[0], *house.filled(door, attempt))
            assert answer.status_code in attempt.walls, door
            assert house.shown_in(answer.text) == [], door

    assert office.written() == before


@pytest.mark.parametrize("power", [Power.READ, Power.API])
@pytest.mark.parametrize(
    "address", ["/user/ada/positions", "/user/ada/bots", "/positions/adas", "/account/adas/health"]
)
def test_a_token_in_the_address_reads_its_owners_things_alone(house: House, address: str, power: Power) -> None:
    text = house.office.texts[BOB, power]

    answer = house.office.client.get(f"{address}?token={text}")

    assert answer.status_code == 404
    assert house.office.client.get(f"{address}?token={house.office.texts[ADA, power]}").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"action": "close", "symbol": "MES", "timeframe": "5 Min"},
        {"signal": "CLOSE", "symbol": "MES", "account": "adas"},
        {"signal": "CLOSE", "symbol": "MES", "account": ADAS},
        {"signal": "FLAT", "symbol": "MES", "account": "adas"},
        {"signal": "FLAT", "symbol": "MES", "account": ADAS},
        {"action": "buy", "symbol": "AAPL", "account": "adas"},
    ],
)
def test_no_alert_of_one_reaches_a_bot_or_an_account_of_the_other(house: House, body: dict[str, str]) -> None:
    office = house.office
    mine = office.book(ADAS, "MESZ2026"), office.book(ADAS, "AAPL"), office.exchange.positions(ADAS)
    hers = {one["alert_id"] for one in office.told("/api/v1/alerts")["alerts"]}

    for path in ("/test-webhook", "/webhook"):
        for scope in ({}, {"account_id": office.store.directory.accounts(BOB)[0].id}):
            answer = office.send(body, office.token(BOB, Power.SUBMIT, **scope), path=path)
            assert house.shown_in(answer.text) == []
    office.work()

    assert (office.book(ADAS, "MESZ2026"), office.book(ADAS, "AAPL"), office.exchange.positions(ADAS)) == mine
    assert {one["alert_id"] for one in office.told("/api/v1/alerts")["alerts"]} == hers


def test_an_id_that_is_anothers_is_answered_as_one_that_is_nobodys(house: House) -> None:
    """Nobody can find out by asking what exists."""
    nobodys = House(house.office, {name: f"no-{name}" for name in house.things} | {"user_id": "nobody"})
    for door in WALLS:
        attempt = WALLS[door][0]
        if "<" in door and attempt.walls == {404}:
            his, none = house.ask(door, attempt, BOB), nobodys.ask(door, attempt, BOB)
            told = [(one.status_code, ECHO.sub("", one.text)) for one in (his, none)]
            assert told[0] == told[1], door
