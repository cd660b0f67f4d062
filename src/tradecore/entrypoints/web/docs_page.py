"""Show the description of the addresses as one page for people, without a script."""

import base64
import hashlib
import html
import json
from collections.abc import Iterator
from typing import Final

from tradecore.entrypoints.web.giving import Json

_STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1b1f24;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem;border-bottom:1px solid #d0d7de}
details{border:1px solid #d0d7de;border-radius:6px;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer}code,pre{font:13px/1.45 ui-monospace,monospace}
pre{background:#f6f8fa;padding:.6rem;border-radius:6px;overflow:auto}
.money{font-weight:bold}b.m{display:inline-block;min-width:4.2rem}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #eaeef2}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}pre{background:#161b22}
h2,details,td,th{border-color:#30363d}a{color:#58a6ff}}
"""
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# Only this very style may be applied; nothing may run or be fetched.
CONTENT_POLICY: Final = (
    f"default-src 'self'; script-src 'none'; object-src 'none'; style-src 'sha256-{_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(document: dict[str, Json], money: str) -> str:
    """Return the page for an OpenAPI *document*; *money* says what is at stake here."""
    info = _dict(document["info"])
    return "".join([
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>tradecore API</title>',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<style>{_STYLE}</style></head><body>",
        f'<p class="money">{_text(money)}</p>',
        f"<h1>tradecore {_text(info['version'])}</h1><p>{_text(info['description'])}</p>",
        '<p>For machines: <a href="/openapi.json">openapi.json</a>.</p>',
        *_groups(document),
        "<h2>Forms</h2>",
        *_forms(document),
        "</body></html>",
    ])  # fmt: skip


def _dict(value: Json) -> dict[str, Json]:
    assert isinstance(value, dict)
    return value


def _list(value: Json) -> list[Json]:
    assert isinstance(value, list)
    return value


def _text(value: Json) -> str:
    return html.escape(str(value))


def _groups(document: dict[str, Json]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for path, methods in _dict(document["paths"]).items():
        for method, operation in _dict(methods).items():
            told = _dict(operation)
            tag = str(_list(told["tags"])[0])
            groups.setdefault(tag, []).append("".join(_operation(method, path, told)))
    for tag, operations in sorted(groups.items()):
        yield f"<h2>{_text(tag)}</h2>"
        yield from operations


def _operation(method: str, path: str, told: dict[str, Json]) -> Iterator[str]:
    yield f"<details><summary><b class='m'>{method.upper()}</b> <code>{_text(path)}</code> {_text(told['summary'])}"
    yield "</summary>"
    if "description" in told:
        yield f"<p>{_text(told['description'])}</p>"
    if parameters := _list(told["parameters"]):
        yield "<table><tr><th>name</th><th>in</th><th>form</th></tr>"
        for parameter in map(_dict, parameters):
            form = json.dumps(parameter["schema"])
            yield f"<tr><td><code>{_text(parameter['name'])}</code></td><td>{_text(parameter['in'])}</td>"
            yield f"<td><code>{_text(form)}</code></td></tr>"
        yield "</table>"
    if "requestBody" in told:
        yield from _contents("body", _dict(told["requestBody"]))
    for status, answer in _dict(told["responses"]).items():
        described = _dict(answer)
        yield from _contents(f"{status} {described['description']}", described)
    yield "</details>"


def _contents(title: str, told: dict[str, Json]) -> Iterator[str]:
    yield f"<p><b>{_text(title)}</b> "
    for kind, form in _dict(told.get("content", {})).items():
        yield f"{_text(kind)} {_link(_dict(_dict(form)['schema']))} "
    yield "</p>"


def _link(schema: dict[str, Json]) -> str:
    if "$ref" not in schema:
        return f"<code>{_text(json.dumps(schema))}</code>"
    name = str(schema["$ref"]).rpartition("/")[2]
    return f'<a href="#{_text(name)}">{_text(name)}</a>'


def _forms(document: dict[str, Json]) -> Iterator[str]:
    for name, schema in _dict(_dict(document["components"])["schemas"]).items():
        written = json.dumps(schema, indent=2, ensure_ascii=False)
        yield f'<details id="{_text(name)}"><summary><code>{_text(name)}</code></summary>'
        yield f"<pre>{_text(written)}</pre></details>"
