"""Test that what became of an alert is told, and that the kill switch works from a terminal."""

import socket
from collections.abc import Iterator
from decimal import Decimal
from threading import Event
from time import monotonic

import pytest
from attrs import evolve

from tests.rooms import Demo
from tests.unit.cli.terminal import Terminal
from tradecore.adapters.system.keys import new_key
from tradecore.domain.book import BookKey
from tradecore.domain.events import ReconcileDue
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.orders import OrderType, Purpose, Side
from tradecore.domain.parties import Venue
from tradecore.domain.signals import Signal
from tradecore.entrypoints.runtime import premises
from tradecore.entrypoints.runtime.first_run import FILE_NAME, read
from tradecore.entrypoints.runtime.leaving import Leaving
from tradecore.entrypoints.runtime.rooms import TradingRoom


@pytest.fixture
def trading(idle: TradingRoom) -> Iterator[TradingRoom]:
    """Return the room of a process that trades beside the terminal, with its lock on the folder."""
    lock = premises.lock(idle.services.settings)
    yield idle
    lock.release()


@pytest.fixture
def idle(terminal: Terminal) -> Iterator[TradingRoom]:
    """Return the room of such a process without its lock: to commands nothing runs."""
    room = terminal.room()
    assert room.venues.open_all() == ()
    room.tick()
    yield room
    room.venues.close()
    room.store.close()


def send(terminal: Terminal, trading: TradingRoom, signal: Signal) -> str:
    welcome = read(terminal.here / "var" / FILE_NAME)
    assert welcome is not None
    demo = Demo(room=trading, welcome=welcome)  # type: ignore[arg-type] # a room on disk does here, too
    return demo.hand_over(signal)


def work(trading: TradingRoom) -> None:
    while trading.services.engine.step():
        pass


def test_an_alert_is_told_as_a_tree_and_as_json(terminal: Terminal, trading: TradingRoom) -> None:
    assert "No alert has come yet" in terminal.run("explain", "last", code=1)
    alert_id = send(terminal, trading, Signal.BUY)
    work(trading)

    told = terminal.run("explain", alert_id.lower())
    story = terminal.json("explain", "last")

    assert told.splitlines()[0].startswith(f"BUY AAPL [{alert_id}]  done: Opened: the bot is long 10 AAPL")
    assert "passed: kill switch" in told
    assert "entry: buy 10 AAPL market  filled 10" in told
    assert (story["alert_id"], story["status"], story["story"]["title"]) == (alert_id, "done", "BUY AAPL")
    assert "There is no alert nothing" in terminal.run("explain", "nothing", code=1)


def test_the_switch_asks_for_the_name_and_refuses_entries_until_it_is_lifted(
    terminal: Terminal, trading: TradingRoom
) -> None:
    assert "nothing was done" in terminal.run("halt", "--account", "paper", typed="papre\n", code=1)
    assert terminal.run("halt") == "Nothing is halted.\n"

    terminal.run("halt", "--account", "paper", "--reason", "news", typed="paper\n")
    (listed,) = terminal.json("halt")
    refused = send(terminal, trading, Signal.BUY)
    work(trading)

    assert (listed["level"], listed["reason"], listed["by"]) == ("no_entries", "news", "the command line")
    assert "account paper" in terminal.run("halt")
    assert "refused: The kill switch lets no new entries through." in terminal.run("explain", refused)
    assert "Nothing of that is halted" in terminal.run("resume", "--all", "--yes", code=1)
    terminal.run("resume", "--account", "paper", typed="paper\n")
    assert terminal.json("halt") == []


def test_flatten_closes_once_what_bots_and_people_hold(terminal: Terminal, trading: TradingRoom) -> None:
    send(terminal, trading, Signal.BUY)
    work(trading)
    account = trading.services.directory.accounts()[0]
    # By hand, as in the venue's own app: no book of ours knows of it.
    exchange = trading.venues.broker(account)._exchange  # type: ignore[attr-defined] # the demo's own
    exchange.place_by_hand(account.id, Symbol("TSLA"), Side.BUY, Decimal(2))

    said = terminal.run("flatten", "--all", "--yes")
    not_yet = terminal.run("flatten", "--account", "paper", "--yes", "--wait", "1", code=7)
    work(trading)

    assert {line for line in said.splitlines() if "TSLA" in line or "AAPL" in line} == {
        "Asked to get flat: AAPL", "Asked to get flat: TSLA",
    }  # fmt: skip
    assert "Not flat yet:" in not_yet
    assert "paper holds 10 AAPL" in not_yet
    assert "the broker confirms" in terminal.run("flatten", "--account", "paper", "--yes", "--wait", "5")
    assert trading.services.directory.halts() == ()


