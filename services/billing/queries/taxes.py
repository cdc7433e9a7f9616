"""Reading tax rules."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.queries.scope import AnyRow, only
from services.billing.schemas.fields import percent_text
from services.billing.schemas.taxes import TaxRuleOut
from services.billing.tables import tax_rule


def tax_rules(programme: str) -> Select[Any]:
    """Return the tax rules of a programme."""
    return select(tax_rule).where(tax_rule.c.programme == programme)


def present_tax_rule(row: AnyRow) -> TaxRuleOut:
    """Show one rule."""
    return TaxRuleOut(
        id=row.id,
        programme=row.programme,
        code=row.code,
        category=row.category,
        rate_pct=percent_text(row.rate_bp),
        prices_include_tax=row.is_included,
        exemption_reason=row.exemption_reason,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source_note=row.source_note,
    )


async def read_tax_rule(connection: AsyncConnection, programme: str, rule_id: UUID) -> TaxRuleOut:
    """Return one rule; raises NotFound."""
    query = tax_rules(programme).where(tax_rule.c.id == rule_id)
    return present_tax_rule(await only(connection, query, "tax rule", rule_id))
