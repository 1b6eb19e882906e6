"""The description of our JSON (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

_STRING: dict[str, Any] = {"type": "string"}
_MAYBE: dict[str, Any] = {"type": ["string", "null"]}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}


def describe(base: str) -> dict[str, Any]:
    """The whole description; ``base``: the site's own address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Class Projects",
            "version": "1",
            "description": "What pages answer to whoever asks with Accept: application/json. Reading only. "
            "Works belong to their makers and are not for training AI.",
        },
        "servers": [{"url": base}],
        "paths": {
            "/works/{id}": _path("A work that you may see.", "Work", _number("id")),
            "/works/{id}/lineage.json": _path(
                "Where a work comes from and what grew from it; view=family: what grew beside it too.", "Lineage", _number("id"),
                _query("view"), _query("medium"), _query("since"), _query("until"), _query("maker"),
            ),
            "/prompts": _path("Published prompts, the newest first.", "PromptList", _query("after"), _query("medium")),
            "/prompts/{slug}": _path("A prompt.", "Prompt", _text("slug")),
            "/classes": _path("Published class projects, the newest first.", "ClassList", _query("after")),
            "/classes/{slug}": _path("A class project.", "ClassProject", _text("slug")),
            "/people/{handle}": _path("A person's public profile.", "Person", _text("handle")),
        },
        "components": {"schemas": _SCHEMAS},
    }


def _path(summary: str, schema: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "get": {
            "summary": summary,
            "parameters": list(parameters),
            "responses": {
                "200": {"description": "Found.", "content": _content(schema)},
                "404": {"description": "Not there, or not for you to see.", "content": _content("Error")},
            },
        }
    }


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _number(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}


def _text(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _STRING}


def _query(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": _STRING}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_SCHEMAS: dict[str, Any] = {
    "Error": _object(error=_object(status={"type": "integer"}, message=_STRING)),
    "Person": _object(handle=_STRING, name=_STRING, bio=_STRING, url=_STRING, works=_COUNT, remixes=_COUNT, followers=_COUNT),
    "Prompt": _object(
        slug=_STRING,
        url=_STRING,
        title=_STRING,
        medium=_STRING,
        takes=_STRING,
        difficulty={"type": "integer", "minimum": 1, "maximum": 5},
        language=_STRING,
        answers=_COUNT,
        author=_object(handle=_MAYBE, name=_STRING, role=_STRING),
        closes_at=_MAYBE,
    ),
    "PromptList": _object(prompts=_list(_ref("Prompt")), next=_MAYBE),
    "Work": {"type": "object"},
    "Lineage": _object(
        work=_STRING,
        view=_STRING,
        is_cut={"type": "boolean"},
        nodes=_list(
            _object(
                id=_STRING, title=_MAYBE, maker=_MAYBE, medium=_STRING, url=_MAYBE, tombstone={"type": "boolean"}
            )
        ),
        edges=_list(_object(child=_STRING, parent=_STRING, kind=_STRING)),
    ),
    "ClassProject": {"type": "object"},
    "ClassList": _object(classes=_list(_ref("ClassProject")), next=_MAYBE),
}
