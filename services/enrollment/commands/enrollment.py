"""Taking a place in a training, finishing the module, leaving it."""

from uuid import UUID

from sqlalchemy import insert, update

from services.enrollment.domain.eligibility import size_class_at
from services.enrollment.domain.enrollment import (
    EnrollmentStatus,
    require_completable,
    require_place,
    require_withdrawable,
)
from services.enrollment.queries.enrollments import (
    count_taken,
    find_enrollment,
    load_progress,
    load_standing,
    lock_enrollment,
    present_enrollment,
)
from services.enrollment.queries.policies import policy_in_force
from services.enrollment.queries.registers import find_enterprise
from services.enrollment.queries.trainings import load_training
from services.enrollment.schemas.training import (
    CompleteEnrollment,
    EnrollEnterprise,
    EnrollmentOut,
    WithdrawEnrollment,
)
from services.enrollment.tables import enrollment
from shared.database.transaction import Transaction
from shared.events.enrollment import EnrollmentCompleted, EnrollmentWithdrawn, EnterpriseEnrolled


async def enroll_enterprise(tx: Transaction, code: str, command: EnrollEnterprise) -> EnrollmentOut:
    """Give an enterprise a place in a training of its own partner.

    Size class and head-count are those of the day, by the policy in force then, because subsidy tiers hang on them.
    Raises NotFound, NoPolicyInForce, HeadcountOutsideWindow, and what `require_place` raises.
    """
    tx.actor.require_programme(code)
    # Always the training before the enterprise, so that two enrollments never wait for each other.
    training = await load_training(tx.connection, code, command.training_id, tx.actor, field="training_id", lock=True)
    enterprise = await find_enterprise(
        tx.connection, code, command.enterprise_id, tx.actor, field="enterprise_id", lock=True
    )
    tx.actor.require_partner(enterprise.partner_id)
    standing = await load_standing(tx.connection, training, enterprise)
    taken = await count_taken(tx.connection, training.id)
    require_place(training, standing, enrolled_on=command.enrolled_on, today=tx.now.date(), taken=taken)
    in_force = await policy_in_force(tx.connection, code, command.enrolled_on, field="enrolled_on")
    band = size_class_at(in_force, enterprise.headcount, fields=("enterprise_id",))
    enrollment_id = tx.ids()
    await tx.connection.execute(
        insert(enrollment).values(
            id=enrollment_id,
            programme=code,
            training_id=training.id,
            enterprise_id=enterprise.id,
            partner_id=training.partner_id,
            module=training.module,
            size_class=band.code,
            headcount=enterprise.headcount,
            policy_version=in_force.version,
            enrolled_on=command.enrolled_on,
            status=EnrollmentStatus.ACTIVE,
            recorded_at=tx.now,
        )
    )
    tx.emit(
        EnterpriseEnrolled(
            enrollment_id=enrollment_id,
            training_id=training.id,
            enterprise_id=enterprise.id,
            partner_id=training.partner_id,
            module=training.module,
            region=training.region,
            delivery=training.delivery,
            size_class=band.code,
            headcount=enterprise.headcount,
            enrolled_on=command.enrolled_on,
        ),
        aggregate_id=enrollment_id,
        programme=code,
    )
    return await _show(tx, code, enrollment_id)


async def complete_enrollment(
    tx: Transaction, code: str, enrollment_id: UUID, command: CompleteEnrollment
) -> EnrollmentOut:
    """Record that the enterprise finished the module; raises NotFound and what `require_completable` raises."""
    tx.actor.require_programme(code)
    one = await lock_enrollment(tx.connection, code, enrollment_id, tx.actor)
    tx.actor.require_partner(one.partner_id)
    training = await load_training(tx.connection, code, one.training_id, tx.actor)
    progress = await load_progress(tx.connection, one)
    require_completable(one, training, progress, completed_on=command.completed_on, today=tx.now.date())
    await tx.connection.execute(
        update(enrollment)
        .where(enrollment.c.id == one.id)
        .values(status=EnrollmentStatus.COMPLETED, completed_on=command.completed_on)
    )
    tx.emit(
        EnrollmentCompleted(
            enrollment_id=one.id,
            training_id=one.training_id,
            enterprise_id=one.enterprise_id,
            partner_id=one.partner_id,
            module=one.module,
            completed_on=command.completed_on,
        ),
        aggregate_id=one.id,
        programme=code,
    )
    return await _show(tx, code, one.id)


async def withdraw_enrollment(
    tx: Transaction, code: str, enrollment_id: UUID, command: WithdrawEnrollment
) -> EnrollmentOut:
    """Record that the enterprise left and freed its place; raises NotFound and what `require_withdrawable` raises."""
    tx.actor.require_programme(code)
    one = await lock_enrollment(tx.connection, code, enrollment_id, tx.actor)
    tx.actor.require_partner(one.partner_id)
    progress = await load_progress(tx.connection, one)
    require_withdrawable(one, progress, withdrawn_on=command.withdrawn_on, today=tx.now.date())
    await tx.connection.execute(
        update(enrollment)
        .where(enrollment.c.id == one.id)
        .values(
            status=EnrollmentStatus.WITHDRAWN,
            withdrawn_on=command.withdrawn_on,
            withdrawal_reason=command.reason,
        )
    )
    tx.emit(
        EnrollmentWithdrawn(
            enrollment_id=one.id,
            training_id=one.training_id,
            enterprise_id=one.enterprise_id,
            partner_id=one.partner_id,
            module=one.module,
            withdrawn_on=command.withdrawn_on,
            reason=command.reason,
        ),
        aggregate_id=one.id,
        programme=code,
    )
    return await _show(tx, code, one.id)


async def _show(tx: Transaction, code: str, enrollment_id: UUID) -> EnrollmentOut:
    return present_enrollment(await find_enrollment(tx.connection, code, enrollment_id, tx.actor))
