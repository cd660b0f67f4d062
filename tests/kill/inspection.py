"""Compare what tradecore believes with what the exchange says, in sentences; no sentence is the best of reports."""

from collections import Counter
from collections.abc import Collection, Iterator
from decimal import Decimal

from attrs import frozen
from sqlalchemy import func, select

from tests.kill.naming import Names
from tests.kill.venue import net_of
from tradecore.adapters.encoding import codec
from tradecore.adapters.memory.exchange import Row
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.sql.tables import ERRANDS, EVENTS
from tradecore.domain.decisions import Status
from tradecore.domain.ids import AccountId, AlertId, PlanId
from tradecore.domain.money import ZERO, plain
from tradecore.domain.orders import OrderState, Side
from tradecore.domain.stories import tell
from tradecore.ports.history import Asked

_ROWS_MAX = 100_000


@frozen(kw_only=True)
class Sent:
    """What the sender of an alert knows: the id in its 2xx, where one came, and how often it was sent."""

    name: str
    alert_id: AlertId | None
    tries: int


def unfinished(store: SqlStore, account_id: AccountId) -> Iterator[str]:
    """Say what is still to be done, or not known yet, on the account."""
    with store._database.read() as connection:
        for table, words in ((EVENTS, "to judge"), (ERRANDS, "to do")):
            question = select(func.count()).select_from(table).where(table.c.account_id == account_id)
            # What is due at a moment of its own is a reminder, and may outlive everything.
            question = question.where(EVENTS.c.due.is_(None)) if table is EVENTS else question
            if count := connection.execute(question).scalar_one():
                yield f"{count} {words}"
    for record in store.history.alerts(Asked(account_id=account_id, status=Status.PENDING, limit=_ROWS_MAX)):
        yield f"{record.alert.id} has no end"
    for book in store.history.books(account_id):
        if book.plan is not None or book.waiting:
            yield f"{book.key}: {book.plan or book.waiting}"
        if book.in_doubt or book.suspicion is not None or book.survey_at is not None:
            yield f"{book.key}: in doubt about {[order for order in book.orders if not order.state.is_over]}"


def disagreements(store: SqlStore, account_id: AccountId, rows: tuple[Row, ...]) -> Iterator[str]:
    """Say where books and exchange differ, or a position lacks its stop; nothing of it passes once all is done."""
    books = store.history.books(account_id)
    held = net_of(rows)
    believed = {book.key.symbol: book.net for book in books if book.net}
    if held != believed:
        yield f"the exchange holds {held}, the books {believed}"
    live = {row.order_id for row in rows if row.is_live}
    open_ = {order.id for book in books for order in book.orders if not order.state.is_over}
    if live != open_:
        yield f"at the exchange work {sorted(map(str, live))}, in the books {sorted(open_)}"
    for book in books:
        if book.external or book.drift:
            yield f"{book.key}: {book.external} by people, {book.drift} by nobody"
        stops = [row for row in rows if row.is_live and row.stop_price is not None and row.symbol == book.key.symbol]
        for side in Side:
            wanted = sum((share.quantity for share in book.shares if share.quantity * side.sign < ZERO), ZERO)
            there = sum((row.left for row in stops if row.side is side), ZERO)
            if abs(wanted) != there:
                yield f"{book.key}: {wanted} is held, and covered by stops for {there}"


def doublings(store: SqlStore, account_id: AccountId, rows: tuple[Row, ...]) -> Iterator[str]:
    """Say what there is twice, or nobody knows of."""
    for order_id, count in Counter(row.order_id for row in rows).items():
        if count > 1:
            yield f"{order_id} stands {count} times at the exchange"
    known = {one.order.id: one.order for one in store.history.orders(Asked(account_id=account_id, limit=_ROWS_MAX))}
    placed = {row.order_id for row in rows}
    yield from (f"{order_id} is nobody's" for order_id in placed - set(known))
    for order in known.values():
        if order.id not in placed and order.state is not OrderState.NEVER_PLACED:
            yield f"{order.id} is {order.state.value}, and the exchange never had it"


def bad_ends(store: SqlStore, account_id: AccountId, sent: Collection[Sent]) -> Iterator[str]:
    """Say which alert was lost, or doubled, or has no end or several, or no story."""
    records = store.history.alerts(Asked(account_id=account_id, limit=_ROWS_MAX))
    there = {record.alert.id for record in records}
    yield from (
        f"{one.name} was answered with a 2xx, and is lost" for one in sent if one.alert_id not in {*there, None}
    )
    names = Counter(record.alert.comment for record in records)
    yield from (f"{name} is there {count} times" for name, count in names.items() if count > 1)
    yield from (f"{name} was never sent" for name in set(names) - {one.name for one in sent})
    judgements = store.history.judgements(Asked(account_id=account_id, limit=_ROWS_MAX))
    ends = Counter(verdict.alert_id for judged in judgements for verdict in judged.decision.verdicts)
    for record in records:
        if (count := ends[record.alert.id]) != 1:
            yield f"{record.alert.id} has {count} ends"
        asked, history = Asked(plan_id=PlanId(record.alert.id), limit=_ROWS_MAX), store.history
        parts = history.orders(asked), history.fills(asked), history.trades(asked), history.judgements(asked)
        if record.outcome not in (story := tell(record, *parts)).detail or not story.children:
            yield f"{record.alert.id} has no story: {story}"


def bad_sums(store: SqlStore, account_id: AccountId, won: Decimal) -> Iterator[str]:
    """Say where the trades of a flat account do not add up to what it has *won* at the exchange."""
    told = sum((trade.net for trade in store.history.trades(Asked(account_id=account_id, limit=_ROWS_MAX))), ZERO)
    if told != won:
        yield f"{account_id}: the exchange says {won}, the trades {told}"


def in_hand(store: SqlStore, account_id: AccountId) -> str:
    """Say how far the newest alert is, and what is written down to be done."""
    history, names = store.history, Names()
    for one in history.orders(Asked(account_id=account_id, limit=_ROWS_MAX)):
        names.ticket(one.order.ticket)
    with store._database.read() as connection:
        errands = connection.execute(select(ERRANDS.c.command).order_by(ERRANDS.c.seq)).scalars()
        to_do = [f"to {names.command(codec.COMMAND.read(command))}" for command in errands]
    alerts = [
        f"{one.alert.signal.value} {one.status.value}" for one in history.alerts(Asked(account_id=account_id, limit=1))
    ]
    return ", ".join([*alerts, *to_do]) or "nothing"


def at_venue(rows: tuple[Row, ...]) -> str:
    """Say what is held at the exchange, and whether a stop works there."""
    held = [plain(quantity) for quantity in net_of(rows).values()] or ["nothing"]
    return " ".join([*held, "held", *("with its stop" for row in rows if row.is_live)])


def hand_overs(store: SqlStore, account_id: AccountId) -> int:
    """Return how often the order was handed over that was handed over most often."""
    return max((one.order.sends for one in store.history.orders(Asked(account_id=account_id))), default=0)
