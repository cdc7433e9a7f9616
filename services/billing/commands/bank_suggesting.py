"""Looking for what lines may be."""

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from services.billing.domain.allocations import OpenItem
from services.billing.domain.banking import OPEN, LineState
from services.billing.domain.claims import ClaimState
from services.billing.domain.invoices import InvoiceState
from services.billing.domain.matching import ByHand, Debtor, Known, OtherLine, PaidBefore, Seen, Suggestion, suggest
from services.billing.domain.payments import PaymentState
from services.billing.domain.references import payment_reference
from services.billing.queries.claims import claims, present_claim
from services.billing.queries.payments import allocated, payment_state, refunded
from services.billing.queries.scope import AnyRow, money
from services.billing.queries.settlement import enterprise_open
from services.billing.tables import agreement, bank_line, claim, enterprise, invoice, payment
from shared.database.transaction import Transaction

_OUTSTANDING: Final = """
SELECT o.uid, o.bank_account_id, o.currency, o.amount_minor, o.effective_on, coalesce(p.reference, '') AS reference
FROM bank_outstanding('9999-12-31') o
LEFT JOIN ledger.entry e ON e.uid = o.uid AND e.source_type = 'payment'
LEFT JOIN payment p ON p.id = e.source_id
WHERE o.partner_id = $1
"""
_STORE: Final = """
UPDATE bank_line l SET suggestions = s.suggestions,
       state = CASE WHEN l.state = 'matched' THEN 'matched'
                    WHEN s.suggestions = '[]' THEN 'imported' ELSE 'suggested' END
FROM jsonb_to_recordset($1::text::jsonb) AS s (id uuid, suggestions jsonb)
WHERE l.id = s.id AND (l.suggestions <> s.suggestions OR l.state = 'suggested' AND s.suggestions = '[]')
"""


async def suggest_for(tx: Transaction, programme: str, partner_id: UUID, line_ids: Sequence[UUID]) -> None:
    """Look again what open lines of a book may be, and keep that with them."""
    query = select(bank_line).where(bank_line.c.id.in_(line_ids), bank_line.c.state.in_([each.value for each in OPEN]))
    lines = (await tx.connection.execute(query)).all() if line_ids else []
    if not lines:
        return
    debtors = await _debtors(tx, programme, partner_id)
    payments = await _payments(tx, partner_id)
    by_hand = (await tx.connection.exec_driver_sql(_OUTSTANDING, (partner_id,))).all()
    others = (
        await tx.connection.execute(
            select(bank_line).where(
                bank_line.c.partner_id == partner_id,
                bank_line.c.state.in_((LineState.IMPORTED.value, LineState.SUGGESTED.value)),
            )
        )
    ).all()
    kept = []
    for line in lines:
        known = Known(
            debtors,
            [
                ByHand(row.uid, money(row.amount_minor, row.currency), row.effective_on, row.reference)
                for row in by_hand
                if row.currency == line.currency and row.bank_account_id in (None, line.bank_account_id)
            ],
            payments,
            [
                OtherLine(row.id, money(row.amount_minor, row.currency), row.booked_on)
                for row in others
                if row.currency == line.currency and row.bank_account_id != line.bank_account_id
            ],
        )
        found = [] if line.is_gap else [_stored(each) for each in suggest(_seen(line), known)]
        kept.append({"id": str(line.id), "suggestions": found})
    await tx.connection.exec_driver_sql(_STORE, (json.dumps(kept),))


def _seen(line: AnyRow) -> Seen:
    return Seen(
        amount=money(line.amount_minor, line.currency),
        booked_on=line.booked_on,
        said=" ".join((line.reference, line.said, line.end_to_end)),
        party_name=line.party_name,
        party_account=line.party_account,
        is_reversal=line.is_reversal,
    )


def _stored(found: Suggestion) -> dict[str, Any]:
    """Return a suggestion as it is kept: with the wish that posts it."""
    ids = {
        "enterprise_id": found.enterprise_id,
        "agreement_id": found.agreement_id,
        "payment_id": found.payment_id,
        "entry_id": found.entry_id,
        "counter_line_id": found.counter_line_id,
    }
    target = "invoice_id" if found.agreement_id is None else "claim_id"
    return {
        "score": found.score,
        "reasons": [why.value for why in found.reasons],
        "match": {
            "kind": found.kind.value,
            **{name: str(value) for name, value in ids.items() if value is not None},
            "targets": [{target: str(item.id), "amount": amount.to_wire()} for item, amount in found.targets],
        },
    }


