"""Local copies of what enrollment says, and what they mean for candidates."""

from datetime import date
from uuid import UUID

from sqlalchemy import insert, select, update

from services.certification import tables
from services.certification.domain.cycle import EnrollmentOutcome
from services.certification.domain.scheme import DEFAULT
from services.certification.domain.standing import Step, following
from services.certification.store.programmes import insert_scheme, save_programme
from services.certification.store.trainers import load_standing, lock_trainers, take_step
from shared.database.transaction import Transaction
from shared.errors import FactMissing
from shared.events.enrollment import EnterpriseEnrolled, PartnerRegistered, ProgrammeDefined, TrainingScheduled
from shared.events.vocabulary import LeadRole


async def keep_programme(tx: Transaction, programme: str, data: ProgrammeDefined) -> None:
    """Keep the catalogue; a programme seen for the first time gets the default scheme, labelled as ours."""
    await save_programme(
        tx.connection,
        programme,
        data.programme_id,
        data.name,
        data.policy_version,
        [
            {
                "code": offer.code,
                "number": offer.number,
                "name": offer.name,
                "is_first": offer.is_first,
                "is_offered": True,
            }
            for offer in data.modules
        ],
        [{"code": region.code, "name": region.name} for region in data.regions],
    )
    columns = tables.scheme_version.c
    known = await tx.connection.execute(select(columns.id).where(columns.programme == programme).limit(1))
    if known.first() is None:
        await insert_scheme(tx, programme, DEFAULT)


async def keep_partner(tx: Transaction, programme: str, data: PartnerRegistered) -> None:
    """Keep a partner."""
    await tx.connection.execute(
        insert(tables.partner).values(
            id=data.partner_id,
            programme=programme,
            name=data.name,
            kind=data.kind,
            region=data.region,
            parent_id=data.parent_id,
        )
    )


async def keep_training(tx: Transaction, programme: str, data: TrainingScheduled, event_id: UUID) -> None:
    """Keep a training; for its candidates a training-of-enterprises cycle begins.

    Raises FactMissing for a trainer this programme's register does not have.
    """
    candidates = () if data.lead_role is not LeadRole.CANDIDATE else (data.lead_trainer_id, *data.co_candidate_ids)
    named = {data.lead_trainer_id, data.supervising_expert_id, *candidates} - {None}
    known = await lock_trainers(tx, programme, (one for one in named if one is not None))
    for trainer_id in sorted(one for one in named if one is not None):
        if trainer_id not in known:
            raise FactMissing("trainer", trainer_id)
    await tx.connection.execute(
        insert(tables.training).values(
            id=data.training_id,
            programme=programme,
            module=data.module,
            partner_id=data.partner_id,
            lead_trainer_id=data.lead_trainer_id,
            lead_role=data.lead_role,
            supervising_expert_id=data.supervising_expert_id,
            starts_on=data.starts_on,
            ends_on=data.ends_on,
            event_id=event_id,
        )
    )
    for trainer_id in dict.fromkeys(candidates):
        await tx.connection.execute(
            insert(tables.training_candidate).values(
                training_id=data.training_id,
                programme=programme,
                trainer_id=trainer_id,
                is_lead=trainer_id == data.lead_trainer_id,
            )
        )
        standing = await load_standing(tx, programme, trainer_id, data.module)
        # The training is a fact whatever the candidate's state; a cycle of somebody who is recommended or certified
        # by now, or who never passed the ToT, changes nothing, and counts as evidence only where the rules let it.
        if following(standing.state, Step.BEGIN_CYCLE) is not None:
            await take_step(tx, standing, Step.BEGIN_CYCLE, on=data.starts_on, reference=data.training_id)


async def keep_enrollment(tx: Transaction, programme: str, data: EnterpriseEnrolled, event_id: UUID) -> None:
    """Keep an enterprise's place in a training; raises FactMissing until the training has arrived."""
    columns = tables.training.c
    training = await tx.connection.execute(
        select(columns.id).where(columns.programme == programme, columns.id == data.training_id)
    )
    if training.first() is None:
        raise FactMissing("training", data.training_id)
    await tx.connection.execute(
        insert(tables.enrollment).values(
            id=data.enrollment_id,
            programme=programme,
            training_id=data.training_id,
            enterprise_id=data.enterprise_id,
            enrolled_on=data.enrolled_on,
            enrolled_event_id=event_id,
        )
    )


async def close_enrollment(
    tx: Transaction, programme: str, enrollment_id: UUID, outcome: EnrollmentOutcome, on: date, event_id: UUID
) -> None:
    """Keep how a place ended; raises FactMissing until the enrollment has arrived."""
    columns = tables.enrollment.c
    changed = await tx.connection.execute(
        update(tables.enrollment)
        .where(columns.programme == programme, columns.id == enrollment_id)
        .values(outcome=outcome, closed_on=on, closed_event_id=event_id)
    )
    if changed.rowcount == 0:
        raise FactMissing("enrollment", enrollment_id)
