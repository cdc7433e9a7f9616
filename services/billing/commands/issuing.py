"""Issuing invoices, one or many at once: number, tax of the day, frozen document, entry, income where all is delivered.

Everything here works on sets, so that ten thousand drafts take a handful of statements; issuing one is no different.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select

from services.billing import ledger
from services.billing.commands.earning import earn
from services.billing.commands.loading import billed, load_shares_of, locked_invoices
from services.billing.commands.numbering import Numbered, next_numbers
from services.billing.commands.parties import Sender, parties, receivers, sender
from services.billing.domain.document import Bill, frozen
from services.billing.domain.drafts import taxed
from services.billing.domain.instalments import WaitsFor
from services.billing.domain.invoices import ALLOWED, InvoiceState, issue_entry
from services.billing.domain.invoicing import Dated, Funded, Parties, Sold, invoice_document, missing, payment_reference
from services.billing.domain.numbers import Series
from services.billing.domain.parts import Kind, Period, TaxCategory
from services.billing.domain.programme import Programme
from services.billing.domain.shares import Share
from services.billing.domain.tax import UNTAXED, TaxRule, tax_on
from services.billing.errors import AwaitsCompletion, DateOrder, FutureDate, NoTaxRule
from services.billing.queries.scope import AnyRow, money
from services.billing.tables import agreement, discount, invoice, tax_rule, training
from shared.database.transaction import Transaction
from shared.errors import RefusedTransition, ScorebookError
from shared.events.billing import InvoiceIssued, InvoiceSettled, PayerShare


@dataclass(frozen=True, slots=True)
class Asked:
    """When invoices are issued and due; without `due_on`, after the book's days of payment."""

    issued_on: date
    due_on: date | None


