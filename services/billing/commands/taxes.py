"""Tax rules: data that the programme's finance enters."""

from sqlalchemy import insert, select, update

from services.billing.commands.loading import need_programme, not_before
from services.billing.domain.prices import Validity, succeed
from services.billing.errors import TaxRuleOverlap
from services.billing.queries.taxes import read_tax_rule
from services.billing.schemas.fields import basis_points
from services.billing.schemas.taxes import AddTaxRule, TaxRuleOut
from services.billing.tables import programme as programme_table
from services.billing.tables import tax_rule
from shared.database.transaction import Transaction


async def add_tax_rule(tx: Transaction, programme: str, command: AddTaxRule) -> TaxRuleOut:
    """Add a rule; the one of the same code before it without an end gets its last day.

    Invoices take the rule of their day of issue, also those drafted under another. Raises FactMissing, DateOrder or
    TaxRuleOverlap.
    """
    await need_programme(tx, programme)
    if command.valid_to is not None:
        not_before("valid_to", command.valid_to, command.valid_from, "valid_from")
    # One rule at a time, so that two do not succeed the same one.
    await tx.connection.execute(
        select(programme_table.c.programme)
        .where(programme_table.c.programme == programme)
        .with_for_update(key_share=True)
    )
    rows = await tx.connection.execute(
        select(tax_rule.c.id, tax_rule.c.valid_from, tax_rule.c.valid_to).where(
            tax_rule.c.programme == programme, tax_rule.c.code == command.code
        )
    )
    succession = succeed(
        [(row.id, Validity(row.valid_from, row.valid_to)) for row in rows],
        Validity(command.valid_from, command.valid_to),
    )
    if succession.in_the_way is not None:
        raise TaxRuleOverlap(command.code, succession.in_the_way)
    if succession.ended is not None:
        await tx.connection.execute(
            update(tax_rule).where(tax_rule.c.id == succession.ended).values(valid_to=succession.last_day)
        )
    rule_id = tx.ids()
    await tx.connection.execute(
        insert(tax_rule).values(
            id=rule_id,
            programme=programme,
            code=command.code,
            category=command.category,
            rate_bp=basis_points(command.rate_pct),
            is_included=command.prices_include_tax,
            exemption_reason=command.exemption_reason,
            valid_from=command.valid_from,
            valid_to=command.valid_to,
            source_note=command.source_note,
        )
    )
    return await read_tax_rule(tx.connection, programme, rule_id)
