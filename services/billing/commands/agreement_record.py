"""What agreements promise together, and the record of what happened to each."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, insert, select, update

from services.billing.commands.loading import one
from services.billing.domain.agreements import AgreementStep, Terms, excess
from services.billing.domain.prices import Validity
from services.billing.errors import SharesExceedPrice
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.fields import percent_text
from services.billing.tables import agreement, agreement_share, agreement_step
from services.billing.tables import programme as programme_table
from shared.database.transaction import Transaction
from shared.errors import NotFound
from shared.events.billing import SubsidyAgreementChanged
from shared.events.vocabulary import PayerClass


async def lock_agreement(tx: Transaction, programme: str, agreement_id: UUID, field: str = "id") -> AnyRow:
    """Lock an agreement; raises NotFound."""
    row = await one(
        tx,
        select(agreement)
        .where(agreement.c.id == agreement_id, agreement.c.programme == programme)
        .with_for_update(key_share=True),
    )
    if row is None:
        raise NotFound("agreement", agreement_id, field=field)
    return row


async def hold_agreements(tx: Transaction, programme: str) -> None:
    """Let one agreement at a time promise something, so that two do not promise the same part of the price."""
    await tx.connection.execute(
        select(programme_table.c.programme)
        .where(programme_table.c.programme == programme)
        .with_for_update(key_share=True)
    )


async def require_within_price(tx: Transaction, programme: str, new: Terms, itself: UUID | None) -> None:
    """Raise SharesExceedPrice where `new` and the other agreements that were activated promise too much."""
    too_much = excess(await _existing(tx, programme, itself), new)
    if too_much is not None:
        raise SharesExceedPrice(too_much.size_class, too_much.day, percent_text(too_much.total))


async def _existing(tx: Transaction, programme: str, itself: UUID | None) -> list[Terms]:
    shares = await parts_of(tx, programme)
    rows = await tx.connection.execute(
        select(agreement).where(agreement.c.programme == programme, agreement.c.activated_on.is_not(None))
    )
    return [terms_of(row, shares.get(row.id, {})) for row in rows if row.id != itself]


async def parts_of(tx: Transaction, programme: str) -> dict[UUID, dict[str, int]]:
    """Return the parts of the price by agreement and size class, in hundredths of a per cent."""
    shares: dict[UUID, dict[str, int]] = {}
    for row in await tx.connection.execute(
        select(agreement_share).where(agreement_share.c.programme == programme, agreement_share.c.share_bp.is_not(None))
    ):
        shares.setdefault(row.agreement_id, {})[row.size_class] = row.share_bp
    return shares


def terms_of(row: AnyRow, parts: dict[str, int]) -> Terms:
    """Return what a stored agreement promises."""
    last_days = [day for day in (row.valid_to, row.closed_on) if day is not None]
    validity = Validity(row.valid_from, min(last_days, default=None))
    return Terms(PayerClass(row.payer_class), row.partner_id, validity, parts)


@dataclass(frozen=True, slots=True)
class Amended:
    """The ceiling, minor units, and the last day that an amendment gives an agreement."""

    ceiling_minor: int
    valid_to: date | None


async def note_step(
    tx: Transaction,
    agreement_id: UUID,
    step: AgreementStep,
    on_day: date,
    reason: str | None,
    amended: Amended | None = None,
) -> None:
    """Keep a step on the record, amend the agreement where the step does, and say how it stands since.

    The record comes first: the table lets ceiling and end change only as the newest amendment says.
    """
    row = (await tx.connection.execute(select(agreement).where(agreement.c.id == agreement_id))).one()
    mine = agreement_step.c.agreement_id == agreement_id
    last = (
        await tx.connection.execute(select(func.coalesce(func.max(agreement_step.c.serial), 0)).where(mine))
    ).scalar_one()
    after = Amended(row.ceiling_minor, row.valid_to) if amended is None else amended
    await tx.connection.execute(
        insert(agreement_step).values(
            agreement_id=agreement_id,
            serial=last + 1,
            programme=row.programme,
            step=step.value,
            on_day=on_day,
            reason=reason,
            ceiling_before_minor=None if amended is None else row.ceiling_minor,
            ceiling_after_minor=None if amended is None else amended.ceiling_minor,
            valid_to_before=None if amended is None else row.valid_to,
            valid_to_after=None if amended is None else amended.valid_to,
            actor=tx.actor.subject,
            recorded_at=tx.now,
        )
    )
    if amended is not None:
        await tx.connection.execute(
            update(agreement)
            .where(agreement.c.id == agreement_id)
            .values(ceiling_minor=amended.ceiling_minor, valid_to=amended.valid_to)
        )
    tx.emit(
        SubsidyAgreementChanged(
            agreement_id=agreement_id,
            code=row.code,
            payer_class=PayerClass(row.payer_class),
            payer_name=row.payer_name,
            partner_id=row.partner_id,
            step=step.value,
            state=row.state,
            on_day=on_day,
            ceiling=money(after.ceiling_minor, row.currency),
            valid_from=row.valid_from,
            valid_to=after.valid_to,
            reason=reason,
        ),
        aggregate_id=agreement_id,
        programme=row.programme,
    )
