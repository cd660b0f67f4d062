"""Hold any directory to what the port promises.

Subclass `DirectoryPromises` and give it a fixture `store`, empty. See tests/integration/test_store_promises.py.
"""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tests.builders import AAPL, ACCOUNT, BOT, MES, MONDAY, OTHER_BOT, USER, a_bot, a_user, an_account
from tests.promises.store import OTHER_ACCOUNT, Store, at, together
from tradecore.domain.ids import AccountId, BotId, HaltId, Symbol, TokenId, UserId
from tradecore.domain.limits import AccountLimits, BotLimits, TrailingDrawdown, UserLimits
from tradecore.domain.parties import Halt, HaltLevel, Mode, Power, Role, Token, Venue
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.sessions import GetFlat, Window
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import RiskPercent
from tradecore.domain.timeframes import Timeframe

# mypy cannot see through the converters of these fields.
MONDAYS_AND_FRIDAYS: Any = {0, 4}
ONLY_AAPL: Any = {AAPL.symbol}
ONLY_BUY: Any = {Signal.BUY}
THREE: Any = 3
TOKEN = Token(id=TokenId("token-1"), user_id=USER, hash="abc", power=Power.SUBMIT, created_at=MONDAY)
HALT = Halt(id=HaltId("halt-1"), level=HaltLevel.FLATTEN, reason="enough", by="ada", at=MONDAY)


