"""Tax rules."""

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import or_

from services.billing.api.access import Asked, ManagerWrites, Programme, Reads
from services.billing.commands.taxes import add_tax_rule
from services.billing.queries.taxes import present_tax_rule, tax_rules
from services.billing.schemas.taxes import AddTaxRule, TaxRuleOut
from services.billing.tables import tax_rule
from shared.days import Day
from shared.events.vocabulary import Code
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/tax-rules", tags=["prices"])


@router.post("", status_code=201, response_model=TaxRuleOut)
async def post_tax_rule(programme: Programme, body: AddTaxRule, write: ManagerWrites) -> Response:
    """Add a tax rule of the programme's country."""
    return await write.run(add_tax_rule, programme, body)


@router.get("", response_model=Page[TaxRuleOut])
async def get_tax_rules(
    programme: Programme, read: Reads, asked: Asked, code: Code | None = None, on: Day | None = None
) -> Response:
    """List tax rules; `on` keeps those in force on a day."""
    query = tax_rules(programme)
    if code is not None:
        query = query.where(tax_rule.c.code == code)
    if on is not None:
        query = query.where(tax_rule.c.valid_from <= on, or_(tax_rule.c.valid_to.is_(None), tax_rule.c.valid_to >= on))
    return await answer_list(read.connection, query, tax_rule.c.id, asked, present_tax_rule)