@dataclass(frozen=True, slots=True)
class _Issue:
    """One invoice about to be issued, with its tax settled."""

    row: AnyRow
    shares: tuple[Share, ...]
    tax: TaxRule

    @property
    def own(self) -> Share:
        return self.shares[0]

    @property
    def tax_changed(self) -> bool:
        return bool(self.own.tax_minor != self.row.tax_minor)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What documents name beside the invoices themselves."""

    book: Sender
    firms: Mapping[UUID, AnyRow]
    parties: Mapping[UUID, Parties]
    trainings: Mapping[UUID, AnyRow]
    agreements: Mapping[UUID, AnyRow]
    reasons: Mapping[UUID, str]


Rules = Mapping[str, TaxRule]
"""The tax rules of a day by their codes."""


async def rules_of(tx: Transaction, programme: str, day: date) -> Rules:
    """Return the tax rules in force on `day`."""
    rows = await tx.connection.execute(
        select(tax_rule).where(
            tax_rule.c.programme == programme,
            tax_rule.c.valid_from <= day,
            or_(tax_rule.c.valid_to.is_(None), tax_rule.c.valid_to >= day),
        )
    )
    return {
        row.code: TaxRule(row.code, TaxCategory(row.category), row.rate_bp, row.is_included, row.exemption_reason)
        for row in rows
    }


def refusal(tx: Transaction, row: AnyRow, asked: Asked, rules: Rules) -> ScorebookError | None:
    """Return why a locked draft cannot be issued, or None.

    RefusedTransition, FutureDate, DateOrder, AwaitsCompletion or NoTaxRule.
    """
    state = InvoiceState(row.state)
    if state is not InvoiceState.DRAFT:
        return RefusedTransition("invoice", row.id, state.value, "issue", ALLOWED[state])
    today = tx.now.date()
    if asked.issued_on > today:
        return FutureDate("issued_on", asked.issued_on, today)
    if asked.issued_on < row.enrolled_on:
        return DateOrder("issued_on", asked.issued_on, row.enrolled_on, "the day of enrollment")
    if asked.due_on is not None and asked.due_on < asked.issued_on:
        return DateOrder("due_on", asked.due_on, asked.issued_on, "the day of issue")
    if row.waits_for == WaitsFor.COMPLETION.value:
        if row.completed_on is None:
            return AwaitsCompletion(row.id)
        if asked.issued_on < row.completed_on:
            return DateOrder("issued_on", asked.issued_on, row.completed_on, "the day of completion")
    if row.tax_code is not None and row.tax_code not in rules:
        return NoTaxRule(row.tax_code, asked.issued_on)
    return None


async def issue_drafts(
    tx: Transaction, policy: Programme, rows: Sequence[AnyRow], asked: Asked, rules: Rules
) -> list[str]:
    """Issue locked drafts of one book that nothing stands against; returns their numbers in the same order.

    Raises PeriodClosed, for all of them together: they have one day.
    """
    if not rows:
        return []
    book_id = rows[0].partner_id
    shares = await load_shares_of(tx, rows)
    issues = [_settled(row, shares[row.id], rules) for row in rows]
    facts = await _facts(tx, issues)
    numbers = await next_numbers(tx, policy.code, book_id, Series.INVOICE, asked.issued_on, len(issues))
    due_on = asked.due_on or asked.issued_on + timedelta(days=facts.book.terms_days)
    await _settle_tax(tx, issues)
    await _freeze(tx, policy, issues, numbers, Dated("", asked.issued_on, due_on), facts)
    entries = [issue_entry(billed(each.row, each.shares, policy, asked.issued_on), asked.issued_on) for each in issues]
    await ledger.post_all(tx, book_id, [entry for entry in entries if entry is not None])
    for each, number in zip(issues, numbers, strict=True):
        _say(tx, policy, each, number.text, asked.issued_on, due_on)
    delivered = [row.id for row in rows if row.completed_on is not None and row.endline_on is not None]
    if delivered:
        await earn(tx, await locked_invoices(tx, invoice.c.id.in_(delivered)), policy)
    return [number.text for number in numbers]


def _settled(row: AnyRow, shares: tuple[Share, ...], rules: Rules) -> _Issue:
    # What was contracted is the net amount. Where the rule is still the draft's, so is the tax, to the minor unit that
    # a price with tax in it promised; where it changed, the new one comes on the net amount.
    rule = UNTAXED if row.tax_code is None else rules[row.tax_code]
    if (rule.category.value, rule.rate) == (row.tax_category, row.tax_rate_bp):
        return _Issue(row, shares, rule)
    net = money(row.total_minor - row.tax_minor, row.currency)
    return _Issue(row, (taxed(shares[0], tax_on(net, rule.rate)), *shares[1:]), rule)


async def _facts(tx: Transaction, issues: Sequence[_Issue]) -> _Facts:
    firms = {each.row.enterprise_id for each in issues}
    funders = {share.agreement_id for each in issues for share in each.shares if share.agreement_id is not None}
    held = select(training.c.id, training.c.starts_on, training.c.ends_on).where(
        training.c.id.in_({each.row.training_id for each in issues})
    )
    paying = select(agreement.c.id, agreement.c.code, agreement.c.payer_name).where(agreement.c.id.in_(funders))
    granted = {each.row.discount_id for each in issues if each.row.discount_id is not None}
    reasons = select(discount.c.id, discount.c.reason).where(discount.c.id.in_(granted))
    book = await sender(tx, issues[0].row.partner_id)
    rows = await receivers(tx, firms)
    return _Facts(
        book=book,
        firms=rows,
        parties={firm_id: parties(book, row) for firm_id, row in rows.items()},
        trainings={row.id: row for row in await tx.connection.execute(held)},
        agreements={row.id: row for row in await tx.connection.execute(paying)} if funders else {},
        reasons={row.id: row.reason for row in await tx.connection.execute(reasons)} if granted else {},
    )


_TAX: Final = """
UPDATE invoice_share s SET amount_minor = s.amount_minor - s.tax_minor + d.tax, tax_minor = d.tax
FROM unnest($1::uuid[], $2::bigint[]) AS d (id, tax) WHERE s.invoice_id = d.id AND s.payer_class = 'F'
"""


async def _settle_tax(tx: Transaction, issues: Sequence[_Issue]) -> None:
    changed = [each for each in issues if each.tax_changed]
    if changed:
        await tx.connection.exec_driver_sql(
            _TAX, ([each.row.id for each in changed], [each.own.tax_minor for each in changed])
        )


_DOCUMENTS: Final = """
INSERT INTO frozen_document (id, programme, partner_id, kind, body, sha256, missing)
SELECT id, $1, $2, $3, body, sha256, string_to_array(missing, ' ')
FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[]) AS d (id, body, sha256, missing)
"""
_ISSUE: Final = """
UPDATE invoice i
SET state = 'issued', number = d.number, fiscal_year = d.year, serial = d.serial,
    issued_on = $1::date, due_on = $2::date, settled_on = CASE WHEN d.owed = 0 THEN $1::date END,
    enterprise_name = d.name, enterprise_tax_id = d.tax_id, document_sha256 = d.sha256,
    total_minor = i.total_minor - i.tax_minor + d.tax, tax_minor = d.tax,
    tax_category = d.category, tax_rate_bp = d.rate, tax_reason = d.reason
