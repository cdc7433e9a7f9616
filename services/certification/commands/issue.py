"""Issuing certificates: by a decision of the board, or by recognition of an expert certified elsewhere."""

from datetime import date
from uuid import UUID

from services.certification.domain.certificate import Certificate, Series, valid_until
from services.certification.domain.dates import require_order, require_past
from services.certification.domain.number import SuffixSource
from services.certification.domain.prerequisite import require_first_module
from services.certification.domain.standing import Step
from services.certification.schemas.certificates import CertificateOut, Recognise, RecognitionOut
from services.certification.store.board import CaseRecord
from services.certification.store.certificates import insert_certificate, load_certificates, next_number
from services.certification.store.cycles import load_cycles
from services.certification.store.programmes import load_programme, scheme_on
from services.certification.store.trainers import load_standing, lock_own_trainer, take_step
from shared.database.transaction import Transaction
from shared.events.certification import CertificateIssued, TrainerCertified


async def issue_board_certificate(
    tx: Transaction,
    case: CaseRecord,
    trainer_name: str,
    decision_id: UUID,
    decided_on: date,
    validity_months: int,
    suffix: SuffixSource,
) -> CertificateOut:
    """Issue the certificate of a decision: numbered in the year of the decision, valid from that day."""
    number, ordinal = await next_number(tx, case.programme, Series.BOARD, decided_on.year, suffix)
    certificate = Certificate(
        id=tx.ids(),
        number=number,
        series=Series.BOARD,
        trainer_id=case.trainer_id,
        module=case.module,
        valid_from=decided_on,
        valid_until=valid_until(decided_on, validity_months),
        case_id=case.id,
    )
    await insert_certificate(
        tx,
        case.programme,
        certificate,
        year=decided_on.year,
        ordinal=ordinal,
        decision_id=decision_id,
        dossier_hash=case.dossier_hash,
    )
    say_certified(tx, case.programme, certificate)
    tx.emit(
        CertificateIssued(
            trainer_id=case.trainer_id,
            module=case.module,
            certificate_number=number,
            case_id=case.id,
            issued_on=decided_on,
        ),
        aggregate_id=case.trainer_id,
        programme=case.programme,
    )
    return certificate_out(case.programme, certificate, trainer_name, as_of=decided_on, dossier_hash=case.dossier_hash)


async def recognise_expert(
    tx: Transaction, programme: str, trainer_id: UUID, body: Recognise, suffix: SuffixSource
) -> RecognitionOut:
    """Recognise an expert certified elsewhere; such people are never counted as trained or certified here."""
    tx.actor.require_programme(programme)
    known = await load_programme(tx.connection, programme)
    modules = sorted(set(body.modules))
    for module in modules:
        known.require_module(module)
    trainer = await lock_own_trainer(tx, programme, trainer_id)
    require_past("valid_from", body.valid_from, tx.now.date())
    require_order("valid_until", body.valid_until or body.valid_from, "valid_from", body.valid_from)
    certificates = await load_certificates(tx.connection, programme, [trainer_id])
    cycles = await load_cycles(tx.connection, programme, trainer_id)
    scheme = await scheme_on(tx.connection, programme, body.valid_from)
    issued: list[CertificateOut] = []
    for module in modules:
        standing = await load_standing(tx, programme, trainer_id, module)
        if not known.first_modules & set(modules):
            require_first_module(
                known,
                trainer_id,
                module,
                body.valid_from,
                standing.state,
                certificates,
                cycles,
                scheme.minimum_completed_enterprises,
            )
        certificate_id = tx.ids()
        await take_step(tx, standing, Step.RECOGNISE, on=body.valid_from, reference=certificate_id)
        number, ordinal = await next_number(tx, programme, Series.RECOGNITION, body.valid_from.year, suffix)
        certificate = Certificate(
            id=certificate_id,
            number=number,
            series=Series.RECOGNITION,
            trainer_id=trainer_id,
            module=module,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            expert_from=body.valid_from,
        )
        await insert_certificate(
            tx, programme, certificate, year=body.valid_from.year, ordinal=ordinal, authority=body.authority
        )
        say_certified(tx, programme, certificate)
        issued.append(
            certificate_out(programme, certificate, trainer.name, as_of=body.valid_from, authority=body.authority)
        )
    return RecognitionOut(id=trainer_id, programme=programme, certificates=issued)


def say_certified(tx: Transaction, programme: str, certificate: Certificate) -> None:
    """Tell the other services what a trainer may do."""
    tx.emit(
        TrainerCertified(
            trainer_id=certificate.trainer_id,
            module=certificate.module,
            certificate_number=certificate.number,
            valid_from=certificate.valid_from,
            valid_until=certificate.valid_until,
            is_expert=certificate.expert_from is not None,
            is_recognised=certificate.is_recognised,
            case_id=certificate.case_id,
            expert_from=certificate.expert_from,
        ),
        aggregate_id=certificate.trainer_id,
        programme=programme,
    )


def certificate_out(
    programme: str,
    certificate: Certificate,
    trainer_name: str,
    *,
    as_of: date,
    dossier_hash: str | None = None,
    authority: str | None = None,
) -> CertificateOut:
    """Return a certificate as an answer, judged on the day `as_of`."""
    return CertificateOut(
        id=certificate.id,
        programme=programme,
        number=certificate.number,
        series=certificate.series,
        trainer_id=certificate.trainer_id,
        trainer_name=trainer_name,
        module=certificate.module,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        expert_from=certificate.expert_from,
        withdrawn_on=certificate.withdrawn_on,
        is_recognised=certificate.is_recognised,
        is_active=certificate.active_on(as_of),
        is_expert=certificate.expert_on(as_of),
        case_id=certificate.case_id,
        dossier_hash=dossier_hash,
        authority=authority,
        as_of=as_of,
    )