async def _debtors(tx: Transaction, programme: str, partner_id: UUID) -> list[Debtor]:
    accounts = await _accounts(tx, partner_id)
    items: dict[UUID, list[OpenItem]] = {}
    for row in await tx.connection.execute(
        select(invoice, enterprise_open().label("open_minor")).where(
            invoice.c.partner_id == partner_id,
            invoice.c.state == InvoiceState.ISSUED.value,
            invoice.c.settled_on.is_(None),
        )
    ):
        if row.open_minor > 0:
            asked = payment_reference(row.partner_id, row.number)
            names = (row.number, asked, str(row.id), str(row.enrollment_id))
            item = OpenItem(row.id, row.due_on, row.number, names, money(row.open_minor, row.currency))
            items.setdefault(row.enterprise_id, []).append(item)
    firms = await tx.connection.execute(select(enterprise).where(enterprise.c.partner_id == partner_id))
    found = [
        Debtor(firm.id, None, firm.name, accounts.get(firm.id, frozenset()), tuple(items.get(firm.id, ())))
        for firm in firms
    ]
    owed: dict[UUID, list[OpenItem]] = {}
    approved = claims(tx.actor, programme).where(
        claim.c.partner_id == partner_id, claim.c.state == ClaimState.APPROVED.value
    )
    for row in await tx.connection.execute(approved):
        shown = present_claim(row)
        if shown.open and shown.decided_on is not None and shown.number is not None:
            called = (shown.number, str(shown.id))
            item = OpenItem(shown.id, shown.decided_on, shown.number, called, shown.open)
            owed.setdefault(shown.agreement_id, []).append(item)
    deals = await tx.connection.execute(select(agreement).where(agreement.c.id.in_([*owed, *accounts])))
    found += [
        Debtor(None, deal.id, deal.payer_name, accounts.get(deal.id, frozenset()), tuple(owed.get(deal.id, ())))
        for deal in deals
    ]
    return found


async def _accounts(tx: Transaction, partner_id: UUID) -> dict[UUID, frozenset[str]]:
    """Return from which accounts each payer has paid."""
    rows = await tx.connection.execute(
        select(payment.c.enterprise_id, payment.c.agreement_id, bank_line.c.party_account)
        .join(bank_line, bank_line.c.id == payment.c.bank_line_id)
        .where(
            payment.c.partner_id == partner_id,
            bank_line.c.party_account != "",
            payment_state() == PaymentState.IDENTIFIED.value,
        )
        .distinct()
    )
    found: dict[UUID, set[str]] = {}
    for row in rows:
        found.setdefault(row.enterprise_id or row.agreement_id, set()).add(row.party_account)
    return {payer: frozenset(numbers) for payer, numbers in found.items()}


async def _payments(tx: Transaction, partner_id: UUID) -> list[PaidBefore]:
    """Return the bank payments that a line going out may bounce or give back."""
    rows = await tx.connection.execute(
        select(
            payment,
            (payment.c.amount_minor - allocated() - refunded()).label("left_minor"),
            bank_line.c.party_account,
            bank_line.c.end_to_end,
            enterprise.c.name,
            agreement.c.payer_name,
        )
        .outerjoin(bank_line, bank_line.c.id == payment.c.bank_line_id)
        .outerjoin(enterprise, enterprise.c.id == payment.c.enterprise_id)
        .outerjoin(agreement, agreement.c.id == payment.c.agreement_id)
        .where(
            payment.c.partner_id == partner_id,
            payment.c.method == "bank",
            payment_state() == PaymentState.IDENTIFIED.value,
        )
    )
    return [
        PaidBefore(
            row.id,
            money(row.amount_minor, row.currency),
            money(row.left_minor, row.currency),
            row.received_on,
            tuple(name for name in (str(row.id), row.reference, row.end_to_end) if name and len(name) > 3),
            row.party_account or "",
            row.name or row.payer_name or "",
        )
        for row in rows
    ]
