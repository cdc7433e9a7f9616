"""Statements of account, and what the payers of a book owe by age."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.billing.api.access import Programme, Reads
from services.billing.api.sheets import answer_report
from services.billing.commands.loading import not_before
from services.billing.queries.books import read_book
from services.billing.queries.statements import Party, ageing, agreement_party, enterprise_party, statement
from services.billing.schemas.books import BookOut
from services.billing.schemas.statements import AgeingOut, PayerAgeing, StatementLine, StatementOut
from shared.clock import today
from shared.days import Day

router = APIRouter(prefix="/v1/programmes/{programme}/books/{partner_id}", tags=["receivables"])

Since = Annotated[Day | None, Query(alias="from", description="First day of the window; none: from the beginning.")]
Until = Annotated[Day | None, Query(alias="to", description="Last day of the window; none: today.")]
AsOf = Annotated[Day | None, Query(description="Everything effective by the end of this day; none: today.")]


@router.get("/enterprises/{enterprise_id}/statement", response_model=StatementOut)
async def get_enterprise_statement(
    programme: Programme,
    partner_id: UUID,
    enterprise_id: UUID,
    request: Request,
    read: Reads,
    since: Since = None,
    until: Until = None,
) -> Response:
    """Show what an enterprise owed, what happened, and what it owes; as CSV, its lines."""
    of = await read_book(read.connection, read.actor, programme, partner_id)
    return await _statement(request, read, of, await enterprise_party(read.connection, of, enterprise_id), since, until)


@router.get("/agreements/{agreement_id}/statement", response_model=StatementOut)
async def get_agreement_statement(
    programme: Programme,
    partner_id: UUID,
    agreement_id: UUID,
    request: Request,
    read: Reads,
    since: Since = None,
    until: Until = None,
) -> Response:
    """Show the same of the payer of an agreement, in one partner's book; as CSV, its lines."""
    of = await read_book(read.connection, read.actor, programme, partner_id)
    return await _statement(request, read, of, await agreement_party(read.connection, of, agreement_id), since, until)


async def _statement(
    request: Request, read: Reads, of: BookOut, party: Party, since: Day | None, until: Day | None
) -> Response:
    last = until or today(read.runtime.clock)
    if since is not None:
        not_before("to", last, since, "from")
    shown = await statement(read.connection, of, party, since, last)
    return answer_report(request, shown, shown.lines, StatementLine)


@router.get("/ageing", response_model=AgeingOut)
async def get_ageing(
    programme: Programme, partner_id: UUID, request: Request, read: Reads, as_of: AsOf = None
) -> Response:
    """Show what every payer of a book owes by days past due; as CSV, a row for each payer."""
    of = await read_book(read.connection, read.actor, programme, partner_id)
    shown = await ageing(read.connection, of, as_of or today(read.runtime.clock))
    return answer_report(request, shown, shown.payers, PayerAgeing)
