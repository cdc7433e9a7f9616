"""Subsidy agreements."""

from uuid import UUID

from sqlalchemy import insert, select, update

from services.billing.commands.loading import (
    happened,
    in_currency,
    need_partner,
    need_programme,
    not_before,
    one,
)
from services.billing.domain.agreements import Terms, excess
from services.billing.domain.prices import Validity
from services.billing.domain.programme import Programme
from services.billing.errors import AgreementPartner, SharesExceedPrice, UnknownCode
from services.billing.queries.agreements import read_agreement
from services.billing.schemas.agreements import AgreementOut, CloseAgreement, SignAgreement
from services.billing.schemas.fields import basis_points, percent_text
from services.billing.tables import agreement, agreement_share
from services.billing.tables import programme as programme_table
from shared.database.transaction import Transaction
from shared.errors import Conflict, NotFound, RefusedTransition
from shared.events.vocabulary import PayerClass


async def sign_agreement(tx: Transaction, programme: str, command: SignAgreement) -> AgreementOut:
    """Record an agreement; it pays its part of enrollments from its first day on.

    Raises FactMissing, UnknownCode, WrongCurrency, DateOrder, AgreementPartner, SharesExceedPrice or Conflict (code
    taken).
    """
    policy = await need_programme(tx, programme)
    _require_codes(policy, command)
    in_currency("ceiling", command.ceiling, policy.currency)
    if command.valid_to is not None:
        not_before("valid_to", command.valid_to, command.valid_from, "valid_from")
    if command.partner_id is not None:
        await need_partner(tx, programme, command.partner_id)
    elif command.payer_class == PayerClass.PARTNER.value:
        raise AgreementPartner("own funds are those of one partner: name it")
    # One agreement at a time, so that two do not promise the same part of the price.
    await tx.connection.execute(
        select(programme_table.c.programme)
        .where(programme_table.c.programme == programme)
        .with_for_update(key_share=True)
    )
    taken = await one(
        tx, select(agreement.c.id).where(agreement.c.programme == programme, agreement.c.code == command.code)
    )
    if taken is not None:
        raise Conflict(f"agreement {command.code} exists: {taken.id}", field="code", rule="unique")
    shares = {share.size_class: basis_points(share.share_pct) for share in command.shares}
    new = Terms(
        PayerClass(command.payer_class), command.partner_id, Validity(command.valid_from, command.valid_to), shares
    )
    too_much = excess(await _existing(tx, programme), new)
    if too_much is not None:
        raise SharesExceedPrice(too_much.size_class, too_much.day, percent_text(too_much.total))
    agreement_id = tx.ids()
    await tx.connection.execute(
        insert(agreement).values(
            id=agreement_id,
            programme=programme,
            code=command.code,
            payer_class=command.payer_class,
            payer_name=command.payer_name,
            partner_id=command.partner_id,
            ceiling_minor=command.ceiling.minor,
            currency=command.ceiling.currency,
            valid_from=command.valid_from,
            valid_to=command.valid_to,
            state="active",
        )
    )
    await tx.connection.execute(
        insert(agreement_share).values(
            [
                {"agreement_id": agreement_id, "programme": programme, "size_class": code, "share_bp": points}
                for code, points in shares.items()
            ]
        )
    )
    return await read_agreement(tx.connection, tx.actor, programme, agreement_id)


def _require_codes(policy: Programme, command: SignAgreement) -> None:
    for share in command.shares:
        if share.size_class not in policy.size_classes:
            raise UnknownCode("shares", share.size_class, "size class")


async def _existing(tx: Transaction, programme: str) -> list[Terms]:
    shares: dict[UUID, dict[str, int]] = {}
    for row in await tx.connection.execute(select(agreement_share).where(agreement_share.c.programme == programme)):
        shares.setdefault(row.agreement_id, {})[row.size_class] = row.share_bp
    terms = []
    for row in await tx.connection.execute(select(agreement).where(agreement.c.programme == programme)):
        last_days = [day for day in (row.valid_to, row.closed_on) if day is not None]
        validity = Validity(row.valid_from, min(last_days, default=None))
        terms.append(Terms(PayerClass(row.payer_class), row.partner_id, validity, shares[row.id]))
    return terms


async def close_agreement(tx: Transaction, programme: str, agreement_id: UUID, command: CloseAgreement) -> AgreementOut:
    """Give an agreement its last day; what was promised until then stays, and claims go on.

    Raises NotFound, RefusedTransition or DateOrder.
    """
    row = await one(
        tx,
        select(agreement).where(agreement.c.id == agreement_id, agreement.c.programme == programme).with_for_update(),
    )
    if row is None:
        raise NotFound("agreement", agreement_id, field="id")
    if row.state != "active":
        raise RefusedTransition("agreement", agreement_id, row.state, "close", ())
    happened(tx, "closed_on", command.closed_on)
    not_before("closed_on", command.closed_on, row.valid_from, "the first day of the agreement")
    await tx.connection.execute(
        update(agreement)
        .where(agreement.c.id == agreement_id)
        .values(state="closed", closed_on=command.closed_on, close_reason=command.reason)
    )
    return await read_agreement(tx.connection, tx.actor, programme, agreement_id)
