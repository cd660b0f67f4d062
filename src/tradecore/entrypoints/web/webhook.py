"""Take alerts: know the sender, read, find who takes it, write it down, answer."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final

import structlog
from attrs import evolve, field, frozen

from tradecore.domain.book import BookKey
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import AlertId, TokenId
from tradecore.domain.instruments import is_dated, name_of
from tradecore.domain.money import plain
from tradecore.domain.parties import Token
from tradecore.domain.records import Delivery, Receipt
from tradecore.domain.signals import Signal
from tradecore.entrypoints.alerts.addressing import Addressed, Bearer, address, alert_of, delivery_of
from tradecore.entrypoints.alerts.reading import Reading, Unreadable, read
from tradecore.entrypoints.web.auth import Credential, Needs
from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.party_present import bot_settings_view
from tradecore.entrypoints.web.party_views import BotSettingsView
from tradecore.entrypoints.web.routing import Answer, Call, Routes
from tradecore.entrypoints.web.views import GateView, RefusalView
from tradecore.entrypoints.web.would import Outlook, outlook
from tradecore.ports.directory import Directory

_log = structlog.get_logger()
ROUTES: Final = Routes()


@frozen(kw_only=True)
class ReceiptView:
    """What became of a delivery. `status` is accepted, or duplicate with the id of the first."""

    alert_id: str
    status: str


@frozen(kw_only=True)
class ReadView:
    """How a body was read. `symbol` is the root."""

    signal: Signal
    symbol: str
    timeframe_minutes: int | None
    size: str | None


@frozen(kw_only=True)
class TestView:
    """What would become of an alert. `would` is one sentence; `bot` is null where none takes it."""

    __test__ = False  # It is no test, whatever pytest thinks of its name.

    read: ReadView
    bot: BotSettingsView | None
    account: str | None
    instrument: str
    would: str
    refusal: RefusalView | None
    gates: tuple[GateView, ...]


@frozen(kw_only=True)
class ReadOnlyView:
    """How a body was read: all that a caller without a good token or secret is told."""

    read: ReadView


@frozen(kw_only=True)
class _Sent:
    """An alert with its sender."""

    reading: Reading
    bearer: Bearer
    body: bytes = field(repr=False)


@frozen(kw_only=True)
class _Taken:
    """An alert that is ready to be written down, and the token that it came with."""

    delivery: Delivery
    token: Token | None


@ROUTES.on("POST /webhook", {202: ReceiptView, 200: ReceiptView}, needs=Needs.SENDER)
def webhook(call: Call) -> Answer:
    """Take an alert.

    The body is one of the alert forms, under any content type; the token stands in the address (`?token=`), in the
    header, or in the body as `secret` or `token`. A repeat is answered with the first one's id, and does nothing more.
    """
    (answer,) = take_all([call])
    if isinstance(answer, Exception):
        raise answer
    return answer


def take_all(calls: list[Call]) -> list[Answer | Exception]:
    """Take the alerts that came together, in one transaction; each sender gets an answer, or an error, of its own."""
    services, storing = calls[0].services, calls[0].storing
    now = services.clock.now()
    if all(storing.has_failed_since(call.came) for call in calls):
        # Who has waited while the database refused another one has waited long enough.
        return [UnreachableError("The database could not be had a moment ago.", retry_after=1) for _ in calls]
    try:
        directory = services.directory.view()
        taken = [_taken(call, directory, now) for call in calls]
    except UnreachableError as error:
        storing.failed(error, now)
        return [error for _ in calls]
    receipts = iter(_stored(calls[0], [one.delivery for one in taken if isinstance(one, _Taken)], now))
    return [
        _answer(call, one, next(receipts)) if isinstance(one, _Taken) else one
        for call, one in zip(calls, taken, strict=True)
    ]


def _taken(call: Call, directory: Directory, now: datetime) -> _Taken | Exception:
    try:
        sent = _known(call, directory)
        addressed = _addressed(sent, call, directory)
        alert_id = AlertId(call.services.mint.new())
        delivery = delivery_of(addressed, sent.reading, sent.bearer, sent.body, alert_id=alert_id, now=now)
    except UnreachableError:
        raise  # It is everybody's, and each would wait for it again.
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this sender's alone
        return error
    return _Taken(delivery=delivery, token=sent.bearer.token)


def _answer(call: Call, taken: _Taken, receipt: Receipt | Exception) -> Answer | Exception:
    if isinstance(receipt, Exception):
        return receipt
    # The alert is on disk: whatever else goes wrong, its sender must not hear of it.
    if taken.token is not None:
        _note_use(call, taken.token.id)
    status = "duplicate" if receipt.duplicate else "accepted"
    call.note(alert=receipt.alert_id, taken=status, book=str(taken.delivery.key))
    view = ReceiptView(alert_id=receipt.alert_id, status=status)
    return Answer(view=view, status=HTTPStatus.OK if receipt.duplicate else HTTPStatus.ACCEPTED)


@ROUTES.on("POST /test-webhook", {200: TestView | ReadOnlyView}, needs=Needs.NOTHING)
def try_webhook(call: Call) -> object:
    """Say what would become of an alert, and place nothing.

    Takes what `/webhook` takes. Without a good token or secret only how the body is read is told.
    """
    reading = _readable(call.body)
    try:
        bearer = call.doorkeeper.sender(_credential(call, reading), call.directory)
    except ProblemError as error:
        if error.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise
        return ReadOnlyView(read=read_view(reading))
    addressed = _addressed(_Sent(reading=reading, bearer=bearer, body=call.body), call, call.directory)
    alert = alert_of(reading, AlertId(call.services.mint.new()), call.services.clock.now())
    return _test_view(reading, addressed, outlook(addressed, alert, call.services))


def _known(call: Call, directory: Directory) -> _Sent:
    """Return the alert with its sender; what the address shows is judged before the body is looked at."""
    body, in_sight = call.body, call.credential
    if in_sight is not None:
        bearer = call.doorkeeper.sender(in_sight, directory)
        return _Sent(reading=_readable(body), bearer=bearer, body=body)
    reading = _readable(body)
    return _Sent(reading=reading, bearer=call.doorkeeper.sender(_credential(call, reading), directory), body=body)


def _credential(call: Call, reading: Reading) -> Credential | None:
    in_body = Credential(text=reading.secret, source=call.source) if reading.secret else None
    return call.credential or in_body


def _readable(body: bytes) -> Reading:
    reading = read(body)
    if isinstance(reading, Unreadable):
        raise ProblemError.of(reading)
    return reading


def _addressed(sent: _Sent, call: Call, directory: Directory) -> Addressed:
    addressed = address(sent.reading, sent.bearer, directory)
    if isinstance(addressed, Unreadable):
        raise ProblemError.of(addressed)
    return _where_held(addressed, sent.reading, call)


def _where_held(addressed: Addressed, reading: Reading, call: Call) -> Addressed:
    """Send an alert that names no month to the month that its bot still holds, so that a roll strands nothing there.

    A close closes it there; a reversal closes it there, and is refused to open in a month that is not active. FLAT
    takes every month in which the account has anything.
    """
    bot, account = addressed.bot, addressed.account
    if account is None or reading.symbol.month is not None or not is_dated(addressed.key.symbol):
        return addressed
    if reading.signal is Signal.FLAT:
        return evolve(addressed, also=_other_months(addressed.key, call))
    if bot is None:
        return addressed
    held = {one.key for one in call.services.standing.holdings([account.id]) if one.share.bot_id == bot.id}
    return evolve(addressed, key=held.pop()) if len(held) == 1 else addressed


def _other_months(key: BookKey, call: Call) -> tuple[BookKey, ...]:
    """Return the account's books of other months of the same root that hold, work or plan anything."""
    root = name_of(key.symbol).root
    books = sorted(call.services.ledger.open_books(key.account_id), key=str)
    return tuple(one for one in books if one != key and is_dated(one.symbol) and name_of(one.symbol).root == root)


