"""The body of a write: JSON, said once and storable, before any use case sees it."""

import json
import math
from collections import Counter
from typing import Any, Final

from fastapi import Request
from pydantic import BaseModel, ConfigDict

from shared.errors import ScorebookError

_DEEPEST: Final = 50
_MOST_NAMES: Final = 1_000
_TITLE: Final = "The request is not valid"


class RequestBody(BaseModel):
    """What a request carries: unknown fields are refused, since a misspelt one would be lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WrongMediaType(ScorebookError):
    """The body is not plain JSON; `field` is the header that says so."""

    code = "unsupported-media-type"
    status = 415
    title = "The body must be JSON"

    def __init__(self, header: str, rule: str) -> None:
        super().__init__(
            "send the body as application/json in UTF-8, without Content-Encoding", field=header, rule=rule
        )


class NotStorable(ScorebookError):
    """A JSON value that is well-formed but that PostgreSQL cannot keep: U+0000, half a surrogate pair, infinity."""

    code = "invalid-request"
    title = _TITLE

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} holds a character or number that cannot be stored", field=field, rule="storable")


class NamedTwice(ScorebookError):
    """A JSON object with one name twice, which every reader understands in its own way (RFC 8259, section 4)."""

    code = "invalid-request"
    title = _TITLE

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is named twice", field=field, rule="named-once")


class TooDeep(ScorebookError):
    """A JSON value nested deeper than any request needs."""

    code = "invalid-request"
    title = _TITLE

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is nested more than {_DEEPEST} levels deep", field=field, rule="nesting")


class TooManyNames(ScorebookError):
    """A JSON object with more names than any request has: each would be looked at, and refused by itself."""

    code = "invalid-request"
    title = _TITLE

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} has more than {_MOST_NAMES} names", field=field, rule="names")


class _Named(dict[str, Any]):
    """An object as it was written, with the name that it has twice."""

    twice: str | None = None


def require_json(request: Request) -> None:
    """Raise WrongMediaType unless the body, if there is one, says that it is JSON."""
    headers = request.headers
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise WrongMediaType("Content-Type", "json")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise WrongMediaType("Content-Encoding", "identity")


def read_json(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return what a body says; None for one that is no JSON, which FastAPI refuses before any use case runs.

    Raises NotStorable, NamedTwice, TooDeep or TooManyNames.
    """
    try:
        said = json.loads(body, object_pairs_hook=_named) if body else None
    except (ValueError, RecursionError):
        return None
    _check(said, (), 0)
    return said


def _named(pairs: list[tuple[str, Any]]) -> _Named:
    named = _Named(pairs)
    if len(named) < len(pairs):
        named.twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
    return named


def _check(value: object, path: tuple[str, ...], depth: int) -> None:
    if depth > _DEEPEST:
        raise TooDeep(path[0])
    if isinstance(value, str):
        if not _storable(value):
            raise NotStorable(_shown(path))
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise NotStorable(_shown(path))
    elif isinstance(value, _Named):
        if len(value) > _MOST_NAMES:
            raise TooManyNames(_shown(path))
        if not all(map(_storable, value)):
            raise NotStorable(_shown(path))
        if value.twice is not None:
            raise NamedTwice(_shown((*path, value.twice)))
        for name, part in value.items():
            _check(part, (*path, name), depth + 1)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _check(part, (*path, str(index)), depth + 1)


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _shown(path: tuple[str, ...]) -> str:
    return ".".join(path) or "body"
