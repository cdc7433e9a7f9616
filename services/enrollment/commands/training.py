"""Scheduling a training."""

from sqlalchemy import insert

from services.enrollment.domain.eligibility import require_region
from services.enrollment.domain.leadership import require_qualified, require_sound
from services.enrollment.domain.training import Template, require_span
from services.enrollment.queries.policies import policy_in_force
from services.enrollment.queries.registers import find_partner
from services.enrollment.queries.trainers import load_facts
from services.enrollment.queries.trainings import find_training, present_training
from services.enrollment.schemas.training import ScheduleTraining, TrainingOut
from services.enrollment.tables import training, training_co_candidate
from shared.database.transaction import Transaction
from shared.events.enrollment import TrainingScheduled


async def schedule_training(tx: Transaction, code: str, command: ScheduleTraining) -> TrainingOut:
    """Schedule a training under people who may lead it; its first day may lie ahead.

    Raises NotAllowed (another partner's), NotFound, NoPolicyInForce, UnknownModule, RegionNotEligible, TooEarly,
    TrainingTooShort, OnlyForCandidates, ExpertMissing, SamePersonTwice, FactMissing (unknown trainer),
    TrainerNotCertified, CandidateWithoutTot or ExpertNotCertified.
    """
    tx.actor.require_programme(code)
    tx.actor.require_partner(command.partner_id)
    in_force = await policy_in_force(tx.connection, code, command.starts_on, field="starts_on")
    await find_partner(tx.connection, code, command.partner_id, tx.actor, field="partner_id")
    module = in_force.module(command.module)
    require_region(in_force, command.region)
    template = Template.of(module)
    require_span(command.starts_on, command.ends_on, template.classroom_days)
    leadership = command.leadership
    require_sound(leadership)
    facts = await load_facts(tx.connection, code, module.code, leadership.team)
    require_qualified(leadership, module=module.code, starts_on=command.starts_on, facts=facts)
    training_id = tx.ids()
    await tx.connection.execute(
        insert(training).values(
            {
                **command.model_dump(exclude={"co_candidate_ids"}),
                "id": training_id,
                "programme": code,
                "is_first": module.is_first,
                "classroom_days": template.classroom_days,
                "planned_visits": template.planned_visits,
                "max_enterprises": template.max_enterprises,
                "seats_managers": template.seats_managers,
                "seats_workers": template.seats_workers,
                "policy_version": in_force.version,
                "recorded_at": tx.now,
            }
        )
    )
    if command.co_candidate_ids:
        await tx.connection.execute(
            insert(training_co_candidate),
            [
                {"programme": code, "training_id": training_id, "position": position, "trainer_id": person}
                for position, person in enumerate(command.co_candidate_ids)
            ],
        )
    tx.emit(
        TrainingScheduled(
            training_id=training_id,
            module=module.code,
            partner_id=command.partner_id,
            region=command.region,
            delivery=command.delivery,
            lead_trainer_id=command.lead_trainer_id,
            lead_role=command.lead_role,
            supervising_expert_id=command.supervising_expert_id,
            co_candidate_ids=command.co_candidate_ids,
            starts_on=command.starts_on,
            ends_on=command.ends_on,
            planned_visits=template.planned_visits,
        ),
        aggregate_id=training_id,
        programme=code,
    )
    return present_training(await find_training(tx.connection, code, training_id, tx.actor))
