"""Characters that can be printed: those of the fonts that come with typst, and of the folder set for more.

PDF/A forbids a character without a glyph, and an empty box would hide what a name says. So a character that no font
has is printed as its code, for example `[U+1F600]`; the e-invoice carries the character itself. Which ones are missing
is not looked up in a table but tried out, once for each character.
"""

import re
import threading
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final

import typst

from services.billing.paper.fonts import FONTS

_LINE_BREAKS: Final = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_SURE: Final = re.compile(r"[^\n\x20-\x7e\u00a0-\u00ac\u00ae-\u017f\u2013\u2014\u2018-\u201e]")
_UNSEEN: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONG: Final = re.compile(r"[^\s\u200b]{36,}")
_TEMPLATES: Final = Path(__file__).with_name("templates")
_NO_GLYPH: Final = "could not be displayed"
_OWN: Final = threading.local()


def printable(text: str) -> str:
    """Return `text` with every character that cannot be printed written as its code; line breaks become newlines.

    Controls, and the bidirectional controls that make a text read as another one, are codes too.
    A very long word gets places to break it.
    """
    if _SURE.search(text) is not None:
        text = _SURE.sub(_shown, _LINE_BREAKS.sub("\n", text).replace("\t", " "))
    return _LONG.sub(_breakable, text)


def _breakable(found: re.Match[str]) -> str:
    # A word that may be longer than its line may be broken anywhere, but not between a letter and its accent.
    return "".join(letter if unicodedata.combining(letter) else f"\u200b{letter}" for letter in found[0])[1:]


def _shown(found: re.Match[str]) -> str:
    character = found[0]
    return character if _has_glyph(character) else f"[U+{ord(character):04X}]"


@lru_cache(maxsize=20_000)
def _has_glyph(character: str) -> bool:
    if character in _UNSEEN or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn"):
        return False
    compiler: typst.Compiler | None = getattr(_OWN, "compiler", None)
    if compiler is None:
        compiler = _OWN.compiler = typst.Compiler(
            _TEMPLATES / "probe.typ", root=_TEMPLATES, font_paths=FONTS, ignore_system_fonts=True
        )
    try:
        compiler.compile(format="pdf", sys_inputs={"it": character}, pdf_standards="a-3b", timestamp=0)
    except typst.TypstError as error:
        if _NO_GLYPH not in error.message:
            raise
        return False
    return True
