"""Bounded text of requests: no control characters, which are never meant and which the database refuses."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError


def _one_line(text: str) -> str:
    if not all(character.isprintable() for character in text):
        raise PydanticCustomError("control-character", "control characters are not allowed")
    return text


def _several_lines(text: str) -> str:
    if not all(character.isprintable() or character in "\n\t" for character in text):
        raise PydanticCustomError("control-character", "control characters are not allowed, except line breaks")
    return text


Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_one_line)]
Paragraph = Annotated[
    str, StringConstraints(min_length=3, max_length=2000, strip_whitespace=True), AfterValidator(_several_lines)
]
DossierHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RequestBody(BaseModel):
    """A request: unknown fields are refused, since a misspelt one would be lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)
