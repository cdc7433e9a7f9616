"""Recording visits, done or in vain."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert

from services.enrollment.domain.enrollment import Enrollment
from services.enrollment.domain.training import require_own_training
from services.enrollment.domain.visiting import VisitOutcome, require_attempt, require_cost, require_visitor
from services.enrollment.queries.enrollments import load_progress, lock_enrollment
from services.enrollment.queries.policies import require_programme
from services.enrollment.queries.trainers import load_facts
from services.enrollment.queries.trainings import load_training
from services.enrollment.schemas.delivery import AbortVisit, RecordVisit, VisitOut
from services.enrollment.tables import visit
from shared.database.transaction import Transaction
from shared.errors import FactMissing
from shared.events.enrollment import VisitAborted, VisitCompleted
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Attempt:
    """What both kinds of visit have in common; `field` is what the request calls the date."""

    number: int
    field: str
    day: date
    trainer_id: UUID


async def record_visit(tx: Transaction, code: str, enrollment_id: UUID, command: RecordVisit) -> VisitOut:
    """Record that a planned visit took place; raises what `_admit` raises."""
    attempt = Attempt(command.number, "visited_on", command.visited_on, command.trainer_id)
    one = await _admit(tx, code, enrollment_id, attempt)
    saved = await _save(tx, one, attempt, VisitOutcome.DONE)
    tx.emit(
        VisitCompleted(
            enrollment_id=one.id,
            training_id=one.training_id,
            enterprise_id=one.enterprise_id,
            partner_id=one.partner_id,
            number=attempt.number,
            visited_on=attempt.day,
            trainer_id=attempt.trainer_id,
        ),
        aggregate_id=one.id,
        programme=code,
    )
    return saved


async def abort_visit(tx: Transaction, code: str, enrollment_id: UUID, command: AbortVisit) -> VisitOut:
    """Record that a trainer went in vain; raises CostNotPossible and what `_admit` raises."""
    attempt = Attempt(command.number, "attempted_on", command.attempted_on, command.trainer_id)
    one = await _admit(tx, code, enrollment_id, attempt)
    programme = await require_programme(tx.connection, code)
    require_cost(command.cost, programme.currency)
    saved = await _save(tx, one, attempt, VisitOutcome.ABORTED, command.reason, command.cost)
    tx.emit(
        VisitAborted(
            enrollment_id=one.id,
            training_id=one.training_id,
            enterprise_id=one.enterprise_id,
            partner_id=one.partner_id,
            number=attempt.number,
            attempted_on=attempt.day,
            trainer_id=attempt.trainer_id,
            reason=command.reason,
            cost=command.cost,
        ),
        aggregate_id=one.id,
        programme=code,
    )
    return saved


async def _admit(tx: Transaction, code: str, enrollment_id: UUID, attempt: Attempt) -> Enrollment:
    """Return the locked enrollment if the attempt may be recorded.

    Raises NotFound, NotAllowed (another's training), FactMissing (unknown trainer), TrainerNotCertified, and what
    `require_attempt` raises.
    """
    tx.actor.require_programme(code)
    one = await lock_enrollment(tx.connection, code, enrollment_id, tx.actor)
    tx.actor.require_partner(one.partner_id)
    training = await load_training(tx.connection, code, one.training_id, tx.actor)
    require_own_training(tx.actor, training)
    progress = await load_progress(tx.connection, one)
    require_attempt(
        one,
        training,
        progress,
        number=attempt.number,
        field=attempt.field,
        day=attempt.day,
        today=tx.now.date(),
    )
    facts = await load_facts(tx.connection, code, training.module, [attempt.trainer_id])
    if attempt.trainer_id not in facts:
        raise FactMissing("trainer", attempt.trainer_id, field="trainer_id")
    require_visitor(training, facts[attempt.trainer_id], attempt.day)
    return one


async def _save(
    tx: Transaction,
    one: Enrollment,
    attempt: Attempt,
    outcome: VisitOutcome,
    reason: str | None = None,
    cost: Money | None = None,
) -> VisitOut:
    visit_id = tx.ids()
    await tx.connection.execute(
        insert(visit).values(
            id=visit_id,
            programme=one.programme,
            enrollment_id=one.id,
            number=attempt.number,
            outcome=outcome,
            visited_on=attempt.day,
            trainer_id=attempt.trainer_id,
            reason=reason,
            cost_minor=None if cost is None else cost.minor,
            cost_currency=None if cost is None else cost.currency,
            recorded_at=tx.now,
        )
    )
    return VisitOut(
        id=visit_id,
        programme=one.programme,
        enrollment_id=one.id,
        training_id=one.training_id,
        enterprise_id=one.enterprise_id,
        number=attempt.number,
        outcome=outcome,
        visited_on=attempt.day,
        trainer_id=attempt.trainer_id,
        reason=reason,
        cost=cost,
    )
