"""A bank statement as it was read, whatever the format."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from shared.money import Money

LARGEST_FILE: Final = 1_500_000
"""Bytes of a statement file. The web's own bound on a request (2 MiB, shared/web/limits.py) lets no more through as
base64; a year of a partner's account is a fraction of it, and whatever is larger is not read at all."""
MOST_LINES: Final = 5_000
"""Rows of one file; each becomes an entry, and all of them are confirmed in one transaction."""


class StatementRefused(ValueError):
    """A file that is refused as a whole; `rule` is stable, `where` names statement, row or element."""

    def __init__(self, rule: str, sentence: str, where: str = "content") -> None:
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence
        self.where = where


class RowRefused(ValueError):
    """One value of a row that cannot be taken; the rest of the file is still read."""

    def __init__(self, field_name: str, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field_name
        self.rule = rule
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Line:
    """One movement: `amount` is positive for money that came in. `row` is where it stands in the file, from 1.

    `bank_reference` is the bank's own mark of the movement (AcctSvcrRef); `reference` is what the payer wrote.
    """

    row: int
    booked_on: date
    amount: Money
    value_on: date | None = None
    bank_reference: str = ""
    end_to_end: str = ""
    reference: str = ""
    party_name: str = ""
    party_account: str = ""
    text: str = ""
    is_reversal: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that breaks a rule."""

    row: int
    field: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no booking: pending, for information, or of nothing."""

    row: int
    why: str
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one account. `opening` and `closing` are None where the format has none (most CSV).

    `account` is the IBAN or number as the file has it, normalised; empty where the file does not name it.
    """

    identifier: str
    account: str
    currency: str
    opening: Money | None
    closing: Money | None
    from_on: date | None
    to_on: date | None
    lines: tuple[Line, ...]
    problems: tuple[Problem, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def turnover(self) -> Money:
        """The sum of its lines."""
        return Money(sum(line.amount.minor for line in self.lines), self.currency)


def shorten(text: str, most: int) -> str:
    """Return `text` on one line, without control characters, at most `most` characters long."""
    kept = "".join(" " if letter.isspace() else letter for letter in text if letter.isspace() or letter.isprintable())
    return " ".join(kept.split())[:most]


def account_number(text: str) -> str:
    """Return an account number as accounts are compared: capitals and digits, no spaces or separators."""
    return "".join(letter for letter in text.upper() if letter.isalnum())
