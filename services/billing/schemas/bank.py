"""Bank accounts, the profiles of their files, imports and lines."""

import base64
import binascii
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.billing.bank.csv_profile import Column, CsvProfile, DateFormat, Encoding
from services.billing.bank.model import LARGEST_FILE
from services.billing.domain.banking import LineState, MatchKind
from services.billing.schemas.fields import PositiveMoney
from shared.days import Day
from shared.events.vocabulary import CurrencyCode
from shared.money import Money
from shared.text import Line, Reason
from shared.web.access import Resource
from shared.web.body import RequestBody

AccountNumber = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z ./-]{2,40}[0-9A-Za-z]$", strip_whitespace=True),
    Field(examples=["1000 2345 6789"]),
]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(examples=["BO"])]
Delimiter = Literal[",", ";", "\t", "|"]


class OpenBankAccount(RequestBody):
    """A bank account of a book, by its IBAN or its plain number: exactly one of the two."""

    partner_id: UUID
    name: Line
    iban: AccountNumber | None = None
    number: AccountNumber | None = None
    country: Country
    currency: CurrencyCode
    opened_on: Day = Field(description="The first day that is kept here.")
    opening: Money = Field(description="Balance at the beginning of that day.")
    takes_over: bool = Field(
        default=False, description="What the book booked on its bank before that day, without an account, was here."
    )

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if (self.iban is None) == (self.number is None):
            raise PydanticCustomError("one-number", "give either iban or number")
        return self


class CloseBankAccount(RequestBody):
    """The last day of a bank account; it takes nothing afterwards."""

    closed_on: Day
    reason: Reason


class BankAccountOut(Resource):
    """A bank account; `balance` is the closing balance of its last statement, `ledger` what the book says."""

    partner_id: UUID
    name: str
    number: str
    is_iban: bool
    country: str
    currency: str
    opened_on: date
    opening: Money
    closed_on: date | None
    close_reason: str | None
    statements_until: date | None
    balance: Money
    ledger: Money
    open_lines: int


class ProfileIn(RequestBody):
    """How the bank writes its CSV; `columns` maps a meaning to a heading, or to a number where there is no heading."""

    columns: dict[Column, Annotated[str, StringConstraints(min_length=1, max_length=80)]]
    delimiter: Delimiter = ","
    encoding: Encoding = Encoding.UTF_8
    fallback: Encoding | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    date_format: DateFormat = DateFormat.ISO
    skip_rows: int = Field(default=0, ge=0, le=50)
    has_heading: bool = True

    def of(self, currency: str) -> CsvProfile:
        """Return the profile for an account in `currency`."""
        return CsvProfile(currency=currency, **{name: getattr(self, name) for name in type(self).model_fields})


class ProfileOut(Resource):
    """One version of a profile; the newest is used."""

    bank_account_id: UUID
    version: int
    profile: ProfileIn


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("base64", "the content is the file in base64 (RFC 4648)") from None


