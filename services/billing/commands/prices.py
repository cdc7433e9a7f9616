"""Price lists."""

from datetime import date

from sqlalchemy import insert, select, update

from services.billing.commands.drafting import draft_unpriced
from services.billing.commands.loading import in_currency, need_partner, need_programme, not_before
from services.billing.domain.prices import Validity, succeed
from services.billing.errors import PriceOverlap, UnknownCode, UnknownTaxCode
from services.billing.queries.prices import read_price
from services.billing.schemas.fields import basis_points
from services.billing.schemas.prices import AddPrice, PriceAdded
from services.billing.tables import partner, price, price_instalment, tax_rule
from shared.database.transaction import Transaction


async def add_price(tx: Transaction, programme: str, command: AddPrice) -> PriceAdded:
    """Add a partner's price of a module and delivery; the one before it without an end gets its last day.

    Enrollments that had waited for a price are drafted. Drafts made at an earlier price keep it. Raises FactMissing,
    NotAllowed, UnknownCode, UnknownTaxCode, WrongCurrency, DateOrder or PriceOverlap.
    """
    policy = await need_programme(tx, programme)
    seller = await need_partner(tx, programme, command.partner_id)
    if command.module not in policy.modules:
        raise UnknownCode("module", command.module, "module")
    in_currency("price", command.price, seller.currency)
    if command.valid_to is not None:
        not_before("valid_to", command.valid_to, command.valid_from, "valid_from")
    if command.tax_code is not None:
        known = select(tax_rule.c.id).where(tax_rule.c.programme == programme, tax_rule.c.code == command.tax_code)
        if (await tx.connection.execute(known.limit(1))).one_or_none() is None:
            raise UnknownTaxCode(command.tax_code)
    # Held against drafting, which shares it: an enrollment is either drafted there or found unpriced here.
    await tx.connection.execute(select(partner.c.id).where(partner.c.id == seller.id).with_for_update(key_share=True))
    await _make_room(tx, command)
    price_id = tx.ids()
    await tx.connection.execute(
        insert(price).values(
            id=price_id,
            programme=programme,
            partner_id=seller.id,
            module=command.module,
            valid_from=command.valid_from,
            valid_to=command.valid_to,
            price_minor=command.price.minor,
            currency=command.price.currency,
            delivery=command.delivery,
            tax_code=command.tax_code,
        )
    )
    if command.instalments is not None:
        await tx.connection.execute(
            insert(price_instalment).values(
                [
                    {
                        "price_id": price_id,
                        "number": number,
                        "programme": programme,
                        "share_bp": basis_points(part.share_pct),
                        "waits_for": part.due.value,
                    }
                    for number, part in enumerate(command.instalments, 1)
                ]
            )
        )
    drafted = await draft_unpriced(
        tx, seller.id, command.module, command.delivery, command.valid_from, command.valid_to
    )
    shown = await read_price(tx.connection, programme, price_id, tx.now.date())
    return PriceAdded(**dict(shown), drafted_invoices=drafted)


async def _make_room(tx: Transaction, command: AddPrice) -> None:
    rows = await tx.connection.execute(
        select(price.c.id, price.c.valid_from, price.c.valid_to).where(
            price.c.partner_id == command.partner_id,
            price.c.module == command.module,
            price.c.delivery.is_not_distinct_from(command.delivery),
        )
    )
    existing = [(row.id, Validity(row.valid_from, row.valid_to)) for row in rows]
    succession = succeed(existing, Validity(command.valid_from, command.valid_to))
    if succession.in_the_way is not None:
        raise PriceOverlap(command.module, succession.in_the_way)
    if succession.ended is not None:
        last_day: date | None = succession.last_day
        await tx.connection.execute(update(price).where(price.c.id == succession.ended).values(valid_to=last_day))
