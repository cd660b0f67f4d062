"""Prove that a body is stored and shown without its secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.alerts.examples import an_alert
from tradecore.entrypoints.alerts.dialects import is_secret_name, may_hold_secret_name
from tradecore.entrypoints.alerts.reading import BODY_BYTES_MAX, redacted

SECRET = "hunter2-hunter2"
NAMES = ["secret", "token", "key", "passphrase", "password", "api_token", "api_key", "api_secret", "code", "apiKey"]


@pytest.mark.parametrize("name", [*NAMES, "SECRET", "Webhook_Secret", "accessToken"])
@pytest.mark.parametrize(
    "form",
    [
        '{{"{name}": "{secret}", "action": "buy"}}',
        '{{"action": "buy", "{name}" : "{secret}"}}',
        '{{"a": [{{"b": {{"{name}": "{secret}"}}}}]}}',
        '{{"{name}": {{"inner": ["{secret}"]}}}}',
        '{{"{name}": ["{secret}", 1], "x": 1}}',
        '{{"{name}": "{secret}", "comment": "again {secret}"}}',
        '{{"{name}": "1", "{name}": "{secret}"}}',
        '{{"{name}": "{secret}", "price": }}',
        '{{"{name}": "{secret}',
        '{{"{name}": {secret}, "action": "buy"}}',
        "{{'{name}': '{secret}'}}",
        '{{"{name}": {{"a": "{secret}", }}',
        "{name}={secret}&action=buy",
        "https://host/webhook?{name}={secret}",
        "{name}: {secret}",
        '{{"message": "{name}={secret}"}}',
        '{{"message": "{{\\"{name}\\": \\"{secret}\\"}}"}}',
    ],
)
def test_no_form_of_a_body_shows_its_secret(name: str, form: str) -> None:
    shown = redacted(form.format(name=name, secret=SECRET).encode())

    assert SECRET not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("60123456,buy,EURUSD", "***,buy,EURUSD"),
        ("ENTER-LONG_X_BTC_4f2a", "ENTER-LONG_***"),
        ("see usr_abcdefghijklmnopqrstuvwx", "see usr_***"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ('{"\\u0073ecret": "abc"}', '{"\\u0073ecret": "***"}'),
    ],
)
def test_secrets_in_the_open_are_masked(body: str, shown: str) -> None:
    assert redacted(body.encode()) == shown


def test_what_is_no_secret_stays_as_it_came() -> None:
    body = b'{"action":  "buy", "size": 1.50, "x": "\\u00e9\\n", "a": 1, "a": 2}'

    assert redacted(body) == body.decode()


def test_what_is_shown_can_be_stored() -> None:
    shown = redacted(b"\xef\xbb\xbf{\x00\xff}")

    assert shown == "{\ufffd\ufffd}"


@pytest.mark.parametrize(
    "body",
    [
        b"x" * 200_000,
        b"\xff" * 200_000,
        b'"token":1,' * 20_000,
        an_alert(token="x" * 200_000),
        b'{"token":' + b"[" * 60_000,
    ],
)
def test_no_body_becomes_longer_than_64_kib(body: bytes) -> None:
    assert len(redacted(body).encode()) <= BODY_BYTES_MAX


@given(
    st.text(max_size=20),
    st.sampled_from(["secret", "Pass-Word", "a_P_I key", "order.code", "x-auth token", "LICENSE_ID", "pwd"]),
    st.text(max_size=20),
)
def test_the_quick_look_for_names_of_secrets_overlooks_none(before: str, name: str, after: str) -> None:
    assert is_secret_name(name)

    assert may_hold_secret_name(f'{before}"{name}":{after}')
