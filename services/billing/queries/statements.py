"""Statements of account and ageing, from the documents (view `receivable_movement`).

The check statement-equals-ledger compares the same view with accounts 1110, 1120 and 2110 on every day.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.ageing import Age, Debt, by_age
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.books import BookOut
from services.billing.schemas.statements import AgeingOut, PayerAgeing, StatementLine, StatementOut
from shared.errors import NotFound
from shared.events.vocabulary import PayerClass
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Party:
    """Whose statement: an enterprise, or the payer of an agreement."""

    name: str
    enterprise_id: UUID | None = None
    agreement_id: UUID | None = None


_ENTERPRISE: Final = "SELECT name FROM enterprise WHERE id = $1 AND partner_id = $2"
_AGREEMENT: Final = (
    "SELECT payer_name FROM agreement WHERE id = $1 AND programme = $3 AND coalesce(partner_id, $2) = $2"
)


async def enterprise_party(connection: AsyncConnection, of: BookOut, enterprise_id: UUID) -> Party:
    """Return an enterprise of a book; raises NotFound."""
    name = (await connection.exec_driver_sql(_ENTERPRISE, (enterprise_id, of.id))).scalar_one_or_none()
    if name is None:
        raise NotFound("enterprise", enterprise_id, field="enterprise_id")
    return Party(name, enterprise_id=enterprise_id)


async def agreement_party(connection: AsyncConnection, of: BookOut, agreement_id: UUID) -> Party:
    """Return the payer of an agreement that pays for trainings of a book; raises NotFound."""
    name = (await connection.exec_driver_sql(_AGREEMENT, (agreement_id, of.id, of.programme))).scalar_one_or_none()
    if name is None:
        raise NotFound("agreement", agreement_id, field="agreement_id")
    return Party(name, agreement_id=agreement_id)


# A document moves the receivable and the payer's credit at once where it only sets one against the other: such lines
# come to nothing and are left out.
_LINES: Final = """
SELECT on_day, document, document_id, document_number, reference, sum(amount_minor)::bigint AS minor
FROM receivable_movement
WHERE partner_id = $1 AND (enterprise_id = $2 OR agreement_id = $3) AND on_day <= $4
GROUP BY on_day, document, document_id, document_number, reference
HAVING sum(amount_minor) <> 0
ORDER BY on_day, sum(amount_minor) < 0, document_id
"""
_SIDES: Final = """
SELECT coalesce(sum(amount_minor) FILTER (WHERE side = 'receivable'), 0)::bigint AS receivable,
       coalesce(-sum(amount_minor) FILTER (WHERE side = 'credit'), 0)::bigint AS credit
FROM receivable_movement WHERE partner_id = $1 AND (enterprise_id = $2 OR agreement_id = $3) AND on_day <= $4
"""
# What is open of each share as of a day, and when it fell due: an enterprise's with its invoice, a funder's with the
# approval of its claim, before which nothing is due; a claim over costs has no share.
_DEBTS: Final = """
SELECT m.enterprise_id, m.agreement_id, sum(m.amount_minor)::bigint AS minor,
       CASE WHEN m.agreement_id IS NULL THEN i.due_on ELSE coalesce(c.decided_on, f.decided_on) END AS due_on