class DirectoryPromises:
    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    def test_who_nobody_has_stored_is_not_known(self, store: Store) -> None:
        directory = store.directory

        one = (directory.user(USER), directory.account(ACCOUNT), directory.bot(BOT), directory.halt(HALT.id))
        many = (directory.users(), directory.accounts(), directory.bots(), directory.halts(lifted=True))

        assert (*one, directory.token("abc")) == (None,) * 5
        assert (*many, directory.tokens(USER)) == ((),) * 5

    def test_everything_is_kept_as_it_is(self, store: Store) -> None:
        user = a_user(role=Role.ADMIN, password_hash="$argon2id$...", limits=UserLimits(daily_loss=Decimal("1.10")))
        drawdown = TrailingDrawdown(amount=Decimal(2000), start=Decimal(50000), stops_at=Decimal(50100))
        account = an_account(
            limits=AccountLimits(drawdown=drawdown, losing_streak=THREE), get_flat=GetFlat(at=time(14, 59)),
            automation=RiskPercent(Decimal("0.5")), streak_from=MONDAY)  # fmt: skip
        bot = a_bot(
            mode=Mode.PYRAMID, limits=BotLimits(position_max=Decimal(3)), duplicate_window=timedelta(seconds=90),
            protection=Protection(stop=Distance(Decimal(8), DistanceUnit.TICKS)),
            window=Window(opens=time(9, 30), closes=time(16), weekdays=MONDAYS_AND_FRIDAYS))  # fmt: skip
        token = evolve(TOKEN, symbols=ONLY_AAPL, signals=ONLY_BUY, expires_at=at(9))
        halt = evolve(HALT, account_id=ACCOUNT, flat_at=at(3))
        for entry in (user, account, bot, token, halt):
            store.directory.keep(entry)

        assert store.directory.user(USER) == user
        assert store.directory.account(ACCOUNT) == account
        assert store.directory.bot(BOT) == bot
        assert store.directory.token("abc") == token
        assert store.directory.halt(HALT.id) == halt

    def test_what_is_kept_again_takes_the_place_of_the_old(self, store: Store) -> None:
        for entry in (a_user(), a_user(id=UserId("user-2"), name="bob"), a_user(name="ada lovelace")):
            store.directory.keep(entry)
        for account in (an_account(), an_account(name="paper two")):
            store.directory.keep(account)
        for bot in (a_bot(), a_bot(active=False)):
            store.directory.keep(bot)

        assert [user.name for user in store.directory.users()] == ["ada lovelace", "bob"]
        assert store.directory.accounts() == (an_account(name="paper two"),)
        assert store.directory.bots() == (a_bot(active=False),)

    # ---- what is taken

    def test_a_users_name_is_taken_whatever_its_case(self, store: Store) -> None:
        store.directory.keep(a_user(name="Strauß"))

        with pytest.raises(ValueError, match="STRAUSS"):
            store.directory.keep(a_user(id=UserId("user-2"), name="STRAUSS"))

        assert len(store.directory.users()) == 1

    def test_an_accounts_name_is_taken_for_its_user_only(self, store: Store) -> None:
        store.directory.keep(an_account(name="Main"))
        store.directory.keep(an_account(id=AccountId("account-9"), user_id=UserId("user-2"), name="main"))

        with pytest.raises(ValueError, match="MAIN"):
            store.directory.keep(an_account(id=OTHER_ACCOUNT, name="MAIN"))

        assert store.directory.account(OTHER_ACCOUNT) is None

    @pytest.mark.parametrize("timeframe", [Timeframe(900), None], ids=["15 Min", "any"])
    def test_two_active_bots_never_trade_the_same(self, store: Store, timeframe: Timeframe | None) -> None:
        store.directory.keep(a_bot(timeframe=timeframe))
        twin = a_bot(id=OTHER_BOT, timeframe=timeframe)

        with pytest.raises(ValueError, match="AAPL"):
            store.directory.keep(twin)

        store.directory.keep(evolve(twin, active=False))
        with pytest.raises(ValueError, match="AAPL"):
            store.directory.keep(twin)
        store.directory.keep(a_bot(timeframe=timeframe, active=False))
        store.directory.keep(twin)
        assert store.directory.bot(OTHER_BOT) == twin

    def test_bots_that_differ_in_anything_stand_beside_one_another(self, store: Store) -> None:
        bots = (
            a_bot(),
            a_bot(id=BotId("b2"), timeframe=Timeframe(300)),
            a_bot(id=BotId("b3"), symbol=Symbol("MSFT")),
            a_bot(id=BotId("b4"), account_id=OTHER_ACCOUNT),
            a_bot(id=BotId("b5"), timeframe=None),
        )
        for bot in bots:
            store.directory.keep(bot)

        assert store.directory.bots() == bots

    def test_of_eight_who_want_the_same_name_one_gets_it(self, store: Store) -> None:
        def take_it(number: int) -> bool:
            try:
                store.directory.keep(a_user(id=UserId(f"user-{number}"), name="ada"))
            except ValueError:
                return False
            return True

        assert sorted(together(8, take_it)) == [False] * 7 + [True]
        assert len(store.directory.users()) == 1

    # ---- lists

    def test_accounts_are_listed_for_a_user_or_all(self, store: Store) -> None:
        mine, second = an_account(), an_account(id=OTHER_ACCOUNT, name="second")
        hers = an_account(id=AccountId("account-3"), user_id=UserId("user-2"))
        for account in (hers, mine, second):
            store.directory.keep(account)

        assert store.directory.accounts() == (hers, mine, second)
        assert store.directory.accounts(USER) == (mine, second)

    def test_bots_are_listed_by_all_that_is_named(self, store: Store) -> None:
        first = a_bot()
        second = a_bot(id=OTHER_BOT, symbol=Symbol("MSFT"))
        third = a_bot(id=BotId("b3"), account_id=OTHER_ACCOUNT, user_id=UserId("user-2"))
        for bot in (first, second, third):
            store.directory.keep(bot)

        assert store.directory.bots(user_id=USER) == (first, second)
        assert store.directory.bots(account_id=OTHER_ACCOUNT) == (third,)
        assert store.directory.bots(symbol=Symbol("AAPL")) == (first, third)
        assert store.directory.bots(user_id=USER, account_id=ACCOUNT, symbol=Symbol("MSFT")) == (second,)
        assert store.directory.bots(user_id=UserId("user-2"), account_id=ACCOUNT) == ()

    def test_a_bot_that_was_forgotten_is_gone(self, store: Store) -> None:
        store.directory.keep(a_bot())

        store.directory.forget_bot(BOT)
        store.directory.forget_bot(BOT)

        assert store.directory.bot(BOT) is None
        assert store.directory.bots() == ()

    # ---- tokens and halts

    def test_a_token_is_found_by_its_hash_good_or_not(self, store: Store) -> None:
        revoked = evolve(TOKEN, id=TokenId("token-2"), hash="def", revoked_at=at(1), expires_at=at(2))
        store.directory.keep(TOKEN)
        store.directory.keep(revoked)
        store.directory.keep(evolve(TOKEN, id=TokenId("token-3"), user_id=UserId("user-2"), hash="ghi"))

        assert store.directory.token("def") == revoked
        assert store.directory.token("ABC") is None
        assert store.directory.tokens(USER) == (TOKEN, revoked)

    def test_using_a_token_changes_nothing_of_it(self, store: Store) -> None:
        store.directory.keep(TOKEN)

        for seconds in (0, 1, 100, 50):
            store.directory.used(TOKEN.id, at(seconds))
        store.directory.used(TokenId("nobody's"), MONDAY)

        assert store.directory.token("abc") == TOKEN

    def test_a_halt_is_in_force_until_it_is_lifted(self, store: Store) -> None:
        other = evolve(HALT, id=HaltId("halt-2"), level=HaltLevel.NO_ENTRIES)
        lifted = evolve(HALT, lifted_at=at(5), lifted_by="bob")
        for halt in (HALT, other, lifted):
            store.directory.keep(halt)

        assert store.directory.halts() == (other,)
        assert store.directory.halts(lifted=True) == (lifted, other)
        assert store.directory.halt(HALT.id) == lifted

    # ---- instruments

    def test_an_instrument_is_found_by_its_symbol_or_as_the_active_one_of_its_root(self, store: Store) -> None:
        december = evolve(MES, active=False, expires=date(2026, 12, 18))
        march = evolve(MES, symbol=Symbol("MESH2027"))
        store.directory.list_instruments(Venue.PROJECTX, (december, march))
        store.directory.list_instruments(Venue.ALPACA, (AAPL,))

        assert store.directory.instrument(Venue.PROJECTX, Symbol("MES")) == march
        assert store.directory.instrument(Venue.PROJECTX, Symbol("MESZ2026")) == december
        assert store.directory.instrument(Venue.ALPACA, Symbol("AAPL")) == AAPL
        assert store.directory.instrument(Venue.ALPACA, Symbol("MES")) is None
        assert store.directory.instrument(Venue.PROJECTX, Symbol("NQ")) is None

    def test_a_month_is_found_by_what_the_venue_calls_it(self, store: Store) -> None:
        # The month in an id may be another than that of delivery, as crude oil's is.
        crude = evolve(MES, symbol=Symbol("CLV2026"), root=Symbol("CL"), venue_id="CON.F.US.CLE.U26")
        later = evolve(crude, symbol=Symbol("CLX2026"), venue_id="CON.F.US.CLE.V26", active=False)
        store.directory.list_instruments(Venue.PROJECTX, (crude, later))
        store.directory.list_instruments(Venue.ALPACA, (evolve(AAPL, venue_id="con.1"),))
        found = store.directory.instrument

        for name in ("CON.F.US.CLE.V26", "con.f.us.cle.v26", "CLX6", "CLX2026"):
            assert found(Venue.PROJECTX, Symbol(name)) == later, name
        for name in ("CON.F.US.CLE.U26", "CLV6", "CL"):
            assert found(Venue.PROJECTX, Symbol(name)) == crude, name
        for name in ("CON.F.US.CLE.X26", "CLU6", "CON.", "CLE", "CLZ2026"):
            assert found(Venue.PROJECTX, Symbol(name)) is None, name
        assert found(Venue.ALPACA, Symbol("CON.1")) is None
        assert found(Venue.PAPER, Symbol("CLV6")) is None

    def test_the_months_of_a_venue_are_told_by_root_or_all(self, store: Store) -> None:
        march = evolve(MES, symbol=Symbol("MESH2027"), active=False)
        crude = evolve(MES, symbol=Symbol("CLF2027"), root=Symbol("CL"))
        store.directory.list_instruments(Venue.PROJECTX, (MES, march, crude))
        store.directory.list_instruments(Venue.ALPACA, (AAPL,))

        assert set(store.directory.months(Venue.PROJECTX, Symbol("MES"))) == {MES, march}
        assert set(store.directory.months(Venue.PROJECTX)) == {MES, march, crude}
        assert store.directory.months(Venue.PROJECTX, Symbol("NQ")) == ()
        assert store.directory.months(Venue.ALPACA) == ()
        assert set(store.directory.view().months(Venue.PROJECTX, Symbol("CL"))) == {crude}

    def test_a_new_list_takes_the_place_of_the_old(self, store: Store) -> None:
        april = evolve(MES, symbol=Symbol("MESJ2027"), active=False)
        store.directory.list_instruments(Venue.PROJECTX, (MES, april))
        store.directory.list_instruments(Venue.PAPER, (MES,))

        march = evolve(MES, symbol=Symbol("MESH2027"))
        store.directory.list_instruments(Venue.PROJECTX, (march, evolve(april, tradable=False)))

        assert store.directory.instrument(Venue.PROJECTX, MES.symbol) is None
        assert store.directory.instrument(Venue.PROJECTX, Symbol("MES")) == march
        assert store.directory.instrument(Venue.PROJECTX, april.symbol) == evolve(april, tradable=False)
        assert store.directory.instrument(Venue.PAPER, MES.symbol) == MES

    def test_a_view_shows_what_was_there_when_it_was_asked_for(self, store: Store) -> None:
        directory = store.directory
        directory.keep(an_account())
        directory.keep(a_bot())
        assert directory.view().account(ACCOUNT) == an_account()
        assert directory.view().bot(BOT) == a_bot()
        assert directory.view().halts() == ()

        changed, halt = an_account(name="renamed"), HALT
        directory.keep(changed)
        directory.keep(halt)
        directory.forget_bot(BOT)

        assert directory.view().account(ACCOUNT) == changed
        assert directory.view().halts() == (halt,)
        assert directory.view().bot(BOT) is None