def test_a_halt_that_flattens_is_lifted_only_when_all_is_flat(terminal: Terminal, trading: TradingRoom) -> None:
    send(terminal, trading, Signal.BUY)
    work(trading)
    terminal.run("halt", "--user", "demo", "--level", "flatten", "--yes")
    assert "NOT YET" in terminal.run("halt")
    (halt,) = terminal.json("halt")

    said = terminal.run("resume", halt["halt_id"], "--yes", code=1)
    work(trading)
    terminal.run("resume", halt["halt_id"], typed=halt["halt_id"] + "\n")

    assert "until the broker confirms" in said
    assert terminal.run("halt") == "Nothing is halted.\n"


def test_a_bot_that_holds_something_is_not_removed(terminal: Terminal, trading: TradingRoom) -> None:
    send(terminal, trading, Signal.BUY)
    work(trading)

    assert "still trades" in terminal.run("bot", "remove", "AAPL 15 Min", "--yes", code=1)
    terminal.run("flatten", "--bot", "AAPL 15 Min", "--yes")
    work(trading)
    terminal.run("bot", "remove", "AAPL 15 Min", "--yes")


def test_a_bot_that_holds_something_is_closed_and_then_removed_where_that_is_asked_for(
    terminal: Terminal, trading: TradingRoom
) -> None:
    send(terminal, trading, Signal.BUY)
    work(trading)

    said = terminal.run("bot", "remove", "AAPL 15 Min", "--close", typed="y\n")
    listed = next(one for one in terminal.json("bot", "list") if one["label"] == "AAPL 15 Min")
    refused = terminal.run("bot", "on", "AAPL 15 Min", code=1)
    work(trading)
    Leaving.of(trading.halting).tend()

    assert "it is removed as soon as it is flat" in said
    assert (listed["active"], listed["state"]["quantity"]) == (False, "10")
    assert listed["leaving_since"] is not None
    assert "it changes no more" in refused
    assert "AAPL 15 Min" not in terminal.run("bot", "list")
    assert "BUY AAPL" in terminal.run("explain", "last")


@pytest.mark.parametrize("options", ["--level flatten", "--reason news", "--wait 5", "--yes", "--json --yes"])
def test_a_halt_with_options_but_without_a_scope_is_wrong_usage(terminal: Terminal, options: str) -> None:
    said = terminal.run("halt", *options.split(), code=2)

    assert "Name one scope: --bot, --account, --user or --all" in said
    assert terminal.json("halt") == []


@pytest.mark.parametrize("level", ["no-entries", "no_entries"])
def test_a_level_may_be_spelt_as_the_api_does(terminal: Terminal, level: str) -> None:
    pressed = terminal.json("halt", "--all", "--level", level, "--yes")

    assert pressed["level"] == "no_entries"


def test_a_scope_that_is_empty_is_no_wish_to_list(terminal: Terminal) -> None:
    assert "Name one scope" in terminal.run("halt", "--account", "", code=2)


def test_of_a_bot_only_the_bot_is_said_to_be_flat(terminal: Terminal, trading: TradingRoom) -> None:
    send(terminal, trading, Signal.BUY)
    work(trading)

    said = terminal.run("flatten", "--bot", "AAPL 5 Min", "--yes", "--wait", "1")
    pressed = terminal.run("halt", "--bot", "AAPL 5 Min", "--level", "flatten", "--yes", "--wait", "1")

    words = "AAPL 5 Min holds and works nothing any more; what others of the account hold stays."
    for each in (said, pressed):
        assert words in each
        assert "the broker confirms" not in each


def test_without_an_engine_flatten_says_when_it_begins_and_does_not_wait(terminal: Terminal, idle: TradingRoom) -> None:
    send(terminal, idle, Signal.BUY)
    work(idle)
    began = monotonic()

    asked = terminal.run("flatten", "--account", "paper", "--yes")
    not_flat = terminal.run("flatten", "--account", "paper", "--yes", "--wait", "600", code=7)
    work(idle)

    assert monotonic() - began < 60
    assert all("begins at the next `tradecore run`" in said for said in (asked, not_flat))
    assert "paper holds 10 AAPL" in not_flat
    assert "next `tradecore run`" not in terminal.run("flatten", "--account", "paper", "--yes", "--wait", "600")


