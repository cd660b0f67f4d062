"""Write alert bodies for the tests, and read them with an expectation."""

import json

from tradecore.entrypoints.alerts.reading import Reading, Unreadable, read


def a_body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def an_alert(**fields: object) -> bytes:
    """Write a buy of AAPL, with whatever else is named; None takes a field away."""
    whole = {"action": "buy", "symbol": "AAPL"} | fields
    return a_body(**{name: value for name, value in whole.items() if value is not None})


def readable(body: bytes) -> Reading:
    answer = read(body)
    assert isinstance(answer, Reading), answer
    return answer


def refused(body: bytes) -> Unreadable:
    answer = read(body)
    assert isinstance(answer, Unreadable), answer
    assert answer.message.strip()
    return answer
