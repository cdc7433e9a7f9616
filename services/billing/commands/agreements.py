"""Signing subsidy agreements; what happens to one later is in `agreement_steps.py`."""

from uuid import UUID

from sqlalchemy import insert, select

from services.billing.commands.agreement_record import hold_agreements, note_step, require_within_price
from services.billing.commands.loading import (
    in_currency,
    need_partner,
    need_programme,
    not_before,
    one,
)
from services.billing.domain.agreements import AgreementState, AgreementStep, Terms
from services.billing.domain.prices import Validity
from services.billing.domain.programme import Programme
from services.billing.errors import AgreementPartner, UnknownCode
from services.billing.queries.agreements import read_agreement
from services.billing.schemas.agreements import AgreementOut, AgreementShare, SignAgreement
from services.billing.schemas.fields import basis_points
from services.billing.tables import agreement, agreement_share
from shared.database.transaction import Transaction
from shared.errors import Conflict
from shared.events.vocabulary import PayerClass


async def sign_agreement(tx: Transaction, programme: str, command: SignAgreement) -> AgreementOut:
    """Record an agreement; it pays its part of enrollments, or costs, from its first day on unless it is a draft.

    Raises FactMissing, UnknownCode, WrongCurrency, DateOrder, AgreementPartner, SharesExceedPrice or Conflict (code
    taken).
    """
    policy = await need_programme(tx, programme)
    shares = command.shares or []
    _require_codes(policy, shares)
    in_currency("ceiling", command.ceiling, policy.currency)
    for share in shares:
        if share.amount is not None:
            in_currency("shares", share.amount, policy.currency)
    if command.valid_to is not None:
        not_before("valid_to", command.valid_to, command.valid_from, "valid_from")
    if command.partner_id is not None:
        await need_partner(tx, programme, command.partner_id)
    elif command.payer_class == PayerClass.PARTNER.value:
        raise AgreementPartner("own funds are those of one partner: name it")
    await hold_agreements(tx, programme)
    taken = await one(
        tx, select(agreement.c.id).where(agreement.c.programme == programme, agreement.c.code == command.code)
    )
    if taken is not None:
        raise Conflict(f"agreement {command.code} exists: {taken.id}", field="code", rule="unique")
    parts = {share.size_class: basis_points(share.share_pct) for share in shares if share.share_pct is not None}
    active = command.state == AgreementState.ACTIVE.value
    if active:
        validity = Validity(command.valid_from, command.valid_to)
        await require_within_price(
            tx, programme, Terms(PayerClass(command.payer_class), command.partner_id, validity, parts), None
        )
    agreement_id = tx.ids()
    await tx.connection.execute(
        insert(agreement).values(
            id=agreement_id,
            programme=programme,
            code=command.code,
            payer_class=command.payer_class,
            payer_name=command.payer_name,
            partner_id=command.partner_id,
            funds=command.funds.value,
            cost_kinds=[kind.value for kind in command.cost_kinds or ()],
            requires_evidence=[each.value for each in command.requires_evidence],
            ceiling_minor=command.ceiling.minor,
            currency=command.ceiling.currency,
            valid_from=command.valid_from,
            valid_to=command.valid_to,
            state=command.state,
            activated_on=command.valid_from if active else None,
            document_reference=command.document_reference,
            reporting_dates=command.reporting_dates,
        )
    )
    if shares:
        await tx.connection.execute(insert(agreement_share).values([_row(programme, agreement_id, s) for s in shares]))
    if active:
        await note_step(tx, agreement_id, AgreementStep.ACTIVATED, command.valid_from, None)
    return await read_agreement(tx.connection, tx.actor, programme, agreement_id)


def _row(programme: str, agreement_id: UUID, share: AgreementShare) -> dict[str, object]:
    return {
        "agreement_id": agreement_id,
        "programme": programme,
        "size_class": share.size_class,
        "share_bp": None if share.share_pct is None else basis_points(share.share_pct),
        "fixed_minor": None if share.amount is None else share.amount.minor,
    }


def _require_codes(policy: Programme, shares: list[AgreementShare]) -> None:
    for share in shares:
        if share.size_class not in policy.size_classes:
            raise UnknownCode("shares", share.size_class, "size class")
