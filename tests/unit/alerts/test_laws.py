"""Prove what holds for every body: it is answered, it keeps its secret, it says the same when written again."""

import json
import timeit

import pytest
from attrs import evolve
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.unit.alerts.examples import a_body, an_alert, readable
from tradecore.domain.money import plain
from tradecore.domain.signals import SizeUnit
from tradecore.entrypoints.alerts import dialects
from tradecore.entrypoints.alerts.reading import BODY_BYTES_MAX, Form, Reading, Unreadable, read, redacted

NAMES = sorted(
    {
        name
        for table in vars(dialects).values()
        if isinstance(table, tuple) and all(isinstance(name, str) for name in table)
        for name in table
    }
    | {"code", "ismarket", "strategy", "strategyinfo", "order", "reduceonly", "riskpercentage", "market_position"}
    | {"limitprice", "stopprice", "trailingstop", "stoploss", "tp", "type", *dialects.USUAL_WORDS}
)
WORDS = ["buy", "sell", "flat", "close", "exit_long", "hold", "long", "short", "reverse", "add", "AAPL", "MES1!",
         "15", "15 Min", "0", "-1", "1e400", "na", "true", "2026-11-20T15:30:00Z", "9999-12-31T23:59:59-12:00",
         "market", "usd", "{{x}}", "", "\x00", "\ud800"]  # fmt: skip

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(WORDS)
names = st.sampled_from(NAMES) | st.text(max_size=10)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=8),
    max_leaves=12,
)
bodies = st.dictionaries(names, values, max_size=8)
likely = st.fixed_dictionaries(
    {"action": st.sampled_from(WORDS), "symbol": st.sampled_from(["AAPL", "MES1!", "MESZ2026", "BTC/USD"])},
    optional={name: st.sampled_from(WORDS) for name in NAMES if name not in {"action", "symbol"}},
)
numbers = st.decimals(min_value="0.000001", max_value=10**9, places=6).map(str)
good = st.fixed_dictionaries(
    {
        "symbol": st.sampled_from(["AAPL", "NASDAQ:aapl", "MES1!", "MESZ2026", "BTC/USD", "BRK.B"]),
        "signal": st.sampled_from(["buy", "sell", "close", "flat", "hold", "ENTER-LONG", "exit"]),
    },
    optional={
        "interval": st.sampled_from(["1", "15", "240", "D", "1W", "M", "30S", "45 Min"]),
        "contracts": numbers,
        "unitstype": st.sampled_from(sorted(dialects.SIZE_UNITS)),
        "close": numbers,
        "timestamp": st.integers(946_684_800, 4_102_444_799) | st.just("2026-11-20T10:30:00.5-05:00"),
        "positionsize": numbers | numbers.map("-{}".format) | st.just("0"),
        "prevposition": st.sampled_from(["long", "short", "flat", "-1"]),
        "alert_id": st.text(min_size=1, max_size=20),
        "account": st.text(max_size=20),
        "message": st.text(max_size=600),
        "passphrase": st.text(max_size=20),
    },
)
secrets = st.text("abcdefghijkXYZ0123456789-_.:$ ", min_size=12, max_size=40).map(lambda text: f"zq{text}qz")


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
@example(b"\xef\xbb\xbf")
@example(b"{" * 70_000)
@example(b'{"a":' * 13_000)
def test_every_body_is_answered(body: bytes) -> None:
    assert isinstance(read(body), Reading | Unreadable)
    assert len(redacted(body).encode()) <= BODY_BYTES_MAX


@given(values | bodies | likely)
def test_every_json_value_is_answered_with_a_storable_sentence(value: object) -> None:
    answer = read(json.dumps(value).encode())

    if isinstance(answer, Unreadable):
        assert answer.status in {400, 413, 422}
        assert answer.message.endswith((".", "}"))
        (answer.message + (answer.field or "")).encode()
    else:
        str(answer).encode()
        assert answer.fired_at is None or answer.fired_at.utcoffset() is not None
        assert answer.size is None or answer.size.amount > 0


@given(secrets, st.sampled_from(dialects.SECRET), likely)
def test_no_secret_is_shown(secret: str, name: str, fields: dict[str, str]) -> None:
    others = {other: value for other, value in fields.items() if other not in dialects.SECRET}
    body = json.dumps(others | {name: secret, "comment": f"mine is {secret}"}).encode()
    answer = read(body)

    assert secret not in repr(answer)
    assert secret not in redacted(body)
    assert isinstance(answer, Unreadable) or answer.secret == secret


UNITS = {
    SizeUnit.UNITS: "fixed_quantity",
    SizeUnit.DOLLARS: "dollar_amount",
    SizeUnit.RISK_DOLLARS: "risk_dollar_amount",
    SizeUnit.PERCENT_OF_EQUITY: "percent_of_equity",
}


def in_the_equities_form(reading: Reading) -> bytes:
    size, strategy = reading.size, reading.strategy
    return a_body(
        action=reading.signal.value,
        symbol=reading.symbol_text,
        timeframe=reading.timeframe and str(reading.timeframe),
        size=size and plain(size.amount),
        quantityType=size and UNITS[size.unit],
        price=reading.price and plain(reading.price),
        timenow=reading.fired_at and reading.fired_at.isoformat(),
        market_position=strategy and strategy.direction.value,
        market_position_size=plain(strategy.quantity) if strategy and strategy.quantity is not None else None,
        prev_market_position=reading.previous and reading.previous.value,
        alert_id=reading.alert_id,
        account=reading.account,
        comment=reading.comment,
        token=reading.secret,
    )


@given(good)
def test_a_reading_that_is_written_again_reads_the_same(fields: dict[str, object]) -> None:
    first = read(json.dumps(fields).encode())
    assume(isinstance(first, Reading))
    assert isinstance(first, Reading)
    stated = first.size if first.size and first.size.stated else None
    first = evolve(first, form=Form.EQUITIES, size=stated)

    assert readable(in_the_equities_form(first)) == first


@pytest.mark.parametrize("body", [an_alert(timeframe="15 Min"), an_alert(timeframe="15", price="1.5", tf=15)])
def test_reading_takes_no_time(body: bytes) -> None:
    # A tenth of a millisecond is the aim; the bound leaves room for a busy machine.
    seconds = min(timeit.repeat(lambda: read(body), number=100, repeat=5)) / 100

    assert seconds < 0.001


@pytest.mark.parametrize(
    "body",
    [
        b'"\\' * 32_000,
        b'"token":' * 8_000,
        b"token=" * 10_000,
        b"'" * 64_000,
        b"a " * 32_000,
        b" " * 64_000 + b'"',
        b"a." * 32_000,
        b" :" * 32_000,
        b'{"action":"buy","symbol":"A","sl":"' + b"0" * 60_000 + b'x"}',
        b'{"' + b"a_" * 30_000 + b'":1}',
    ],
)
def test_no_body_keeps_the_reader_busy(body: bytes) -> None:
    # Work that grew with the square of the length would take minutes.
    assert timeit.timeit(lambda: (read(body), redacted(body)), number=1) < 2
