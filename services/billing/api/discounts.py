"""Discounts and fee waivers."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.discounts import grant_discount, withdraw_discount
from services.billing.queries.discounts import discounts, present_discount, read_discount
from services.billing.schemas.discounts import DiscountDrafted, DiscountOut, GrantDiscount, WithdrawDiscount
from services.billing.tables import discount
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/discounts", tags=["prices"])


@router.post("", status_code=201, response_model=DiscountDrafted)
async def post_discount(programme: Programme, body: GrantDiscount, write: FinanceWrites) -> Response:
    """Grant a discount or a waiver before issue; drafts that it concerns are made anew."""
    return await write.run(grant_discount, programme, body)


@router.post("/{discount_id}/withdraw", status_code=201, response_model=DiscountDrafted)
async def post_withdraw(
    programme: Programme, discount_id: UUID, body: WithdrawDiscount, write: FinanceWrites
) -> Response:
    """Take a discount back; invoices that were issued keep it."""
    return await write.run(withdraw_discount, programme, discount_id, body)


@router.get("", response_model=Page[DiscountOut])
async def get_discounts(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    enterprise_id: UUID | None = None,
    enrollment_id: UUID | None = None,
) -> Response:
    """List discounts, those that were withdrawn among them."""
    query = discounts(read.actor, programme)
    for column, wanted in (
        (discount.c.partner_id, partner_id),
        (discount.c.enterprise_id, enterprise_id),
        (discount.c.enrollment_id, enrollment_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return await answer_list(read.connection, query, discount.c.id, asked, present_discount)


@router.get("/{discount_id}")
async def get_discount(programme: Programme, discount_id: UUID, read: Reads) -> DiscountOut:
    """Show one discount."""
    return await read_discount(read.connection, read.actor, programme, discount_id)
