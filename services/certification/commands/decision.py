"""The board decides: quorum and majority are computed, the certificate is issued in the same transaction."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, update

from services.certification import tables
from services.certification.commands.issue import issue_board_certificate
from services.certification.domain.dates import require_past
from services.certification.domain.decision import decide
from services.certification.domain.number import SuffixSource
from services.certification.domain.scheme import Scheme
from services.certification.domain.standing import Step
from services.certification.domain.voting import Choice, Outcome, Roll, call_roll
from services.certification.schemas.board import Decide, DecisionOut
from services.certification.schemas.certificates import CertificateOut
from services.certification.store.board import (
    CaseRecord,
    force_recusals,
    load_ballots,
    load_members,
    load_recusals,
    lock_open_case,
)
from services.certification.store.programmes import scheme_of
from services.certification.store.trainers import load_standing, lock_trainers, take_step
from shared.database.transaction import Transaction
from shared.events.certification import CertificationRefused, VoteTally

_STEP = {Outcome.CERTIFIED: Step.CERTIFY, Outcome.REFUSED: Step.REFUSE, Outcome.DEFERRED: Step.DEFER}


@dataclass(frozen=True, slots=True)
class _Decided:
    id: UUID
    outcome: Outcome
    roll: Roll
    body: Decide


async def decide_case(
    tx: Transaction, programme: str, case_id: UUID, body: Decide, suffix: SuffixSource
) -> DecisionOut:
    """Record what the votes say on the day of the meeting; a tie leaves the case open for another round."""
    tx.actor.require_programme(programme)
    require_past("decided_on", body.decided_on, tx.now.date())
    case = await lock_open_case(tx, programme, case_id)
    trainer = (await lock_trainers(tx, programme, [case.trainer_id]))[case.trainer_id]
    members = await load_members(tx.connection, programme, lock=True)
    await force_recusals(tx, programme, case_id, case.parties, members)
    scheme = await scheme_of(tx.connection, programme, case.scheme_version)
    roll = call_roll(
        scheme,
        members,
        await load_recusals(tx.connection, case_id),
        await load_ballots(tx.connection, case_id, case.round),
        body.decided_on,
    )
    outcome = decide(
        roll,
        case_id=case_id,
        recommended_on=case.recommended_on,
        decided_on=body.decided_on,
        reason=body.reason,
        decided_by=tx.actor.subject,
        recommender_subjects=case.parties.recommender_subjects,
    )
    decided = _Decided(tx.ids(), outcome, roll, body)
    await _record(tx, case, decided)
    standing = await load_standing(tx, programme, case.trainer_id, case.module)
    await take_step(tx, standing, _STEP[outcome], on=body.decided_on, reference=case.id)
    await _close(tx, case, outcome)
    certificate: CertificateOut | None = None
    if outcome is Outcome.CERTIFIED:
        certificate = await issue_board_certificate(
            tx, case, trainer.name, decided.id, body.decided_on, scheme.validity_months, suffix
        )
    elif outcome is Outcome.REFUSED and body.reason is not None:
        _say_refused(tx, case, decided, body.reason)
    return _decision_out(case, scheme, decided, certificate)


async def _record(tx: Transaction, case: CaseRecord, decided: _Decided) -> None:
    roll = decided.roll
    await tx.connection.execute(
        insert(tables.decision).values(
            id=decided.id,
            programme=case.programme,
            case_id=case.id,
            round=case.round,
            outcome=decided.outcome,
            decided_on=decided.body.decided_on,
            reason=decided.body.reason,
            votes_for=roll.count(Choice.FOR),
            votes_against=roll.count(Choice.AGAINST),
            abstentions=roll.count(Choice.ABSTAIN),
            eligible=roll.eligible,
            required=[one.value for one in roll.required],
            dossier_hash=case.dossier_hash,
            scheme_version=case.scheme_version,
            decided_by=tx.actor.subject,
            decided_at=tx.now,
        )
    )
    await tx.connection.execute(
        insert(tables.roll_call),
        [
            {
                "decision_id": decided.id,
                "programme": case.programme,
                "member_id": seat.member.id,
                "constituency": seat.member.constituency.value,
                "is_recused": seat.is_recused,
                "vote_id": None if seat.ballot is None else seat.ballot.id,
            }
            for seat in roll.seats
        ],
    )


async def _close(tx: Transaction, case: CaseRecord, outcome: Outcome) -> None:
    # After a tie the next meeting votes afresh: the votes of this round stay with this round.
    changed = (
        {"round": case.round + 1} if outcome is Outcome.DEFERRED else {"state": outcome.value, "closed_at": tx.now}
    )
    await tx.connection.execute(update(tables.board_case).where(tables.board_case.c.id == case.id).values(changed))


def _say_refused(tx: Transaction, case: CaseRecord, decided: _Decided, reason: str) -> None:
    tx.emit(
        CertificationRefused(
            trainer_id=case.trainer_id,
            module=case.module,
            case_id=case.id,
            decided_on=decided.body.decided_on,
            tally=VoteTally(
                votes_for=decided.roll.count(Choice.FOR),
                votes_against=decided.roll.count(Choice.AGAINST),
                abstentions=decided.roll.count(Choice.ABSTAIN),
            ),
            reason=reason,
        ),
        aggregate_id=case.trainer_id,
        programme=case.programme,
    )


def _decision_out(
    case: CaseRecord, scheme: Scheme, decided: _Decided, certificate: CertificateOut | None
) -> DecisionOut:
    return DecisionOut(
        id=decided.id,
        programme=case.programme,
        case_id=case.id,
        round=case.round,
        outcome=decided.outcome,
        decided_on=decided.body.decided_on,
        reason=decided.body.reason,
        votes_for=decided.roll.count(Choice.FOR),
        votes_against=decided.roll.count(Choice.AGAINST),
        abstentions=decided.roll.count(Choice.ABSTAIN),
        eligible=decided.roll.eligible,
        required_constituencies=list(decided.roll.required),
        dossier_hash=case.dossier_hash,
        scheme_version=scheme.version,
        certificate=certificate,
    )
