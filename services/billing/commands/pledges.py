"""Recording pledges, and what becomes of them; none of it books anything."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, insert, select, update

from services.billing.commands.agreement_record import lock_agreement
from services.billing.commands.loading import happened, in_currency, need_partner, need_programme, not_before, one
from services.billing.domain.pledges import ALLOWED, PledgeState, pledge_state
from services.billing.errors import (
    AgreementNotActive,
    AgreementPartner,
    ExceedsCeiling,
    ExceedsPledge,
    WrongPledge,
)
from services.billing.queries.pledges import read_pledge
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.pledges import ContractPledge, LapsePledge, PledgeOut, RecordPledge, WithdrawPledge
from services.billing.tables import pledge, pledge_contract
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition
from shared.events.billing import PledgeContracted, PledgeEnded, PledgeRecorded
from shared.events.vocabulary import PayerClass


async def record_pledge(tx: Transaction, programme: str, command: RecordPledge) -> PledgeOut:
    """Record what a funder promised; it is cash nowhere and on no basis of cost recovery.

    Raises FactMissing, NotAllowed, AgreementPartner, FutureDate or DateOrder.
    """
    await need_programme(tx, programme)
    if command.partner_id is not None:
        await need_partner(tx, programme, command.partner_id)
    elif command.payer_class == PayerClass.PARTNER.value:
        raise AgreementPartner("own funds are those of one partner: name it")
    happened(tx, "pledged_on", command.pledged_on)
    if command.expected_by is not None:
        not_before("expected_by", command.expected_by, command.pledged_on, "the day of the pledge")
    pledge_id = tx.ids()
    await tx.connection.execute(
        insert(pledge).values(
            id=pledge_id,
            programme=programme,
            partner_id=command.partner_id,
            funder=command.funder,
            payer_class=command.payer_class,
            amount_minor=command.amount.minor,
            currency=command.amount.currency,
            pledged_on=command.pledged_on,
            source_document=command.source_document,
            expected_by=command.expected_by,
        )
    )
    tx.emit(
        PledgeRecorded(
            pledge_id=pledge_id,
            partner_id=command.partner_id,
            funder=command.funder,
            payer_class=PayerClass(command.payer_class),
            amount=command.amount,
            pledged_on=command.pledged_on,
            expected_by=command.expected_by,
            source_document=command.source_document,
        ),
        aggregate_id=pledge_id,
        programme=programme,
    )
    return await read_pledge(tx.connection, tx.actor, programme, pledge_id)


async def _lock_pledge(tx: Transaction, programme: str, pledge_id: UUID, action: str) -> tuple[AnyRow, int]:
    """Lock a pledge for a step; returns it with what is left of it, minor units."""
    row = await one(
        tx, select(pledge).where(pledge.c.id == pledge_id, pledge.c.programme == programme).with_for_update()
    )
    if row is None:
        raise NotFound("pledge", pledge_id, field="id")
    taken = int(await _sum(tx, pledge_contract.c.pledge_id == pledge_id))
    state = pledge_state(row.amount_minor, taken, row.end_kind)
    if action not in ALLOWED[state]:
        raise RefusedTransition("pledge", pledge_id, state.value, action, ALLOWED[state])
    return row, row.amount_minor - taken


async def _sum(tx: Transaction, condition: object) -> int:
    query = select(func.coalesce(func.sum(pledge_contract.c.amount_minor), 0)).where(condition)  # type: ignore[arg-type]
    return int((await tx.connection.execute(query)).scalar_one())


async def contract_pledge(tx: Transaction, programme: str, pledge_id: UUID, command: ContractPledge) -> PledgeOut:
    """Let an agreement take up a pledge or a part of it; from then on that part is counted with the agreement alone.

    Raises NotFound, RefusedTransition, AgreementNotActive, WrongPledge, WrongCurrency, ExceedsPledge, ExceedsCeiling,
    FutureDate or DateOrder.
    """
    row, left = await _lock_pledge(tx, programme, pledge_id, "contract")
    deal = await lock_agreement(tx, programme, command.agreement_id, "agreement_id")
    if deal.activated_on is None:
        raise AgreementNotActive(deal.code, deal.state)
    if deal.payer_class != row.payer_class:
        raise WrongPledge("same-class", f"agreement {deal.code} is of class {deal.payer_class}, not {row.payer_class}")
    if row.partner_id is not None and deal.partner_id != row.partner_id:
        raise WrongPledge("same-partner", f"agreement {deal.code} is not for the partner of the pledge")
    if await one(
        tx,
        select(pledge_contract.c.id).where(
            pledge_contract.c.pledge_id == pledge_id, pledge_contract.c.agreement_id == deal.id
        ),
    ):
        raise WrongPledge("named-once", f"agreement {deal.code} took up a part of this pledge already")
    in_currency("amount", command.amount, row.currency)
    happened(tx, "contracted_on", command.contracted_on)
    not_before("contracted_on", command.contracted_on, row.pledged_on, "the day of the pledge")
    if command.amount.minor > left:
        raise ExceedsPledge(command.amount, money(left, row.currency))
    if deal.currency == row.currency:
        free = deal.ceiling_minor - await _sum(tx, pledge_contract.c.agreement_id == deal.id)
        if command.amount.minor > free:
            raise ExceedsCeiling("amount", command.amount, money(free, row.currency), deal.code)
    await tx.connection.execute(
        insert(pledge_contract).values(
            id=tx.ids(),
            programme=programme,
            pledge_id=pledge_id,
            agreement_id=deal.id,
            amount_minor=command.amount.minor,
            contracted_on=command.contracted_on,
        )
    )
    tx.emit(
        PledgeContracted(
            pledge_id=pledge_id,
            agreement_id=deal.id,
            amount=command.amount,
            left=money(left - command.amount.minor, row.currency),
            contracted_on=command.contracted_on,
        ),
        aggregate_id=pledge_id,
        programme=programme,
    )
    return await read_pledge(tx.connection, tx.actor, programme, pledge_id)


async def lapse_pledge(tx: Transaction, programme: str, pledge_id: UUID, command: LapsePledge) -> PledgeOut:
    """Give up what is left of a pledge. Raises NotFound, RefusedTransition, FutureDate or DateOrder."""
    row, left = await _lock_pledge(tx, programme, pledge_id, "lapse")
    return await _end(tx, row, left, PledgeState.LAPSED, "lapsed_on", command.lapsed_on, command.reason)


async def withdraw_pledge(tx: Transaction, programme: str, pledge_id: UUID, command: WithdrawPledge) -> PledgeOut:
    """Record that the funder took back what is left. Raises NotFound, RefusedTransition, FutureDate or DateOrder."""
    row, left = await _lock_pledge(tx, programme, pledge_id, "withdraw")
    return await _end(tx, row, left, PledgeState.WITHDRAWN, "withdrawn_on", command.withdrawn_on, command.reason)


async def _end(
    tx: Transaction, row: AnyRow, left: int, outcome: PledgeState, field: str, on: date, reason: str
) -> PledgeOut:
    happened(tx, field, on)
    not_before(field, on, row.pledged_on, "the day of the pledge")
    await tx.connection.execute(
        update(pledge).where(pledge.c.id == row.id).values(ended_on=on, end_kind=outcome.value, end_reason=reason)
    )
    tx.emit(
        PledgeEnded(
            pledge_id=row.id, outcome=outcome.value, amount=money(left, row.currency), ended_on=on, reason=reason
        ),
        aggregate_id=row.id,
        programme=row.programme,
    )
    return await read_pledge(tx.connection, tx.actor, row.programme, row.id)
