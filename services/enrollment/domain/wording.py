"""Text that people type: bounded, trimmed, and free of control characters."""

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

_LINE_BREAKS: Final = frozenset("\n\t")


def _refuse(text: str, allowed: frozenset[str]) -> str:
    # Cc holds NUL, which PostgreSQL cannot store; Cf holds the bidirectional marks that make a name read as another.
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs") and sign not in allowed for sign in text):
        raise PydanticCustomError("no-control-characters", "control characters are not allowed in a text")
    return text


def _one_line(text: str) -> str:
    return _refuse(text, frozenset())


def _paragraph(text: str) -> str:
    return _refuse(text, _LINE_BREAKS)


Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_one_line)]
"""A name or a place: 1 to 200 characters on one line."""
Paragraph = Annotated[
    str, StringConstraints(min_length=3, max_length=2000, strip_whitespace=True), AfterValidator(_paragraph)
]
"""A reason or a decision: 3 to 2000 characters, line breaks allowed."""