def test_where_a_broker_cannot_be_asked_nothing_is_promised(
    terminal: Terminal, idle: TradingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCRYPTION_KEY", new_key())
    account = idle.services.directory.accounts()[0]
    idle.services.directory.keep(
        evolve(account, id=AccountId("dark"), name="dark", venue=Venue.ALPACA)
    )  # without keys, so that nobody can be asked

    asked = terminal.run("flatten", "--account", "dark", "--yes", "--wait", "1", code=7)
    halted = terminal.run("halt", "--account", "dark", "--level", "flatten", "--yes", "--wait", "1", code=7)

    for said in (asked, halted):
        assert "dark: the broker does not tell what is held" in said
        assert "It may hold more than tradecore knows" in said
    assert "run this again when it answers" in asked
    assert "goes on trying" not in asked
    assert "run this again" not in halted
    assert "goes on trying" in halted


def test_a_wait_ends_though_the_venue_hangs(
    terminal: Terminal, trading: TradingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(terminal, trading, Signal.BUY)
    work(trading)

    with socket.create_server(("127.0.0.1", 0)) as frozen:  # It takes calls, and answers none.
        monkeypatch.setenv("TRADECORE_PAPER_URL", f"http://127.0.0.1:{frozen.getsockname()[1]}")
        began = monotonic()
        said = terminal.run("flatten", "--account", "paper", "--yes", "--wait", "2", code=7)
        took = monotonic() - began

    assert took < 30, "each of its looks would last as long as the venue may take to answer"
    assert "Asked to get flat: AAPL" in said
    assert "Not flat yet:" in said
    assert "paper: the broker does not tell what is held (it has not answered within 1 s)" in said


def test_what_an_account_holds_is_told_with_the_moment_of_the_last_look(
    terminal: Terminal, trading: TradingRoom
) -> None:
    never = "as far as tradecore has seen (it has not looked yet)"
    assert f"It holds nothing, {never}." in terminal.run("account", "show", "paper")
    terminal.run("user", "add", "ada", "--password-stdin", typed="correct horse\n")
    terminal.run("account", "add", "paper", "--user", "ada")
    assert terminal.run("drift", "list") == (
        "Nothing is known yet.\nNot looked yet: demo/paper.\nNot looked yet: ada/paper.\n"
    )
    send(terminal, trading, Signal.BUY)
    work(trading)
    work_off(terminal, trading)
    account = trading.services.directory.accounts()[0]
    (book,) = trading.services.history.books(account.id)
    assert book.surveyed_at is not None

    look = f"last look: {book.surveyed_at:%Y-%m-%d %H:%M} UTC"
    assert f"It holds nothing, as far as tradecore has seen ({look})." in terminal.run("account", "show", "demo/paper")
    assert terminal.run("drift", "list") == (
        f"Brokers and books agree, as far as tradecore has seen (demo/paper: {look}).\nNot looked yet: ada/paper.\n"
    )


def test_after_a_start_nothing_is_said_to_agree_before_the_broker_was_asked(
    terminal: Terminal, idle: TradingRoom
) -> None:
    send(terminal, idle, Signal.BUY)
    work(idle)
    account = idle.services.directory.accounts()[0]
    (book,) = idle.services.history.books(account.id)
    idle.services.inbox.post(book.key, ReconcileDue(why="test"), idle.services.clock.now())
    work(idle)
    assert "agree" in terminal.run("drift", "list")

    lock = premises.lock(idle.services.settings)
    started = terminal.run("drift", "list")
    exchange = idle.venues.broker(account)._exchange  # type: ignore[attr-defined] # the demo's own
    exchange.place_by_hand(account.id, Symbol("AAPL"), Side.SELL, Decimal(4))
    idle.services.inbox.post(book.key, ReconcileDue(why="test"), idle.services.clock.now())
    work(idle)
    once = terminal.run("drift", "list")
    lock.release()

    assert started == "Nothing is known yet.\nNot looked yet: paper.\n"
    assert "Being looked at again: AAPL in paper, -4 more than the book explains." in once


def test_the_list_of_bots_says_whose_target_the_venue_does_not_keep(terminal: Terminal, trading: TradingRoom) -> None:
    terminal.run("bot", "edit", "AAPL 15 Min", "--target", "20%")
    send(terminal, trading, Signal.BUY)
    work(trading)
    account = trading.services.directory.accounts()[0]
    (book,) = trading.services.history.books(account.id)
    (target,) = (order for order in book.orders if order.ticket.purpose is Purpose.TARGET)
    assert target.broker_order_id is not None
    assert "Its target" not in terminal.run("bot", "list")

    trading.venues.broker(account)._exchange.cancel(account.id, target.broker_order_id)  # type: ignore[attr-defined] # the demo's own
    work(trading)

    assert "Its target is not kept at the venue." in terminal.run("bot", "list")


def test_a_person_who_is_switched_off_leaves_what_is_open_and_it_is_said(
    terminal: Terminal, trading: TradingRoom
) -> None:
    terminal.run("user", "add", "ada", "--admin", "--password-stdin", typed="correct horse\n")
    send(terminal, trading, Signal.BUY)
    work(trading)

    said = terminal.run("user", "off", "demo")

    assert "Stays open: paper holds 10 AAPL" in said
    assert "tradecore flatten --user demo" in said
    work_off(terminal, trading)
    assert "Stays open" not in terminal.run("user", "off", "demo")


def work_off(terminal: Terminal, trading: TradingRoom) -> None:
    """Close everything, and let it be done."""
    terminal.run("flatten", "--user", "demo", "--yes")
    work(trading)


def test_scopes_that_contradict_or_are_missing_are_wrong_usage(terminal: Terminal) -> None:
    terminal.run("halt", "--all", "--bot", "AAPL 15 Min", code=2)
    terminal.run("flatten", code=2)
    terminal.run("resume", code=2)
    terminal.run("resume", "X", "--all", code=2)


@pytest.mark.parametrize("bot", [None, "AAPL 15 Min"])
def test_a_person_says_whose_it_is_what_nobody_can_explain(
    terminal: Terminal, trading: TradingRoom, bot: str | None
) -> None:
    send(terminal, trading, Signal.BUY)
    work(trading)
    account = trading.services.directory.accounts()[0]
    exchange = trading.venues.broker(account)._exchange  # type: ignore[attr-defined] # the demo's own
    exchange.place_by_hand(account.id, Symbol("AAPL"), Side.SELL, Decimal(4))
    key = BookKey(account_id=account.id, symbol=Symbol("AAPL"))
    pause = Event()
    # A difference counts when it was seen twice, two seconds apart.
    while not trading.services.ledger.book(key).drift:
        work(trading)
        pause.wait(0.05)

    assert "NOBODY KNOWS WHY" in terminal.run("account", "show", "paper")
    doctor = terminal.run("doctor", code=1)
    assert "FAIL books: nobody knows why (paper: -4 AAPL): entries there wait -> Look at `tradecore drift" in doctor
    assert "-4" in terminal.run("drift", "list")
    if bot is None:
        # Its close would sell what nobody has any more: that must be meant.
        asked = terminal.run("drift", "assign", "paper", "aapl", code=1)
        assert 'say --bot "AAPL 15 Min"' in asked
        said = terminal.run("drift", "assign", "paper", "aapl", "--by-hand")
        assert "will be taken as held by hand" in said
        warning = "Then 4 short are held by hand beside the bots' 10: when these are closed, the account is short 4."
        assert f"Warning: {warning}" in said
    else:
        said = terminal.run("drift", "assign", "paper", "aapl", "--bot", bot)
        assert "-4 AAPL will be taken as the bot" in said
        assert "Warning" not in said
    work(trading)

    assert ("held by hand" in terminal.run("account", "show", "paper")) is (bot is None)
    exchange.place_by_hand(
        account.id, Symbol("AAPL"), Side.SELL, Decimal(1), OrderType.LIMIT, limit_price=Decimal(9999)
    )
    trading.services.inbox.post(key, ReconcileDue(why="test"), trading.services.clock.now())
    work(trading)
    assert "orders by hand: 1" in terminal.run("account", "show", "paper")
    assert trading.services.ledger.book(key).net == 6
    assert "Brokers and books agree" in terminal.run("drift", "list")
    assert "Nothing is in question" in terminal.run("drift", "assign", "paper", "AAPL", code=1)
