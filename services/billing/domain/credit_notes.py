"""Credit notes: their kinds and states, how much may be credited, and what one posts.

A note is the mirror of the issue of its part. What was paid of that part already is the payer's again and waits in 2110
until it is refunded or set against something else; what was income already is taken back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.billing.domain.accounts import Account, Code, payer_account
from services.billing.domain.allocations import Part
from services.billing.domain.payments import Method, Payer
from services.billing.domain.positions import Cut
from services.billing.domain.posting import Dimensions, Entry, EntryKind, Posting, Source, credit, debit, entry
from shared.money import Money


class CreditKind(StrEnum):
    """What becomes of the part that was paid: kept as the payer's credit, paid back, or set against other debts."""

    CREDIT = "credit"
    REFUND = "refund"
    OFFSET = "offset"


class CreditNoteState(StrEnum):
    """Stored state of the document; what became of its money is derived from its uses."""

    DRAFT = "draft"
    ISSUED = "issued"
    VOID = "void"
    CANCELLED = "cancelled"


ALLOWED: dict[CreditNoteState, tuple[str, ...]] = {
    CreditNoteState.DRAFT: ("issue", "cancel"),
    CreditNoteState.ISSUED: ("refund", "offset", "void"),
    CreditNoteState.VOID: (),
    CreditNoteState.CANCELLED: (),
}
"""Steps that a state allows."""

USES: dict[CreditKind, frozenset[CreditKind]] = {
    CreditKind.CREDIT: frozenset({CreditKind.REFUND, CreditKind.OFFSET}),
    CreditKind.REFUND: frozenset({CreditKind.REFUND}),
    CreditKind.OFFSET: frozenset({CreditKind.OFFSET}),
}
"""What may be done with a note's money: what its paper says, or either where it says nothing."""


class Usage(StrEnum):
    """What became of an issued note's money. applied: nothing of it is left, or nothing had been paid."""

    OPEN = "open"
    APPLIED = "applied"
    REFUNDED = "refunded"


def usage(released: Money, refunded: Money, offset: Money) -> Usage:
    """Return what became of `released`."""
    if refunded + offset < released:
        return Usage.OPEN
    return Usage.REFUNDED if refunded else Usage.APPLIED


@dataclass(frozen=True, slots=True)
class Credited:
    """What a note takes off one share; `income` says where it is earned already, or None.

    The three dimensions are those of the note's day, of the day it was contracted and of the day it was earned, so that
    every figure nets out in the phase it was counted in.
    """

    share_id: UUID
    payer: Payer
    cut: Cut
    income: Account | None
    dimensions: Dimensions
    contracted: Dimensions
    earned: Dimensions


def note_entries(
    note_id: UUID, enterprise_id: UUID, parts: Sequence[Credited], issued_on: date, reason: str
) -> tuple[Entry, ...]:
    """Return the entries of an issued note.

    Cr 1110 or 1120 against 2130 or 2140, and against 2210 for the tax; that deferral back from income where it was
    earned; Dr 1110 or 1120, Cr 2110 for what had been paid; and the memo of what the payers are no longer bound to.
    Lines of tax have no payer class, as the issue booked them.
    """
    source = Source("credit-note", note_id)
    made = (
        entry(EntryKind.CREDIT_NOTE, issued_on, source, _mirror(parts, enterprise_id), reason),
        entry(EntryKind.INCOME, issued_on, source, _unearn(parts, enterprise_id, agreements=False), reason),
        entry(EntryKind.CLAIM_APPROVAL, issued_on, source, _unearn(parts, enterprise_id, agreements=True), reason),
        entry(EntryKind.OFFSET, issued_on, source, _release(parts), reason),
        entry(EntryKind.CONTRACT, issued_on, source, _unbind(parts, enterprise_id), reason),
    )
    return tuple(each for each in made if each is not None)


def deferral(payer: Payer, enterprise_id: UUID) -> Account:
    """Return where a payer's share waits to be earned."""
    code = Code.DEFERRED_INCOME if payer.agreement_id is None else Code.DEFERRED_SUBSIDY
    return payer_account(code, enterprise_id=enterprise_id, agreement_id=payer.agreement_id)


def _of(dimensions: Dimensions, payer: Payer) -> Dimensions:
    return replace(dimensions, payer_class=payer.payer_class, agreement_id=payer.agreement_id)


def _mirror(parts: Iterable[Credited], enterprise_id: UUID) -> Iterator[Posting]:
    for part in parts:
        dimensions = _of(part.dimensions, part.payer)
        yield debit(deferral(part.payer, enterprise_id), part.cut.net, dimensions)
        yield credit(part.payer.receivable, part.cut.net, dimensions)
        yield debit(Account(Code.TAXES), part.cut.tax, part.dimensions)
        yield credit(part.payer.receivable, part.cut.tax, part.dimensions)


def _unearn(parts: Iterable[Credited], enterprise_id: UUID, *, agreements: bool) -> Iterator[Posting]:
    for part in parts:
        if part.income is not None and (part.payer.agreement_id is not None) == agreements:
            dimensions = _of(part.earned, part.payer)
            yield debit(part.income, part.cut.net + part.cut.discount, dimensions)
            yield credit(Account(Code.DISCOUNTS), part.cut.discount, dimensions)
            yield credit(deferral(part.payer, enterprise_id), part.cut.net, dimensions)


def _release(parts: Iterable[Credited]) -> Iterator[Posting]:
    for part in parts:
        dimensions = _of(part.dimensions, part.payer)
        yield debit(part.payer.receivable, part.cut.released - part.cut.released_tax, dimensions)
        yield debit(part.payer.receivable, part.cut.released_tax, part.dimensions)
        yield credit(part.payer.unapplied, part.cut.released, dimensions)


def _unbind(parts: Iterable[Credited], enterprise_id: UUID) -> Iterator[Posting]:
    for part in parts:
        dimensions = _of(part.contracted, part.payer)
        for code, line in ((Code.CONTRACTED_CONTRA, debit), (Code.CONTRACTED, credit)):
            account = payer_account(code, enterprise_id=enterprise_id, agreement_id=part.payer.agreement_id)
            yield line(account, part.cut.net, dimensions)


def refund_entry(
    use_id: UUID, payer: Payer, amount: Money, method: Method, bank_account_id: UUID | None, paid_on: date
) -> Entry | None:
    """Return the entry of money that goes back: Dr 2110 of the payer, Cr 1010 or 1020."""
    where = Account(Code.BANK, bank_account_id=bank_account_id) if method is Method.BANK else Account(Code.CASH)
    lines = (debit(payer.unapplied, amount, payer.dimensions), credit(where, amount, payer.dimensions))
    return entry(EntryKind.REFUND, paid_on, Source("credit-use", use_id), lines)


def offset_entry(use_id: UUID, payer: Payer, parts: Sequence[Part], offset_on: date) -> Entry | None:
    """Return the entry of a note's money set against another debt of its payer: Dr 2110, Cr 1110 or 1120, per share."""
    lines: list[Posting] = []
    for part in parts:
        dimensions = _of(part.share.dimensions, payer)
        lines += [
            debit(payer.unapplied, part.amount, dimensions),
            credit(payer.receivable, part.amount - part.tax, dimensions),
            credit(payer.receivable, part.tax, part.share.dimensions),
        ]
    return entry(EntryKind.OFFSET, offset_on, Source("credit-use", use_id), lines)
