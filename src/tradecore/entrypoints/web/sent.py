"""Read what a request carries from its WSGI environment."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from tradecore.entrypoints.alerts.reading import BODY_BYTES_MAX
from tradecore.entrypoints.web.auth import Credential


def body_of(environ: dict[str, Any]) -> bytes:
    """Return the body; one that is too large is refused, whether it says its length or not."""
    # One more than is allowed: a body without a length is cut off there in silence, and then it shows.
    body: bytes = get_input_stream(environ, max_content_length=BODY_BYTES_MAX + 1).read()
    if len(body) > BODY_BYTES_MAX:
        raise RequestEntityTooLarge
    return body


def source_of(environ: Mapping[str, Any]) -> str:
    """Return where the request came from: the peer itself, never what a header says."""
    return environ.get("REMOTE_ADDR") or "unknown"


def credential_of(environ: Mapping[str, Any]) -> Credential | None:
    """Return the token or secret that the address or the header carries."""
    kind, _, text = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() == "bearer" and text.strip():
        return Credential(text=text.strip(), source=source_of(environ))
    given = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if text := next((text for name, text in given if name == "token"), ""):
        return Credential(text=text, source=source_of(environ), in_header=False)
    return None
