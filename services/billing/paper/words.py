"""What is printed, in the recipient's language.

Texts are written in English where they are used, as `say("Due date")` or `mark("Due date")`; Spanish and French are in
`texts/*.po`. A test extracts every text and compares it with the catalogues.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

from services.billing.domain.document import Language

_TEXTS: Final = Path(__file__).with_name("texts")


class Words:
    """A catalogue: English text -> the text to print. English needs none."""

    def __init__(self, texts: Mapping[str, str] | None) -> None:
        self._texts = texts

    def __call__(self, text: str, /, **values: str) -> str:
        """Return `text` in the recipient's language, its `{names}` filled in; raises KeyError for an unknown text."""
        known = text if self._texts is None else self._texts[text]
        return known.format(**values) if values else known


def mark(text: str) -> str:
    """Return `text` as it is; marks what is said later, for the catalogue."""
    return text


@cache
def words_in(language: Language) -> Words:
    """Return the catalogue of a language, read once."""
    if language is Language.ENGLISH:
        return Words(None)
    with (_TEXTS / f"{language.value}.po").open("rb") as file:
        catalogue = read_po(file, locale=language.value)
    return Words({str(message.id): str(message.string) for message in catalogue if message.id and message.string})
