"""Granting discounts and waivers, and making the drafts they concern anew."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, or_, select, update

from services.billing.commands.drafting import draft_missing, enrolled_of
from services.billing.commands.invoices import cancel_draft
from services.billing.commands.loading import (
    happened,
    in_currency,
    locked_invoices,
    need_fact,
    need_partner,
    need_programme,
    not_before,
    one,
)
from services.billing.domain.discounts import Discount
from services.billing.errors import (
    AboveApprovalLimit,
    AlreadyIssued,
    DiscountExceedsPrice,
    DiscountExists,
    NotEnrolled,
    UnknownCode,
    WrongTarget,
)
from services.billing.ledger import Late
from services.billing.queries.discounts import read_discount
from services.billing.queries.invoices import LIVE
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.discounts import DiscountDrafted, GrantDiscount, WithdrawDiscount
from services.billing.schemas.fields import basis_points, percent_text
from services.billing.tables import book_profile, discount, enrollment, enterprise, invoice, partner, price
from shared.auth.actor import Role
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition
from shared.money import Money


async def grant_discount(tx: Transaction, programme: str, command: GrantDiscount) -> DiscountDrafted:
    """Give up part of a fee; drafts that it concerns are cancelled and made anew, invoices that were issued stay.

    Raises FactMissing, NotAllowed, WrongTarget, UnknownCode, WrongCurrency, FutureDate, DateOrder, NotEnrolled,
    AlreadyIssued, DiscountExists, DiscountExceedsPrice or AboveApprovalLimit.
    """
    policy = await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    happened(tx, "granted_on", command.granted_on)
    if command.amount is not None:
        in_currency("amount", command.amount, keeper.currency)
    if command.module is not None and command.module not in policy.modules:
        raise UnknownCode("module", command.module, "module")
    await _hold(tx, keeper.id)
    place, enterprise_id = await _target(tx, programme, command)
    discount_id = tx.ids()
    rate = None if command.percent is None else basis_points(command.percent)
    granted = Discount(discount_id, command.kind, rate or 0, command.amount)
    await _require_within_limit(tx, granted, await _lowest_price(tx, command, place), keeper.id)
    await tx.connection.execute(
        insert(discount).values(
            id=discount_id,
            programme=programme,
            partner_id=keeper.id,
            enterprise_id=enterprise_id,
            enrollment_id=command.enrollment_id,
            module=command.module,
            kind=command.kind.value,
            rate_bp=rate,
            amount_minor=None if command.amount is None else command.amount.minor,
            currency=keeper.currency,
            reason=command.reason,
            granted_on=command.granted_on,
            granted_by=tx.actor.subject,
        )
    )
    drafted = await _draft_anew(tx, discount_id, command.granted_on, f"discount granted: {command.reason}")
    shown = await read_discount(tx.connection, tx.actor, programme, discount_id)
    return DiscountDrafted(**dict(shown), drafted_invoices=drafted)


async def withdraw_discount(
    tx: Transaction, programme: str, discount_id: UUID, command: WithdrawDiscount
) -> DiscountDrafted:
    """Take a discount back: drafts made with it are made anew without it, invoices that were issued keep it.

    Raises NotFound, RefusedTransition, FutureDate or DateOrder.
    """
    found = await one(tx, select(discount).where(discount.c.id == discount_id, discount.c.programme == programme))
    if found is None or not tx.actor.sees_partner(found.partner_id):
        raise NotFound("discount", discount_id, field="id")
    await _hold(tx, found.partner_id)
    row = (await tx.connection.execute(select(discount).where(discount.c.id == discount_id).with_for_update())).one()
    if row.withdrawn_on is not None:
        raise RefusedTransition("discount", discount_id, "withdrawn", "withdraw", ())
    happened(tx, "withdrawn_on", command.withdrawn_on)
    not_before("withdrawn_on", command.withdrawn_on, row.granted_on, "the day it was granted")
    await tx.connection.execute(
        update(discount)
        .where(discount.c.id == discount_id)
        .values(withdrawn_on=command.withdrawn_on, withdrawn_by=tx.actor.subject, withdraw_reason=command.reason)
    )
    drafted = await _draft_anew(tx, discount_id, command.withdrawn_on, f"discount withdrawn: {command.reason}")
    shown = await read_discount(tx.connection, tx.actor, programme, discount_id)
    return DiscountDrafted(**dict(shown), drafted_invoices=drafted)


async def _hold(tx: Transaction, partner_id: UUID) -> None:
    # Held against drafting, which shares it: an enrollment is either drafted with the discount or found by it.
    await tx.connection.execute(select(partner.c.id).where(partner.c.id == partner_id).with_for_update(key_share=True))


async def _target(tx: Transaction, programme: str, command: GrantDiscount) -> tuple[AnyRow | None, UUID]:
    live = discount.c.withdrawn_on.is_(None)
    if command.enrollment_id is None:
        firm = await need_fact(
            tx,
            select(enterprise).where(enterprise.c.id == command.enterprise_id, enterprise.c.programme == programme),
            "enterprise",
            command.enterprise_id or UUID(int=0),
        )
        if firm.partner_id != command.partner_id:
            raise WrongTarget("enterprise_id", f"enterprise {firm.id} belongs to another partner's book")
        same = (discount.c.enterprise_id == firm.id) & (discount.c.module == command.module)
        await _require_none(tx, live & same & (discount.c.partner_id == command.partner_id), "enterprise_id")
        return None, firm.id
    place = await need_fact(
        tx,
        select(enrollment)
        .where(enrollment.c.id == command.enrollment_id, enrollment.c.programme == programme)
        .with_for_update(),
        "enrollment",
        command.enrollment_id,
    )
    if place.partner_id != command.partner_id:
        raise WrongTarget("enrollment_id", f"enrollment {place.id} belongs to another partner's book")
    if place.withdrawn_on is not None:
        raise NotEnrolled(place.id, place.withdrawn_on)
    issued = await one(
        tx,
        select(invoice.c.number)
        .where(invoice.c.enrollment_id == place.id, invoice.c.state == "issued")
        .order_by(invoice.c.id)
        .limit(1),
    )
    if issued is not None:
        raise AlreadyIssued(place.id, issued.number)
    await _require_none(tx, live & (discount.c.enrollment_id == place.id), "enrollment_id")
    return place, place.enterprise_id


async def _require_none(tx: Transaction, condition: ColumnElement[bool], field: str) -> None:
    other = await one(tx, select(discount.c.id).where(condition))
    if other is not None:
        raise DiscountExists(other.id, field)


async def _lowest_price(tx: Transaction, command: GrantDiscount, place: AnyRow | None) -> Money | None:
    # The price that the discount meets; for a module, the lowest that its enrollments of the day may meet.
    day: date = command.granted_on if place is None else place.enrolled_on
    query = select(func.min(price.c.price_minor).label("minor"), func.min(price.c.currency).label("currency")).where(
        price.c.partner_id == command.partner_id,
        price.c.module == (command.module if place is None else place.module),
        price.c.valid_from <= day,
        func.coalesce(price.c.valid_to, day) >= day,
    )
    if place is not None:
        query = query.where(or_(price.c.delivery.is_(None), price.c.delivery == place.delivery))
    row = (await tx.connection.execute(query)).one()
    return None if row.minor is None else money(row.minor, row.currency)


async def _require_within_limit(tx: Transaction, granted: Discount, meets: Money | None, book_id: UUID) -> None:
    if granted.amount is not None and meets is not None and meets < granted.amount:
        raise DiscountExceedsPrice(granted.amount, meets)
    if tx.actor.has_any({Role.PROGRAMME_MANAGER}):
        return
    profile = await one(tx, select(book_profile.c.discount_limit_bp).where(book_profile.c.partner_id == book_id))
    limit = None if profile is None else profile.discount_limit_bp
    if limit is None:
        return
    given_up = granted.share_of(meets)
    if given_up > limit:
        raise AboveApprovalLimit(percent_text(given_up), percent_text(limit))


async def _draft_anew(tx: Transaction, discount_id: UUID, on: date, why: str) -> list[UUID]:
    """Cancel the drafts that a discount changes and draft their enrollments anew; those with an invoice issued stay."""
    other = invoice.alias("other")
    issued = select(other.c.id).where(other.c.enrollment_id == enrollment.c.id, other.c.state == "issued").exists()
    drafted = (
        select(invoice.c.id).where(invoice.c.enrollment_id == enrollment.c.id, invoice.c.state == "draft").exists()
    )
    granted = (await tx.connection.execute(select(discount).where(discount.c.id == discount_id))).one()
    concerned = (
        enrollment.c.id == granted.enrollment_id
        if granted.enrollment_id is not None
        else (enrollment.c.partner_id == granted.partner_id)
        & (enrollment.c.enterprise_id == granted.enterprise_id)
        & (enrollment.c.module == granted.module)
    )
    places: Sequence[AnyRow] = (
        await tx.connection.execute(
            select(enrollment)
            .where(concerned, drafted, ~issued)
            .order_by(enrollment.c.id)
            .with_for_update(of=enrollment)
        )
    ).all()
    made: list[UUID] = []
    for place in places:
        live = (invoice.c.enrollment_id == place.id) & invoice.c.state.in_(LIVE)
        for row in await locked_invoices(tx, live):
            day = max(on, row.contracted_on)
            await cancel_draft(tx, row, day, why[:500], Late.MOVE)
        made += await draft_missing(tx, enrolled_of(place), on)
    return made
