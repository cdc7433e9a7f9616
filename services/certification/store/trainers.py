"""Trainers and where they stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certification import tables
from services.certification.domain.standing import State, Step, advance
from shared.database.transaction import Transaction
from shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class TrainerRecord:
    """A trainer as the register has them."""

    id: UUID
    programme: str
    name: str
    partner_id: UUID | None
    employer: str | None
    subject: str | None


@dataclass(frozen=True, slots=True)
class StandingRecord:
    """A trainer's standing in a module; `position` 0 where nothing has happened yet."""

    id: UUID
    programme: str
    trainer_id: UUID
    module: str
    state: State
    position: int


async def lock_trainers(tx: Transaction, programme: str, ids: Iterable[UUID]) -> dict[UUID, TrainerRecord]:
    """Lock the rows of the trainers `ids` of `programme`, in id order, and return those that exist.

    Everything that changes a trainer's standing or certificates holds this lock.
    """
    columns = tables.trainer.c
    rows = await tx.connection.execute(
        select(columns.id, columns.programme, columns.name, columns.partner_id, columns.employer, columns.subject)
        .where(columns.programme == programme, columns.id.in_(sorted(set(ids))))
        .order_by(columns.id)
        .with_for_update(key_share=True)
    )
    return {row.id: TrainerRecord(*row) for row in rows}


async def lock_own_trainer(tx: Transaction, programme: str, trainer_id: UUID) -> TrainerRecord:
    """Lock and return a trainer the actor may act on; raises NotFound for another partner's."""
    found = (await lock_trainers(tx, programme, [trainer_id])).get(trainer_id)
    return visible(tx, found, trainer_id)


def visible(tx: Transaction, found: TrainerRecord | None, trainer_id: UUID) -> TrainerRecord:
    """Return `found` when it exists in the actor's scope; raises NotFound otherwise."""
    if found is None or (tx.actor.partner is not None and tx.actor.partner != found.partner_id):
        raise NotFound("trainer", trainer_id, field="trainer_id")
    return found


async def load_standing(tx: Transaction, programme: str, trainer_id: UUID, module: str) -> StandingRecord:
    """Return the standing of a trainer, whose row is locked, in a module."""
    columns = tables.standing.c
    row = (
        await tx.connection.execute(
            select(columns.id, columns.state, columns.position).where(
                columns.programme == programme, columns.trainer_id == trainer_id, columns.module == module
            )
        )
    ).one_or_none()
    if row is None:
        return StandingRecord(tx.ids(), programme, trainer_id, module, State.NONE, 0)
    return StandingRecord(row.id, programme, trainer_id, module, State(row.state), row.position)


async def take_step(
    tx: Transaction, standing: StandingRecord, step: Step, *, on: date, reference: UUID | None
) -> StandingRecord:
    """Carry out `step` and keep it in the history; raises RefusedTransition where it is not allowed."""
    reached = advance(standing.trainer_id, standing.module, standing.state, step)
    after = StandingRecord(
        standing.id, standing.programme, standing.trainer_id, standing.module, reached, standing.position + 1
    )
    if standing.position == 0:
        await tx.connection.execute(
            insert(tables.standing).values(
                id=after.id,
                programme=after.programme,
                trainer_id=after.trainer_id,
                module=after.module,
                state=reached,
                position=1,
                changed_at=tx.now,
            )
        )
    else:
        await tx.connection.execute(
            update(tables.standing)
            .where(tables.standing.c.id == after.id)
            .values(state=reached, position=after.position, changed_at=tx.now)
        )
    await tx.connection.execute(
        insert(tables.standing_step).values(
            standing_id=after.id,
            programme=after.programme,
            position=after.position,
            step=step,
            reached=reached,
            happened_on=on,
            reference_id=reference,
            actor=tx.actor.subject,
            recorded_at=tx.now,
        )
    )
    return after


async def last_step_on(connection: AsyncConnection, standing: StandingRecord, *steps: Step) -> date | None:
    """Return the latest day on which one of `steps` happened to a standing."""
    columns = tables.standing_step.c
    found: date | None = (
        await connection.execute(
            select(columns.happened_on)
            .where(columns.standing_id == standing.id, columns.step.in_([step.value for step in steps]))
            .order_by(columns.happened_on.desc())
            .limit(1)
        )
    ).scalar_one_or_none()
    return found