FROM unnest($3::uuid[], $4::text[], $5::integer[], $6::integer[], $7::text[], $8::text[], $9::text[], $10::bigint[],
            $11::bigint[], $12::text[], $13::integer[], $14::text[])
    AS d (id, number, year, serial, name, tax_id, sha256, owed, tax, category, rate, reason)
WHERE i.id = d.id
"""


async def _freeze(
    tx: Transaction,
    policy: Programme,
    issues: Sequence[_Issue],
    numbers: Sequence[Numbered],
    dated: Dated,
    facts: _Facts,
) -> None:
    ids = [each.row.id for each in issues]
    bodies, lacks = [], []
    for each, number in zip(issues, numbers, strict=True):
        document = _document(each, Dated(number.text, dated.issued_on, dated.due_on), facts)
        bodies.append(frozen(document))
        lacks.append(" ".join(missing(document)))
    hashes = [hashlib.sha256(body.encode()).hexdigest() for body in bodies]
    book_id = issues[0].row.partner_id
    await tx.connection.exec_driver_sql(
        _DOCUMENTS, (policy.code, book_id, Kind.INVOICE.value, ids, bodies, hashes, lacks)
    )
    firms = [facts.firms[each.row.enterprise_id] for each in issues]
    await tx.connection.exec_driver_sql(
        _ISSUE,
        (
            dated.issued_on,
            dated.due_on,
            ids,
            [number.text for number in numbers],
            [number.year for number in numbers],
            [number.serial for number in numbers],
            [firm.name for firm in firms],
            [firm.tax_id for firm in firms],
            hashes,
            [each.own.amount.minor for each in issues],
            [each.own.tax_minor for each in issues],
            [each.tax.category.value for each in issues],
            [each.tax.rate for each in issues],
            [each.tax.reason for each in issues],
        ),
    )


def _document(each: _Issue, dated: Dated, facts: _Facts) -> Bill:
    row = each.row
    held = facts.trainings[row.training_id]
    sold = Sold(
        module=row.module,
        supply=Period(starts_on=held.starts_on, ends_on=held.ends_on),
        enrollment=str(row.enrollment_id),
        instalment=row.instalment,
        instalments=row.instalments,
        discount=money(row.discount_minor, row.currency),
        discount_reason=facts.reasons.get(row.discount_id),
    )
    funded = tuple(
        Funded(share, facts.agreements[share.agreement_id].payer_name, facts.agreements[share.agreement_id].code)
        for share in each.shares
        if share.agreement_id is not None
    )
    reference = payment_reference(row.partner_id, dated.number)
    both = facts.parties[row.enterprise_id]
    return invoice_document(dated, reference, both, sold, each.own, funded, each.tax)


def _say(tx: Transaction, policy: Programme, each: _Issue, number: str, issued_on: date, due_on: date) -> None:
    row = each.row
    total = sum((share.amount for share in each.shares), start=money(0, row.currency))
    tx.emit(
        InvoiceIssued(
            invoice_id=row.id,
            number=number,
            partner_id=row.partner_id,
            enterprise_id=row.enterprise_id,
            training_id=row.training_id,
            enrollment_id=row.enrollment_id,
            module=row.module,
            issued_on=issued_on,
            due_on=due_on,
            total=total,
            shares=payer_shares(each.shares),
            tax=each.own.tax,
            instalment=row.instalment,
            instalments=row.instalments,
        ),
        aggregate_id=row.id,
        programme=policy.code,
    )
    if not each.own.amount:
        tx.emit(
            InvoiceSettled(
                invoice_id=row.id,
                number=number,
                partner_id=row.partner_id,
                enterprise_id=row.enterprise_id,
                settled_on=issued_on,
            ),
            aggregate_id=row.id,
            programme=policy.code,
        )


def payer_shares(shares: Sequence[Share]) -> tuple[PayerShare, ...]:
    """Return shares as events carry them."""
    return tuple(
        PayerShare(payer_class=share.payer_class, agreement_id=share.agreement_id, amount=share.amount)
        for share in shares
    )
