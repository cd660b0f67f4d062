"""Read what a request carries from its WSGI environment."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_cookie
from werkzeug.wsgi import get_input_stream

from tradecore.entrypoints.alerts.reading import BODY_BYTES_MAX
from tradecore.entrypoints.web.auth import COOKIE, PROOF_HEADER, Cookie, Credential

_PROOF: Final = "HTTP_" + PROOF_HEADER.upper().replace("-", "_")


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


def cookie_of(environ: Mapping[str, Any]) -> Cookie | None:
    """Return what the browser shows of a visit. Never for alerts: any page could have it sent."""
    text = parse_cookie(environ.get("HTTP_COOKIE", "")).get(COOKIE)
    return Cookie(text=text, proof=environ.get(_PROOF, "")) if text else None


def is_from_elsewhere(environ: Mapping[str, Any]) -> bool:
    """Tell whether a browser says that another site's page has sent the request."""
    return environ.get("HTTP_SEC_FETCH_SITE", "none") not in {"none", "same-origin"}
