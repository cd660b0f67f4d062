"""Make the page of the HTTP interface from its own OpenAPI description."""

import json
import logging
from collections.abc import Iterator
from typing import Any, Final

import structlog

from tradecore.entrypoints.runtime.wiring import in_memory
from tradecore.entrypoints.web.app import create_app

Document = dict[str, Any]
PROBLEM: Final[Document] = {"$ref": "#/components/schemas/ProblemView"}
_WHO: Final = {
    "[]": "Anybody.",
    '[{"token": []}, {"bearer": []}, {}]': "A webhook token in the address, the header or the body; or the secret.",
    '[{"bearer": []}, {"token": []}, {"cookie": []}]': (
        "A token to read or an API token, the installation's secret in the header, or who has signed in."
    ),
    '[{"bearer": []}, {"cookie": []}]': (
        "An API token in the header (`Authorization: Bearer api_...`), or who has signed in."
    ),
    '[{"bearer": []}, {"cookie": []}, {}]': (
        "An API token in the header, who has signed in, or the installation's secret in the header or the body."
    ),
}


def api_page() -> tuple[str, ...]:
    """Return the page's title, its first words and its parts."""
    # The request for the description is nobody's business.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    document = create_app(in_memory().services).test_client().get("/openapi.json").get_json()
    told = document["info"]["description"].replace(". ", ".\n")
    about = f"Every address, generated from the code.\nA running service shows them at `/docs`.\n{told}"
    return "The HTTP API", about, "## Errors", *_errors(document), *_groups(document), "## Forms", *_forms(document)


def _errors(document: Document) -> Iterator[str]:
    operations = [told for methods in document["paths"].values() for told in methods.values()]
    found = {status: answer for told in operations for status, answer in told["responses"].items() if status >= "4"}
    yield f"Every error has the form {_form(PROBLEM)}."
    rows = [f"| {status} | {answer['description']} |" for status, answer in sorted(found.items())]
    yield "\n".join(["| Status | What it says |", "| --- | --- |", *rows])


def _groups(document: Document) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            groups.setdefault(told["tags"][0], []).append("\n\n".join(_operation(method, path, told)))
    for tag, operations in sorted(groups.items()):
        yield f"## {tag[:1].upper()}{tag[1:]}"
        yield from operations


def _operation(method: str, path: str, told: Document) -> Iterator[str]:
    yield f"### {method.upper()} `{path}`"
    description = " ".join(told.get("description", "").split())
    yield "\n".join(filter(None, [told["summary"], description, f"Who may call it: {_who(told['security'])}"]))
    if told["parameters"]:
        yield "\n".join(
            [
                "| Name | In | Form | Required |",
                "| --- | --- | --- | --- |",
                *(
                    f"| `{one['name']}` | {one['in']} | {_form(one['schema'])} | {'yes' if one['required'] else ''} |"
                    for one in told["parameters"]
                ),
            ]
        )
    if "requestBody" in told:
        yield f"Takes {_contents(told['requestBody'])}."
    yield "\n".join(_answers(told["responses"]))


def _answers(responses: Document) -> Iterator[str]:
    """Tell each answer; the errors only by number where they are of the one form."""
    plain = {status for status, answer in responses.items() if status >= "4" and _contents(answer) == _form(PROBLEM)}
    for status, answer in responses.items():
        if status not in plain:
            yield f"- {status}: {_sentence(answer)}"
    if plain:
        yield f"- Errors: {', '.join(sorted(plain))}."


def _sentence(answer: Document) -> str:
    content = _contents(answer)
    return f"{answer['description']} {content}" if content else str(answer["description"])


def _who(security: list[Document]) -> str:
    return _WHO[json.dumps(security)]


def _contents(told: Document) -> str:
    found = dict.fromkeys(_form(form["schema"]) for form in told.get("content", {}).values())
    return " or ".join(found)


def _form(schema: Document) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " or ".join(map(_form, choices))
    if "enum" in schema:
        return " or ".join(f"`{word}`" for word in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_form(schema.get('items', {}))}"
    if kind == "object" and "properties" in schema:
        return f"object with {', '.join(schema['properties'])}"
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def _forms(document: Document) -> Iterator[str]:
    for name, schema in document["components"]["schemas"].items():
        yield f"### {name}"
        if "description" in schema:
            yield " ".join(schema["description"].split())
        required = schema.get("required", [])
        rows = [
            f"| `{field}` | {_form(form)} | {'yes' if field in required else ''} |"
            for field, form in schema.get("properties", {}).items()
        ]
        if rows:
            yield "\n".join(["| Field | Form | Always there |", "| --- | --- | --- |", *rows])
        else:
            yield f"{_form(schema)}."
