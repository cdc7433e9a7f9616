"""What happens to an agreement after it is recorded: activating, suspending, resuming, amending, closing.

What was promised stays in every state; a suspended agreement pays for no new enrollment and no cost of those days.
"""

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, update

from services.billing.commands.agreement_record import (
    Amended,
    hold_agreements,
    lock_agreement,
    note_step,
    parts_of,
    require_within_price,
    terms_of,
)
from services.billing.commands.loading import happened, in_currency, need_programme, not_before
from services.billing.domain.agreements import ALLOWED, AgreementState, AgreementStep
from services.billing.domain.prices import Validity
from services.billing.errors import CeilingCommitted, ValidityShortened
from services.billing.queries.agreements import read_agreement
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.agreements import (
    ActivateAgreement,
    AgreementOut,
    AmendAgreement,
    CloseAgreement,
    ResumeAgreement,
    SuspendAgreement,
)
from services.billing.tables import agreement, agreement_step
from shared.database.transaction import Transaction
from shared.errors import RefusedTransition


async def _lock_for(tx: Transaction, programme: str, agreement_id: UUID, action: str) -> AnyRow:
    row = await lock_agreement(tx, programme, agreement_id)
    state = AgreementState(row.state)
    if action not in ALLOWED[state]:
        raise RefusedTransition("agreement", agreement_id, state.value, action, ALLOWED[state])
    return row


async def _after_last_step(tx: Transaction, field: str, day: date, agreement_id: UUID) -> None:
    latest = await tx.connection.execute(
        select(func.max(agreement_step.c.on_day)).where(
            agreement_step.c.agreement_id == agreement_id, agreement_step.c.step != AgreementStep.ACTIVATED.value
        )
    )
    if (before := latest.scalar_one()) is not None:
        not_before(field, day, before, "the last step of the agreement")


async def activate_agreement(
    tx: Transaction, programme: str, agreement_id: UUID, command: ActivateAgreement
) -> AgreementOut:
    """Let a draft hold: from now on it pays for enrollments, or costs, within its validity.

    Invoices drafted before keep their split. Raises NotFound, RefusedTransition, FutureDate or SharesExceedPrice.
    """
    await need_programme(tx, programme)
    await hold_agreements(tx, programme)
    row = await _lock_for(tx, programme, agreement_id, "activate")
    happened(tx, "activated_on", command.activated_on)
    await _after_last_step(tx, "activated_on", command.activated_on, agreement_id)
    parts = (await parts_of(tx, programme)).get(agreement_id, {})
    await require_within_price(tx, programme, terms_of(row, parts), agreement_id)
    await _set(tx, agreement_id, state=AgreementState.ACTIVE.value, activated_on=command.activated_on)
    await note_step(tx, agreement_id, AgreementStep.ACTIVATED, command.activated_on, None)
    return await read_agreement(tx.connection, tx.actor, programme, agreement_id)


async def suspend_agreement(
    tx: Transaction, programme: str, agreement_id: UUID, command: SuspendAgreement
) -> AgreementOut:
    """Stop paying for enrollments and costs from a day on; what was promised stays and is claimed and paid.

    Raises NotFound, RefusedTransition, FutureDate or DateOrder.
    """
    row = await _lock_for(tx, programme, agreement_id, "suspend")
    happened(tx, "suspended_on", command.suspended_on)
    not_before("suspended_on", command.suspended_on, row.valid_from, "the first day of the agreement")
    await _after_last_step(tx, "suspended_on", command.suspended_on, agreement_id)
    await _set(tx, agreement_id, state=AgreementState.SUSPENDED.value)
    await note_step(tx, agreement_id, AgreementStep.SUSPENDED, command.suspended_on, command.reason)
    return await read_agreement(tx.connection, tx.actor, programme, agreement_id)


async def resume_agreement(
    tx: Transaction, programme: str, agreement_id: UUID, command: ResumeAgreement
) -> AgreementOut:
    """Pay again from a day on; the days between stay without.

    Raises NotFound, RefusedTransition, FutureDate or DateOrder.
    """
    await _lock_for(tx, programme, agreement_id, "resume")
    happened(tx, "resumed_on", command.resumed_on)
    await _after_last_step(tx, "resumed_on", command.resumed_on, agreement_id)
    await _set(tx, agreement_id, state=AgreementState.ACTIVE.value)
    await note_step(tx, agreement_id, AgreementStep.RESUMED, command.resumed_on, command.reason)
    return await read_agreement(tx.connection, tx.actor, programme, agreement_id)


async def amend_agreement(tx: Transaction, programme: str, agreement_id: UUID, command: AmendAgreement) -> AgreementOut:
    """Raise or lower the ceiling, or extend the validity; what was before stays on the record.

    Raises NotFound, RefusedTransition, WrongCurrency, CeilingCommitted, ValidityShortened, SharesExceedPrice,
    FutureDate or DateOrder.
    """
    await need_programme(tx, programme)
    await hold_agreements(tx, programme)
    row = await _lock_for(tx, programme, agreement_id, "amend")
    happened(tx, "amended_on", command.amended_on)
    await _after_last_step(tx, "amended_on", command.amended_on, agreement_id)
    ceiling_minor, valid_to = row.ceiling_minor, row.valid_to
    if command.ceiling is not None:
        in_currency("ceiling", command.ceiling, row.currency)
        if command.ceiling.minor < row.committed_minor:
            raise CeilingCommitted(command.ceiling, money(row.committed_minor, row.currency))
        ceiling_minor = command.ceiling.minor
    if command.valid_to is not None and (row.valid_to is None or command.valid_to < row.valid_to):
        raise ValidityShortened(command.valid_to, row.valid_to)
    if command.valid_to is not None or command.without_end:
        valid_to = command.valid_to
    if row.activated_on is not None:
        parts = (await parts_of(tx, programme)).get(agreement_id, {})
        extended = replace(terms_of(row, parts), validity=Validity(row.valid_from, valid_to))
        await require_within_price(tx, programme, extended, agreement_id)
    amended = Amended(ceiling_minor, valid_to)
    await note_step(tx, agreement_id, AgreementStep.AMENDED, command.amended_on, command.reason, amended)
    return await read_agreement(tx.connection, tx.actor, programme, agreement_id)


async def close_agreement(tx: Transaction, programme: str, agreement_id: UUID, command: CloseAgreement) -> AgreementOut:
    """Give an agreement its last day; what was promised until then stays, and claims go on.

    A draft that is closed never held. Raises NotFound, RefusedTransition, FutureDate or DateOrder.
    """
    row = await _lock_for(tx, programme, agreement_id, "close")
    happened(tx, "closed_on", command.closed_on)
    not_before("closed_on", command.closed_on, row.valid_from, "the first day of the agreement")
    await _after_last_step(tx, "closed_on", command.closed_on, agreement_id)
    await _set(
        tx,
        agreement_id,
        state=AgreementState.CLOSED.value,
        closed_on=command.closed_on,
        close_reason=command.reason,
    )
    await note_step(tx, agreement_id, AgreementStep.CLOSED, command.closed_on, command.reason)
    return await read_agreement(tx.connection, tx.actor, programme, agreement_id)


async def _set(tx: Transaction, agreement_id: UUID, **values: object) -> None:
    await tx.connection.execute(update(agreement).where(agreement.c.id == agreement_id).values(**values))
