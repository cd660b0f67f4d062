"""Test that SignalR's JSON protocol is understood however it is put into frames, and nonsense ends it."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradecore.adapters.projectx.signalr import (
    END,
    PING,
    Answered,
    Call,
    Closed,
    Conversation,
    Invoked,
    Patience,
    ProtocolError,
    Said,
    SilentError,
    State,
    Welcomed,
)

ORDERS: Final = Call(target="SubscribeOrders", arguments=(26282486,))
ACCOUNTS: Final = Call(target="SubscribeAccounts")
# What the Gateway was seen to send, numbers as it writes them.
ORDER: Final = (
    '{"type":1,"target":"GatewayUserOrder","arguments":[{"action":1,"data":{"id":3425270858,"accountId":26282486,'
    '"contractId":"CON.F.US.MNQ.U26","status":5,"type":2,"side":1,"size":1,"fillVolume":0,"customTag":"glt-…"}}]}'
)
QUOTE: Final = (
    '{"type":1,"headers":{"a":"b"},"target":"GatewayQuote","arguments":["CON.F.US.MNQ.U26",'
    '{"symbol":"F.US.MNQ","bestBid":29547,"bestAsk":29547.5,"timestamp":"2026-08-19T20:51:31.348+00:00"}]}'
)
CLOSE: Final = '{"type":7,"error":"Connection closed with an error.","allowReconnect":true}'


def talk(*records: str, calls: Iterable[Call] = ()) -> tuple[Conversation, list[Said]]:
    """Return a conversation in which so much was said after the welcome."""
    conversation = Conversation(Patience())
    said = list(conversation.take(("{}" + END).encode(), 0))
    assert said == [Welcomed()]
    for call in calls:
        conversation.call(call)
    return conversation, list(conversation.take("".join(each + END for each in records).encode(), 0))


def heard(data: Iterable[bytes], calls: Iterable[Call] = ()) -> list[Said | str]:
    """Return all that is said in frames, and with what it ended."""
    conversation = Conversation(Patience(record_bytes=1000))
    for call in calls:
        conversation.call(call)
    found: list[Said | str] = []
    try:
        for frame in data:
            found.extend(conversation.take(frame, 0))
    except ProtocolError as error:
        found.append(str(error))
    return found


def test_what_the_gateway_tells_is_read_with_exact_numbers() -> None:
    _, (order, quote) = talk(ORDER, QUOTE)

    assert order == Invoked(target="GatewayUserOrder", arguments=json.loads(ORDER)["arguments"])
    assert isinstance(quote, Invoked)
    told: dict[str, Any] = quote.arguments[1]
    assert (told["bestBid"], type(told["bestBid"])) == (29547, int)
    assert (told["bestAsk"], type(told["bestAsk"])) == (Decimal("29547.5"), Decimal)


def test_a_call_is_written_with_an_id_and_its_answer_names_it() -> None:
    conversation, _ = talk()

    first, second = (json.loads(conversation.call(call).removesuffix(END)) for call in (ORDERS, ACCOUNTS))
    assert first == {"type": 1, "invocationId": "1", "target": "SubscribeOrders", "arguments": [26282486]}
    assert (second["invocationId"], second["arguments"]) == ("2", [])
    assert not conversation.is_answered

    answers = '{"type":3,"invocationId":"2","error":"no"}' + END + '{"type":3,"invocationId":"1","result":null}' + END
    assert list(conversation.take(answers.encode(), 0)) == [
        Answered(call=ACCOUNTS, error="no"), Answered(call=ORDERS, error=None),
    ]  # fmt: skip
    assert conversation.is_answered


@pytest.mark.parametrize("record", [
    '{"type":3,"invocationId":"9","result":null}', '{"type":3}', '{"type":6}', '{"type":2,"invocationId":"1"}',
    '{"type":8,"sequenceId":1}', '{"type":9}', '{"type":99,"new":[]}',
])  # fmt: skip
def test_what_means_nothing_to_a_client_is_passed_over(record: str) -> None:
    conversation, said = talk(record)

    assert (said, conversation.state) == ([], State.OPEN)


@pytest.mark.parametrize(("record", "closed"), [
    (CLOSE, Closed(error="Connection closed with an error.", allows_reconnect=True)),
    ('{"type":7}', Closed(error=None, allows_reconnect=False)),
])  # fmt: skip
def test_a_close_ends_it_and_nothing_is_heard_after_it(record: str, closed: Closed) -> None:
    conversation, said = talk(record, ORDER, "nonsense")

    assert (said, conversation.state) == ([closed], State.OVER)
    assert list(conversation.take((ORDER + END).encode(), 1000)) == []


def test_a_refused_greeting_ends_it() -> None:
    assert heard([('{"error":"The protocol is not supported."}' + END).encode()]) == [
        Closed(error="The protocol is not supported.", allows_reconnect=False)
    ]


def test_what_comes_in_the_frame_of_the_welcome_is_heard() -> None:
    assert heard([("{}" + END + ORDER + END).encode()]) == [
        Welcomed(), Invoked(target="GatewayUserOrder", arguments=json.loads(ORDER)["arguments"])
    ]  # fmt: skip


@pytest.mark.parametrize("first", [PING, ORDER + END, '{"type":3,"invocationId":"1"}' + END])
def test_nothing_is_said_before_the_greeting_is_answered(first: str) -> None:
    with pytest.raises(ProtocolError, match="the greeting is not answered"):
        list(Conversation(Patience()).take(first.encode(), 0))


@pytest.mark.parametrize("nonsense", [
    "", "{", "[]", "1", "null", '"text"', "{}", '{"type":"1"}', '{"type":true}', '{"type":1.0}', '{"type":null}',
    '{"type":1}', '{"type":1,"target":"A"}', '{"type":1,"target":1,"arguments":[]}',
    '{"type":1,"target":"A","arguments":{}}', '{"type":1,"target":"A","arguments":[NaN]}',
    '{"type":1,"target":"A","arguments":[1e99999999999999999999]}', '{"a":' * 100_000,
    '{"type":1,"target":"A","arguments":[' + "9" * 5000 + "]}", "<html>",
])  # fmt: skip
def test_nonsense_ends_it_after_what_was_said_before(nonsense: str) -> None:
    conversation, _ = talk()
    said = []

    with pytest.raises(ProtocolError):  # noqa: PT012 - what comes before it is half of the point
        for each in conversation.take((ORDER + END + nonsense + END + ORDER + END).encode(), 0):
            said.append(each)  # noqa: PERF402 - as above
    assert (len(said), conversation.state) == (1, State.OVER)


def test_bytes_that_are_no_text_are_nonsense() -> None:
    assert heard([b"{}\x1e", b'{"type":6,"a":"\xff"}\x1e'])[1:] != []


def test_a_record_of_a_mebibyte_is_taken_and_one_without_end_is_not() -> None:
    large = '{"type":1,"target":"GatewayDepth","arguments":["' + "x" * 2**20 + '"]}'
    conversation, said = talk(large)
    assert isinstance(said[0], Invoked)

    for _ in range(16):
        list(conversation.take(b"x" * 2**20, 0))
    with pytest.raises(ProtocolError, match="more than 16777216 bytes"):
        list(conversation.take(b"x", 0))


# ---------------------------------------------------------------- waiting


def test_a_server_that_says_nothing_is_given_up_after_its_time() -> None:
    conversation, _ = talk()
    assert conversation.rest == 40

    list(conversation.take(b"", 39))
    list(conversation.take(PING.encode(), 0.5))
    assert conversation.rest == 40
    list(conversation.take(PING[:5].encode(), 39.5))  # a piece of a record is no sign of life
    with pytest.raises(SilentError, match="nothing for 40 seconds"):
        list(conversation.take(b"", 0.5))
    assert conversation.state is State.OVER


def test_a_greeting_and_a_call_want_their_answer_even_from_one_who_talks() -> None:
    with pytest.raises(SilentError, match="the greeting"):
        list(Conversation(Patience()).take(b"", 15))

    conversation, _ = talk()
    conversation.call(ORDERS)
    list(conversation.take(PING.encode(), 14))
    assert conversation.rest == 1
    with pytest.raises(SilentError, match="SubscribeOrders"):
        list(conversation.take(PING.encode(), 1))


def test_it_is_quiet_where_pings_alone_come() -> None:
    conversation, _ = talk()

    list(conversation.take(PING.encode(), 10))
    assert conversation.quiet == 10
    list(conversation.take((ORDER + END).encode(), 1))
    assert conversation.quiet == 0
    list(conversation.take(b"", 2))
    conversation.excuse()
    assert conversation.quiet == 0


# ---------------------------------------------------------------- laws

RECORDS = st.lists(
    st.one_of(
        st.sampled_from([ORDER, QUOTE, CLOSE, PING.removesuffix(END), "{}", "nonsense", '{"type":99}', "x" * 1200]),
        st.integers(0, 3).map(lambda number: f'{{"type":3,"invocationId":"{number}","error":"é{number}"}}'),
    ),
    max_size=12,
).map(lambda records: "".join(each + END for each in ["{}", *records]).encode())


@given(RECORDS, st.data())
def test_however_it_is_cut_into_frames_the_same_is_said(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=30)))
    frames = [stream[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    assert heard(frames, [ORDERS, ACCOUNTS]) == heard([stream], [ORDERS, ACCOUNTS])


@given(RECORDS)
def test_byte_for_byte_the_same_is_said(stream: bytes) -> None:
    assert heard(stream[at : at + 1] for at in range(len(stream))) == heard([stream])


@given(st.binary(max_size=200))
def test_whatever_comes_ends_in_words_or_in_a_protocol_error(noise: bytes) -> None:
    found = heard([b"{}\x1e", noise])

    assert found[0] == Welcomed()