class PreviewImport(RequestBody):
    """A statement file to look at. A CSV names its bank account; camt.053 says itself which it is.

    `opening` and `closing` belong to a CSV that has no balance column: they stand on the bank's page.
    """

    partner_id: UUID
    format: Literal["camt.053", "csv"]
    bank_account_id: UUID | None = None
    file_name: Line
    content: Annotated[str, Field(max_length=(LARGEST_FILE + 2) // 3 * 4, description="The file in base64.")]
    opening: Money | None = None
    closing: Money | None = None

    @model_validator(mode="after")
    def _of_format(self) -> Self:
        _decoded(self.content)
        if (self.format == "csv") != (self.bank_account_id is not None):
            raise PydanticCustomError("account-of-csv", "a CSV names its bank_account_id, camt.053 does not")
        if self.format != "csv" and (self.opening is not None or self.closing is not None):
            raise PydanticCustomError("balances-of-csv", "camt.053 carries its own balances")
        return self

    @property
    def file(self) -> bytes:
        """The file itself."""
        return _decoded(self.content)


class RowOut(BaseModel):
    """What becomes of one row: new, known (imported before), skipped or refused, with the rule."""

    row: int
    result: Literal["new", "known", "skipped", "refused"]
    booked_on: date | None = None
    amount: Money | None = None
    said: str = ""
    field: str | None = None
    rule: str | None = None
    message: str | None = None


class StatementPreview(BaseModel):
    """What an import would add to one account. `gap`: what lies between the last statement and this one."""

    bank_account_id: UUID
    identifier: str
    from_on: date | None
    to_on: date | None
    opening: Money | None
    closing: Money | None
    turnover: Money
    new: int
    known: int
    skipped: int
    refused: int
    overlaps: bool
    gap: Money | None
    rows: list[RowOut]


class ImportOut(Resource):
    """A file that was looked at; nothing of it is in the book before it is confirmed."""

    partner_id: UUID
    state: Literal["previewed", "confirmed"]
    format: str
    file_name: str
    can_confirm: bool
    needs_reason: bool
    gap_reason: str | None
    statements: list[StatementPreview]


class ImportSummary(Resource):
    """A file that was looked at, in a list."""

    partner_id: UUID
    state: Literal["previewed", "confirmed"]
    format: str
    file_name: str
    gap_reason: str | None


class ConfirmImport(RequestBody):
    """Take what a preview showed into the book."""

    gap_reason: Reason | None = Field(default=None, description="Why something is missing before this statement.")
    into_open_period: bool = Field(
        default=False, description="Lines of a closed period go to the first open day and keep their own."
    )


class BankStatementOut(Resource):
    """A confirmed statement; its opening is the closing of the one before it."""

    bank_account_id: UUID
    import_id: UUID
    serial: int
    identifier: str
    from_on: date
    to_on: date
    opening: Money
    closing: Money


class Target(RequestBody):
    """What an invoice or a claim gets of a payment."""

    invoice_id: UUID | None = None
    claim_id: UUID | None = None
    amount: PositiveMoney

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.invoice_id is None) == (self.claim_id is None):
            raise PydanticCustomError("one-target", "name either invoice_id or claim_id")
        return self


_NEEDS: Mapping[MatchKind, frozenset[str]] = {
    MatchKind.PAYMENT: frozenset(),
    MatchKind.LINK: frozenset({"entry_id"}),
    MatchKind.REFUND: frozenset({"payment_id"}),
    MatchKind.BOUNCE: frozenset({"payment_id"}),
    MatchKind.BANK_CHARGE: frozenset(),
    MatchKind.TRANSFER: frozenset({"counter_line_id"}),
}


class MatchLine(RequestBody):
    """What a line is.

    `payment` names its payer and either targets or `by_rule`; `link` an entry that was made by hand; `refund` and
    `bounce` a payment; `transfer` the line of the other account.
    """

    kind: Literal[
        MatchKind.PAYMENT,
        MatchKind.LINK,
        MatchKind.REFUND,
        MatchKind.BOUNCE,
        MatchKind.BANK_CHARGE,
        MatchKind.TRANSFER,
    ]
    enterprise_id: UUID | None = None
    agreement_id: UUID | None = None
    targets: list[Target] = Field(default=[], max_length=100)
    by_rule: bool = False
    payment_id: UUID | None = None
    entry_id: UUID | None = None
    counter_line_id: UUID | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        named = {name for name in ("payment_id", "entry_id", "counter_line_id") if getattr(self, name) is not None}
        if named != _NEEDS[self.kind]:
            wanted = ", ".join(sorted(_NEEDS[self.kind])) or "none of payment_id, entry_id, counter_line_id"
            raise PydanticCustomError("fits-kind", "{kind} names {wanted}", {"kind": self.kind, "wanted": wanted})
        payers = (self.enterprise_id is not None) + (self.agreement_id is not None)
        if payers != (self.kind is MatchKind.PAYMENT):
            raise PydanticCustomError(
                "one-payer", "a payment names either enterprise_id or agreement_id, others neither"
            )
        if (self.targets and self.by_rule) or (self.kind is not MatchKind.PAYMENT and (self.targets or self.by_rule)):
            raise PydanticCustomError("targets-or-rule", "a payment has targets or goes by rule, others have neither")
        return self


class SuggestionOut(BaseModel):
    """What a line may be, why, and how sure that is (0 to 100)."""

    score: int
    reasons: list[str]
    match: MatchLine


class BankLineOut(Resource):
    """One movement on a bank account; `amount` is positive for money that came in."""

    partner_id: UUID
    bank_account_id: UUID
    statement_id: UUID
    row: int
    booked_on: date
    value_on: date | None
    amount: Money
    state: LineState
    bank_reference: str
    end_to_end: str
    reference: str
    party_name: str
    party_account: str
    said: str
    is_reversal: bool
    is_gap: bool
    ignore_reason: str | None
    suggestions: list[SuggestionOut]
    match: MatchLine | None
    match_kind: str | None
    payment_id: UUID | None
    posted_on: date | None


class Choice(RequestBody):
    """A line to post: as it was matched, or by one of its suggestions, counted from 0."""

    line_id: UUID
    suggestion: int | None = Field(default=None, ge=0, le=20)


class PostLines(RequestBody):
    """Post one line or many; each by itself, so that one that is refused keeps none of the others."""

    partner_id: UUID
    choices: list[Choice] = Field(min_length=1, max_length=200)
    posted_on: Day | None = Field(default=None, description="Without it, each on the day it was booked by the bank.")


class PostResult(BaseModel):
    """What became of one line."""

    line_id: UUID
    result: Literal["posted", "refused"]
    type: str | None = None
    field: str | None = None
    rule: str | None = None
    message: str | None = None


class LinesPosted(Resource):
    """What became of each line."""

    partner_id: UUID
    posted: int
    refused: int
    results: list[PostResult]


class LookAgain(RequestBody):
    """Look again what a line may be."""


class UndoLine(RequestBody):
    """Take back what was said of a line, on a day of one's own choice."""

    undone_on: Day
    reason: Reason


class IgnoreLines(RequestBody):
    """Lines that cancel each other, such as a booking and its correction: together they are nothing."""

    line_ids: list[UUID] = Field(min_length=2, max_length=20)
    reason: Reason


class UnreconciledOut(BaseModel):
    """Something that stands between a book and its bank."""

    what: Literal["line", "entry", "account"]
    id: UUID
    on_day: date | None
    amount: Money | None
    why: str


class Reconciliation(BaseModel):
    """Whether a book agrees with its bank until a day, and what stands between the two."""

    partner_id: UUID
    until: date
    is_reconciled: bool
    differences: list[UnreconciledOut]
