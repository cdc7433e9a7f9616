"""An expert recommends a candidate: the dossier is frozen and the board's case opens."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, insert, select

from services.certification import tables
from services.certification.domain.dates import require_past
from services.certification.domain.dossier import Dossier, TotEvidence, digest, manifest
from services.certification.domain.recommendation import Candidacy, recommend
from services.certification.domain.recusal import Parties
from services.certification.domain.standing import Step, advance
from services.certification.errors.path import NotThatExpert
from services.certification.schemas.board import CaseOut
from services.certification.schemas.path import Recommend
from services.certification.store.board import force_recusals, load_members
from services.certification.store.certificates import load_certificates
from services.certification.store.cycles import load_cycles
from services.certification.store.programmes import load_programme, scheme_on
from services.certification.store.trainers import load_standing, lock_trainers, take_step, visible
from shared.auth.actor import Role
from shared.database.transaction import Transaction
from shared.errors import NotFound
from shared.events.certification import TrainerRecommended


async def recommend_trainer(tx: Transaction, programme: str, trainer_id: UUID, body: Recommend) -> CaseOut:
    """Open the board's case on a frozen dossier.

    A trainer's token speaks for that trainer only; the programme manager enters a signed recommendation.
    """
    tx.actor.require_programme(programme)
    known = await load_programme(tx.connection, programme)
    known.require_module(body.module)
    locked = await lock_trainers(tx, programme, [trainer_id, body.expert_id])
    trainer = visible(tx, locked.get(trainer_id), trainer_id)
    expert = locked.get(body.expert_id)
    if expert is None:
        raise NotFound("trainer", body.expert_id, field="expert_id")
    if not tx.actor.has_any({Role.PROGRAMME_MANAGER}) and expert.subject != tx.actor.subject:
        raise NotThatExpert(body.expert_id)
    require_past("recommended_on", body.recommended_on, tx.now.date())
    standing = await load_standing(tx, programme, trainer_id, body.module)
    advance(trainer_id, body.module, standing.state, Step.RECOMMEND)

    scheme = await scheme_on(tx.connection, programme, body.recommended_on)
    tot = await _passed_tot(tx, programme, trainer_id, body.module)
    cycles = await load_cycles(tx.connection, programme, trainer_id)
    evidence = recommend(
        Candidacy(
            trainer_id=trainer_id,
            module=body.module,
            passed_on=tot.taken_on,
            cycles=[cycle for cycle in cycles if cycle.module == body.module],
            refused_on=await _refused_on(tx, programme, trainer_id, body.module),
        ),
        body.expert_id,
        await load_certificates(tx.connection, programme, [body.expert_id]),
        scheme,
        body.recommended_on,
    )
    dossier = Dossier(
        programme=programme,
        trainer_id=trainer_id,
        module=body.module,
        version=await _next_version(tx, programme, trainer_id, body.module),
        scheme_version=scheme.version,
        expert_id=body.expert_id,
        recommended_on=body.recommended_on,
        statement=body.statement,
        tot=tot,
        cycles=evidence,
        minimum_completed=scheme.minimum_completed_enterprises,
    )
    case = await _open_case(tx, dossier)
    await take_step(tx, standing, Step.RECOMMEND, on=body.recommended_on, reference=case.id)
    subjects = frozenset({tx.actor.subject, expert.subject or tx.actor.subject})
    parties = Parties(trainer_id, trainer.partner_id, trainer.employer, body.expert_id, subjects)
    await force_recusals(tx, programme, case.id, parties, await load_members(tx.connection, programme))
    tx.emit(
        TrainerRecommended(
            trainer_id=trainer_id,
            module=body.module,
            expert_id=body.expert_id,
            recommended_on=body.recommended_on,
            dossier_id=case.dossier_id,
        ),
        aggregate_id=trainer_id,
        programme=programme,
    )
    return case


async def _open_case(tx: Transaction, dossier: Dossier) -> CaseOut:
    text = manifest(dossier)
    dossier_id, case_id, dossier_hash = tx.ids(), tx.ids(), digest(text)
    await tx.connection.execute(
        insert(tables.dossier).values(
            id=dossier_id,
            programme=dossier.programme,
            trainer_id=dossier.trainer_id,
            module=dossier.module,
            version=dossier.version,
            scheme_version=dossier.scheme_version,
            manifest=text,
            hash=dossier_hash,
            frozen_at=tx.now,
        )
    )
    case = CaseOut(
        id=case_id,
        programme=dossier.programme,
        trainer_id=dossier.trainer_id,
        module=dossier.module,
        expert_id=dossier.expert_id,
        recommended_on=dossier.recommended_on,
        state="open",
        round=1,
        dossier_id=dossier_id,
        dossier_hash=dossier_hash,
        scheme_version=dossier.scheme_version,
        opened_at=tx.now,
        closed_at=None,
    )
    await tx.connection.execute(insert(tables.board_case).values(recommended_by=tx.actor.subject, **case.model_dump()))
    return case


async def _passed_tot(tx: Transaction, programme: str, trainer_id: UUID, module: str) -> TotEvidence:
    columns = tables.tot_result.c
    row = (
        await tx.connection.execute(
            select(columns.id, columns.taken_on, columns.score).where(
                columns.programme == programme,
                columns.trainer_id == trainer_id,
                columns.module == module,
                columns.outcome == "passed",
            )
        )
    ).one()
    return TotEvidence(row.id, row.taken_on, row.score)


async def _refused_on(tx: Transaction, programme: str, trainer_id: UUID, module: str) -> date | None:
    case, decision = tables.board_case.c, tables.decision.c
    found: date | None = (
        await tx.connection.execute(
            select(func.max(decision.decided_on))
            .join(tables.board_case, case.id == decision.case_id)
            .where(
                case.programme == programme,
                case.trainer_id == trainer_id,
                case.module == module,
                decision.outcome == "refused",
            )
        )
    ).scalar_one()
    return found


async def _next_version(tx: Transaction, programme: str, trainer_id: UUID, module: str) -> int:
    columns = tables.dossier.c
    count: int = (
        await tx.connection.execute(
            select(func.count()).where(
                columns.programme == programme, columns.trainer_id == trainer_id, columns.module == module
            )
        )
    ).scalar_one()
    return count + 1