FROM receivable_movement m
LEFT JOIN invoice i ON i.id = m.invoice_id
LEFT JOIN claim_item t ON t.share_id = m.share_id AND t.is_live
LEFT JOIN claim c ON c.id = t.claim_id AND c.decided_on <= $2
LEFT JOIN claim f ON f.id = m.claim_id
WHERE m.side = 'receivable' AND m.partner_id = $1 AND m.on_day <= $2
GROUP BY m.share_id, m.claim_id, m.enterprise_id, m.agreement_id, i.due_on, c.decided_on, f.decided_on
HAVING sum(m.amount_minor) <> 0
"""
_CREDITS: Final = """
SELECT enterprise_id, agreement_id, -sum(amount_minor)::bigint AS minor
FROM receivable_movement WHERE side = 'credit' AND partner_id = $1 AND on_day <= $2
GROUP BY enterprise_id, agreement_id HAVING sum(amount_minor) <> 0
"""
_NAMES: Final = """
SELECT id, 'F' AS payer_class, name FROM enterprise WHERE id = ANY ($1)
UNION ALL SELECT id, payer_class, payer_name FROM agreement WHERE id = ANY ($1)
"""


async def statement(
    connection: AsyncConnection, of: BookOut, party: Party, since: date | None, until: date
) -> StatementOut:
    """Return the statement of one payer from `since` to `until`, both days included."""
    asked = (of.id, party.enterprise_id, party.agreement_id, until)
    rows: Sequence[AnyRow] = (await connection.exec_driver_sql(_LINES, asked)).all()
    sides = (await connection.exec_driver_sql(_SIDES, asked)).one()
    balance = opening = money(sum(row.minor for row in rows if since is not None and row.on_day < since), of.currency)
    lines = []
    for row in rows:
        if since is None or row.on_day >= since:
            balance = balance + money(row.minor, of.currency)
            lines.append(_line(row, balance))
    debts = [debt for owner, debt in await _debts(connection, of, until) if owner in _ids(party)]
    return StatementOut(
        programme=of.programme,
        partner_id=of.id,
        enterprise_id=party.enterprise_id,
        agreement_id=party.agreement_id,
        name=party.name,
        since=since,
        until=until,
        currency=of.currency,
        opening=opening,
        lines=lines,
        closing=balance,
        receivable=money(sides.receivable, of.currency),
        credit=money(sides.credit, of.currency),
        ageing=dict(by_age(debts, until, of.currency)),
    )


def _ids(party: Party) -> tuple[UUID | None, ...]:
    return tuple(each for each in (party.enterprise_id, party.agreement_id) if each is not None)


def _line(row: AnyRow, balance: Money) -> StatementLine:
    return StatementLine(
        on=row.on_day,
        document=row.document,
        document_id=row.document_id,
        number=row.document_number,
        reference=row.reference or None,
        charge=money(max(row.minor, 0), balance.currency),
        settlement=money(max(-row.minor, 0), balance.currency),
        balance=balance,
    )


async def _debts(connection: AsyncConnection, of: BookOut, as_of: date) -> list[tuple[UUID, Debt]]:
    rows: Sequence[AnyRow] = (await connection.exec_driver_sql(_DEBTS, (of.id, as_of))).all()
    return [(row.enterprise_id or row.agreement_id, Debt(row.due_on, money(row.minor, of.currency))) for row in rows]


async def open_by_age(connection: AsyncConnection, of: BookOut, as_of: date) -> dict[Age, Money]:
    """Return what all payers of a book owe by age as of a day."""
    return dict(by_age([debt for _, debt in await _debts(connection, of, as_of)], as_of, of.currency))


async def ageing(connection: AsyncConnection, of: BookOut, as_of: date) -> AgeingOut:
    """Return what every payer of a book owes by age as of a day; who owes nothing and has no credit is left out."""
    debts: defaultdict[UUID, list[Debt]] = defaultdict(list)
    for owner, debt in await _debts(connection, of, as_of):
        debts[owner].append(debt)
    rows: Sequence[AnyRow] = (await connection.exec_driver_sql(_CREDITS, (of.id, as_of))).all()
    credit_of = {row.enterprise_id or row.agreement_id: money(row.minor, of.currency) for row in rows}
    known: Sequence[AnyRow] = (await connection.exec_driver_sql(_NAMES, ([*debts, *credit_of],))).all()
    payers = []
    zero = Money.zero(of.currency)
    for payer in sorted(known, key=lambda row: (row.payer_class != "F", row.name, row.id)):
        ages = by_age(debts[payer.id], as_of, of.currency)
        receivable, credit = sum(ages.values(), zero), credit_of.get(payer.id, zero)
        own = payer.payer_class == PayerClass.ENTERPRISE.value
        payers.append(
            PayerAgeing(
                payer_class=PayerClass(payer.payer_class),
                enterprise_id=payer.id if own else None,
                agreement_id=None if own else payer.id,
                name=payer.name,
                ages=dict(ages),
                receivable=receivable,
                credit=credit,
                balance=receivable - credit,
            )
        )
    receivable = sum((payer.receivable for payer in payers), zero)
    credit = sum((payer.credit for payer in payers), zero)
    return AgeingOut(
        programme=of.programme,
        partner_id=of.id,
        as_of=as_of,
        currency=of.currency,
        payers=payers,
        ages={age: sum((payer.ages[age] for payer in payers), zero) for age in Age},
        receivable=receivable,
        credit=credit,
        balance=receivable - credit,
    )