def _stored(call: Call, deliveries: list[Delivery], now: datetime) -> Sequence[Receipt | Exception]:
    if not deliveries:
        return []
    try:
        receipts = call.services.inbox.accept_all(deliveries, now)
    except UnreachableError as error:
        call.storing.failed(error, now)
        return [error] * len(deliveries)
    except Exception as error:  # noqa: BLE001 - each hears of it, below
        if len(deliveries) == 1:
            return [error]
        # What is wrong with one is nobody else's.
        return [one for delivery in deliveries for one in _stored(call, [delivery], now)]
    call.storing.worked()
    return receipts


def _note_use(call: Call, token_id: TokenId) -> None:
    try:
        call.services.directory.used(token_id, call.services.clock.now())
    except Exception as error:  # noqa: BLE001 - the alert is stored, and a 5xx would have it sent again
        _log.warning("a token's use was not noted", token=token_id, kind=type(error).__name__)


def read_view(reading: Reading) -> ReadView:
    """Return how a body was read."""
    minutes = reading.timeframe.seconds // 60 if reading.timeframe else None
    size = plain(reading.size.amount) if reading.size else None
    return ReadView(signal=reading.signal, symbol=reading.symbol.root, timeframe_minutes=minutes, size=size)


def _test_view(reading: Reading, addressed: Addressed, seen: Outlook) -> TestView:
    return TestView(
        read=read_view(reading),
        bot=bot_settings_view(addressed.bot) if addressed.bot else None,
        account=addressed.account.name if addressed.account else None,
        instrument=addressed.key.symbol,
        would=seen.sentence,
        refusal=seen.refusal,
        gates=seen.gates,
    )
