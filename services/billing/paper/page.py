"""What stands on a page: blocks of text already in the recipient's language, for `templates/paper.typ` to place."""

from dataclasses import dataclass, field
from typing import Literal

from services.billing.domain.document import Head, Party
from services.billing.paper.figures import Figures, figures_for
from services.billing.paper.words import Words, words_in

Fact = tuple[str, str]
"""A name and its value."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: text starts at its left and fills the line, figures end at its right and take what they need."""

    title: str
    side: Literal["start", "end"] = "start"
    width: Literal["fill", "fit"] = "fit"


@dataclass(frozen=True, slots=True)
class Listing:
    """A table; a cell is its text and, smaller below it, more lines."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """A line of the totals."""

    name: str
    value: str
    weight: Literal["plain", "quiet", "strong"] = "plain"


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code: a picture, what it says, and what is written below it."""

    svg: str
    says: str
    caption: str


@dataclass(frozen=True, slots=True)
class Payment:
    """How to pay."""

    title: str
    facts: tuple[Fact, ...]
    words: tuple[str, ...] = ()
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Everything between the letterhead and the foot; sender, date and number come from the document's head."""

    title: str
    facts: tuple[Fact, ...]
    tables: tuple[Listing, ...]
    subtitle: str | None = None
    intro: tuple[str, ...] = ()
    sums: tuple[Sum, ...] = ()
    payment: Payment | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Writer:
    """How a document's words and figures are written."""

    say: Words
    show: Figures
    currency: str = field(default="")

    def column_of_money(self, name: str) -> Column:
        """Return a column of amounts; the currency stands in its heading."""
        return Column(f"{name} ({self.currency})", "end")

    def address(self, party: Party) -> list[str]:
        """Return the lines of a postal address."""
        place = " ".join(part for part in (party.postal_code, party.city) if part)
        country = None if party.country is None else self.show.country(party.country)
        return [line for line in (*party.address, place, party.region, country) if line]

    def ids(self, party: Party) -> list[str]:
        """Return the numbers under which offices know a party."""
        tax = None if party.tax_id is None else f"{party.tax_id.scheme} {party.tax_id.value}"
        return [line for line in (tax, party.registration) if line]


def writer_for(document: Head, say: Words | None = None) -> Writer:
    """Return the writer of a document: its language, and the recipient's country for figures."""
    return Writer(
        say or words_in(document.language), figures_for(document.language, document.buyer.country), document.currency
    )
