"""Every text is in every language, and nothing is printed that no catalogue knows."""

import io
import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from pypdf import PdfReader

from services.billing import paper
from services.billing.domain.document import Language
from services.billing.paper.figures import figures_for
from services.billing.paper.press import press
from services.billing.paper.words import Words, words_in
from shared.currencies import MINOR_UNIT_DIGITS
from shared.money import Money
from tests.unit.billing.paper.samples import QUARTER, every_kind

TEXTS = {
    str(message)
    for _, _, message, _, _ in extract_from_dir(
        Path(paper.__file__).parent, [("**.py", "python")], keywords={"say": None, "mark": None}
    )
}
OTHERS = [Language.SPANISH, Language.FRENCH]


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_every_text_and_no_other(language: Language) -> None:
    assert set(words_in(language)._texts or ()) == TEXTS


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_places_and_is_one(language: Language) -> None:
    texts = words_in(language)._texts or {}
    for text, said in texts.items():
        assert _places(said) == _places(text), text
    same = {text for text, said in texts.items() if said == text}
    assert same <= {"IBAN", "BIC", "Total", "Date", "Type", "Description", "Page {page} of {pages}"}


def _places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_a_text_without_translation_fails_rather_than_appear_in_english() -> None:
    with pytest.raises(KeyError):
        words_in(Language.FRENCH)("Something new")


class Pseudo(Words):
    """Says every text as itself between brackets that no document has."""

    def __call__(self, text: str, /, **values: str) -> str:
        # A page's own places are filled in by the template.
        return f"⟦{text.format(**values) if values else text}⟧"


def test_a_pseudo_language_finds_no_text_outside_the_catalogue() -> None:
    for kind, document in every_kind(Language.ENGLISH).items():
        pdf = press(document, say=Pseudo(None))
        pages = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
        rest = re.sub(r"⟦[^⟦⟧]*⟧", " ", pages)
        rest = re.sub(r"⟦.*?⟧", " ", rest, flags=re.DOTALL)
        rest = re.sub(r"SHA-256 [0-9a-f]{16}", " ", rest)
        said = document.model_dump_json()
        show = figures_for(document.language, document.buyer.country)
        known = set(re.findall(r"[^\W\d_]{2,}", said)) | {"Bolivia", "BOB"}
        known |= set(
            re.findall(r"[^\W\d_]{2,}", " ".join(show.day(QUARTER.starts_on.replace(month=m)) for m in range(1, 13)))
        )
        known |= {
            word
            for month in range(1, 13)
            for word in re.findall(r"[^\W\d_]{2,}", show.long_day(QUARTER.starts_on.replace(month=month)))
        }
        assert set(re.findall(r"[^\W\d_]{2,}", rest)) - known == set(), kind


@pytest.mark.parametrize(
    ("language", "country", "currency", "minor", "shown"),
    [
        (Language.SPANISH, "BO", "BOB", 123456750, "1.234.567,50"),
        (Language.SPANISH, "PE", "PEN", 123456750, "1,234,567.50"),
        (Language.ENGLISH, "IN", "INR", 123456750, "12,34,567.50"),
        (Language.ENGLISH, None, "USD", -100, "-1.00"),
        (Language.FRENCH, "TN", "TND", 1234567, "1\u202f234,567"),
        (Language.ENGLISH, "UG", "UGX", 1234567, "1,234,567"),
        (Language.FRENCH, "FR", "JPY", 1234567, "1\u202f234\u202f567"),
        (Language.ENGLISH, "BO", "BOB", 10**15, "10,000,000,000,000.00"),
    ],
)
def test_an_amount_has_the_separators_of_the_reader_and_the_decimals_of_the_currency(
    language: Language, country: str | None, currency: str, minor: int, shown: str
) -> None:
    got = figures_for(language, country).amount(Money(minor, currency))
    assert got.replace("\u00a0", "\u202f") == shown


@pytest.mark.parametrize("language", Language)
def test_decimals_are_iso_4217s_for_every_currency(language: Language) -> None:
    show = figures_for(language, None)
    for currency, digits in MINOR_UNIT_DIGITS.items():
        tail = re.search(r"[.,](\d+)$", show.amount(Money(123456 * 10**digits + 1, currency)))
        written = len(tail[1]) if tail and tail[1] != "456" else 0
        assert written == digits or (digits == 0 and tail is not None), currency
