"""Many costs at once, each booked or refused by itself; and one bill over several trainings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, insert, select

from services.billing.commands.costs import Incurred, Papers, book_cost, enter_cost, training_of_partner
from services.billing.commands.duplicates import refuse_duplicate
from services.billing.commands.loading import happened, in_currency, need_partner, need_programme
from services.billing.domain.bills import NothingBorne, SplitBy, divide
from services.billing.domain.costs import DIRECT
from services.billing.domain.programme import Programme
from services.billing.errors import BearsNothing, CostTraining
from services.billing.queries.costs import read_bill
from services.billing.queries.scope import AnyRow
from services.billing.schemas.costs import (
    BillOut,
    CostFields,
    CostsRecorded,
    RecordBill,
    RecordCosts,
    RowError,
    RowOut,
)
from services.billing.tables import cost_bill, enrollment
from shared.database.transaction import Transaction
from shared.errors import ScorebookError


async def record_costs(tx: Transaction, programme: str, command: RecordCosts) -> CostsRecorded:
    """Book every row that can be booked and say of each other one what is wrong with it.

    A row that is refused leaves nothing behind. Raises FactMissing or NotAllowed for programme and partner.
    """
    policy = await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    rows = [await _row(tx, policy, keeper, number, row) for number, row in enumerate(command.rows, start=1)]
    booked = sum(row.cost_id is not None for row in rows)
    return CostsRecorded(
        id=tx.ids(),
        programme=programme,
        partner_id=keeper.id,
        booked=booked,
        refused=len(rows) - booked,
        rows=rows,
    )


async def _row(tx: Transaction, policy: Programme, keeper: AnyRow, number: int, row: dict[str, Any]) -> RowOut:
    said = len(tx.pending)
    try:
        fields = CostFields.model_validate(row)
        async with tx.connection.begin_nested():
            return RowOut(row=number, cost_id=await enter_cost(tx, policy, keeper, fields), errors=[])
    except ValidationError as error:
        wrong = [
            RowError(
                field=".".join(str(part) for part in one["loc"]) or "row",
                rule=str(one["type"]).replace("_", "-"),
                message=one["msg"],
            )
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        ]
    except ScorebookError as error:
        del tx.pending[said:]
        wrong = [RowError(field=each.field, rule=each.rule, message=each.message) for each in error.errors]
    return RowOut(row=number, cost_id=None, errors=wrong)


async def record_bill(tx: Transaction, programme: str, command: RecordBill) -> BillOut:
    """Book one bill as a cost of each training it is for; the parts sum exactly to it.

    Raises FactMissing, NotAllowed, CostTraining, BearsNothing, WrongCurrency, FutureDate, DuplicateCost or
    PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    in_currency("amount", command.amount, keeper.currency)
    happened(tx, "incurred_on", command.incurred_on)
    if command.kind not in DIRECT:
        raise CostTraining("kind", "overhead-without-training", f"{command.kind} is overhead: it has no training")
    held = [
        await training_of_partner(tx, programme, keeper.id, share.training_id, f"trainings.{place}.training_id")
        for place, share in enumerate(command.trainings)
    ]
    document = command.document
    await refuse_duplicate(
        tx, keeper.id, command.supplier, document.reference, command.amount, command.duplicate_reason
    )
    try:
        parts = divide(command.amount, await _weights(tx, command, held))
    except NothingBorne as nothing:
        raise BearsNothing(nothing.place, command.trainings[nothing.place].training_id) from nothing
    bill_id = tx.ids()
    await tx.connection.execute(
        insert(cost_bill).values(
            id=bill_id,
            programme=programme,
            partner_id=keeper.id,
            kind=command.kind.value,
            incurred_on=command.incurred_on,
            amount_minor=command.amount.minor,
            currency=command.amount.currency,
            description=command.description,
            supplier=command.supplier,
            document_reference=document.reference,
            document_on=document.issued_on,
            split_by=command.split_by.value,
            duplicate_reason=command.duplicate_reason,
        )
    )
    papers = Papers(
        supplier=command.supplier,
        reference=document.reference,
        issued_on=document.issued_on,
        attachments=tuple(document.attachments),
        duplicate_reason=command.duplicate_reason,
    )
    for training, part in zip(held, parts, strict=True):
        incurred = Incurred(
            command.kind,
            part,
            command.incurred_on,
            command.description,
            training,
            papers=papers,
            bill_id=bill_id,
        )
        await book_cost(tx, policy, keeper, incurred)
    return await read_bill(tx.connection, tx.actor, programme, bill_id)


async def _weights(tx: Transaction, command: RecordBill, held: Sequence[AnyRow]) -> list[int]:
    if command.split_by is SplitBy.EQUALLY:
        return [1] * len(held)
    if command.split_by is SplitBy.WEIGHTS:
        return [share.weight or 0 for share in command.trainings]
    if command.split_by is SplitBy.DAYS:
        return [(training.ends_on - training.starts_on).days + 1 for training in held]
    enrolled = await tx.connection.execute(
        select(enrollment.c.training_id, func.count().label("enterprises"))
        .where(enrollment.c.training_id.in_([training.id for training in held]), enrollment.c.withdrawn_on.is_(None))
        .group_by(enrollment.c.training_id)
    )
    counts: dict[UUID, int] = {row.training_id: row.enterprises for row in enrolled}
    return [counts.get(training.id, 0) for training in held]
