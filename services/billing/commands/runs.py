"""Issuing many drafts in one run."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, or_, select

from services.billing.commands.issuing import Asked, issue_drafts, refusal, rules_of
from services.billing.commands.loading import locked_invoices, need_partner, need_programme
from services.billing.domain.instalments import WaitsFor
from services.billing.domain.invoices import InvoiceState
from services.billing.queries.scope import AnyRow
from services.billing.schemas.invoices import MOST_IN_A_RUN, IssueInvoices, IssueResult, IssueRunOut, Refused
from services.billing.tables import enrollment, invoice
from shared.database.transaction import Transaction
from shared.errors import NotFound, ScorebookError


async def issue_invoices(tx: Transaction, programme: str, command: IssueInvoices) -> IssueRunOut:
    """Issue many drafts of a book in one transaction; each is issued or refused by itself, and says why.

    Numbers follow the order of the list, or the age of the drafts. What concerns them all refuses the run as a whole:
    raises FactMissing, NotAllowed or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    ids, more = await _chosen(tx, keeper.id, command)
    found = {row.id: row for row in await _locked(tx, keeper.id, ids)}
    rules = await rules_of(tx, programme, command.issued_on)
    asked = Asked(command.issued_on, command.due_on)
    refused: dict[UUID, ScorebookError] = {}
    ready: list[AnyRow] = []
    for invoice_id in ids:
        row = found.get(invoice_id)
        why = NotFound("invoice", invoice_id, field="invoice_ids") if row is None else refusal(tx, row, asked, rules)
        if row is not None and why is None:
            ready.append(row)
        elif why is not None:
            refused[invoice_id] = why
    numbers = dict(zip((row.id for row in ready), await issue_drafts(tx, policy, ready, asked, rules), strict=True))
    return IssueRunOut(
        id=tx.ids(),
        programme=programme,
        partner_id=keeper.id,
        issued_on=command.issued_on,
        issued=len(numbers),
        refused=len(refused),
        more=more,
        results=[
            IssueResult(invoice_id=each, number=numbers.get(each), refused=_said(refused.get(each))) for each in ids
        ],
    )


async def _chosen(tx: Transaction, partner_id: UUID, command: IssueInvoices) -> tuple[list[UUID], bool]:
    if command.invoice_ids is not None:
        return command.invoice_ids, False
    query = (
        select(invoice.c.id)
        .join(enrollment, enrollment.c.id == invoice.c.enrollment_id)
        .where(
            invoice.c.partner_id == partner_id,
            invoice.c.state == InvoiceState.DRAFT.value,
            enrollment.c.enrolled_on <= command.enrolled_until,
            or_(
                invoice.c.waits_for == WaitsFor.ENROLLMENT.value,
                enrollment.c.completed_on <= command.issued_on,
            ),
        )
        .order_by(enrollment.c.enrolled_on, invoice.c.id)
        .limit(MOST_IN_A_RUN + 1)
    )
    ids = list((await tx.connection.execute(query)).scalars())
    return ids[:MOST_IN_A_RUN], len(ids) > MOST_IN_A_RUN


async def _locked(tx: Transaction, partner_id: UUID, ids: Sequence[UUID]) -> list[AnyRow]:
    named: ColumnElement[bool] = (invoice.c.partner_id == partner_id) & (
        invoice.c.id == any_(bindparam("ids", list(ids), ARRAY(Uuid)))
    )
    places = select(invoice.c.enrollment_id).where(named)
    await tx.connection.execute(
        select(enrollment.c.id).where(enrollment.c.id.in_(places)).order_by(enrollment.c.id).with_for_update()
    )
    return await locked_invoices(tx, named)


def _said(refusal: ScorebookError | None) -> Refused | None:
    if refusal is None:
        return None
    first = refusal.errors[0] if refusal.errors else None
    return Refused(
        type=refusal.code,
        field=None if first is None else first.field,
        rule=None if first is None else first.rule,
        detail=refusal.detail,
    )
