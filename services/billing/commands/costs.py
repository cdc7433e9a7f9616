"""Recording costs, by hand or from events."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select

from services.billing import ledger
from services.billing.commands.loading import happened, in_currency, need_fact, need_partner, need_programme
from services.billing.domain.costs import DIRECT, OVERHEAD, CostKind, Funding, cost_entry
from services.billing.domain.posting import Dimensions
from services.billing.domain.programme import Programme
from services.billing.errors import CostTraining
from services.billing.ledger import Late
from services.billing.queries.costs import read_cost
from services.billing.queries.scope import AnyRow
from services.billing.schemas.costs import CostOut, RecordCost
from services.billing.tables import cost, training
from shared.database.transaction import Transaction
from shared.events.billing import CostRecorded
from shared.events.vocabulary import Delivery, PayerClass
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Incurred:
    """A cost to be booked; `held` is its training with module, region and delivery, None for overhead."""

    kind: CostKind
    amount: Money
    incurred_on: date
    description: str
    held: AnyRow | None
    in_kind: bool = False
    source_event_id: UUID | None = None


async def record_cost(tx: Transaction, programme: str, command: RecordCost) -> CostOut:
    """Book a cost: direct kinds with a training of the partner, overhead kinds without.

    Raises FactMissing, NotAllowed, CostTraining, WrongCurrency, FutureDate or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    in_currency("amount", command.amount, keeper.currency)
    happened(tx, "incurred_on", command.incurred_on)
    held = await _training_of(tx, programme, command)
    incurred = Incurred(
        command.kind,
        command.amount,
        command.incurred_on,
        command.description,
        held,
        in_kind=command.funding is Funding.IN_KIND,
    )
    cost_id = await book_cost(tx, policy, keeper, incurred)
    return await read_cost(tx.connection, tx.actor, programme, cost_id)


async def _training_of(tx: Transaction, programme: str, command: RecordCost) -> AnyRow | None:
    if command.training_id is None:
        if command.kind not in OVERHEAD:
            raise CostTraining(
                "training_id", "direct-with-training", f"{command.kind} is a direct cost: name its training"
            )
        if command.funding is Funding.IN_KIND:
            raise CostTraining("funding", "in-kind-direct", "only direct costs are valued in kind")
        return None
    if command.kind not in DIRECT:
        raise CostTraining(
            "training_id", "overhead-without-training", f"{command.kind} is overhead: it has no training"
        )
    query = select(training).where(training.c.id == command.training_id, training.c.programme == programme)
    found = await need_fact(tx, query, "training", command.training_id)
    if found.partner_id != command.partner_id:
        raise CostTraining("training_id", "training-of-partner", f"training {found.id} is another partner's")
    return found


async def book_cost(
    tx: Transaction, policy: Programme, keeper: AnyRow, incurred: Incurred, late: Late = Late.REFUSE
) -> UUID:
    """Store and post a cost and say so; returns its id. `keeper` is the partner whose book it is in."""
    cost_id = tx.ids()
    held = incurred.held
    dimensions = Dimensions(
        phase=policy.phase_on(incurred.incurred_on),
        training_id=None if held is None else held.id,
        module=None if held is None else held.module,
        # Overhead has the region of its partner; the national partner's has none.
        region=keeper.region if held is None else held.region,
        delivery=None if held is None else Delivery(held.delivery),
        payer_class=PayerClass.IN_KIND if incurred.in_kind else None,
        cost_kind=incurred.kind.value,
        is_in_kind=incurred.in_kind,
    )
    entry = cost_entry(cost_id, incurred.kind, incurred.amount, incurred.incurred_on, dimensions)
    if entry is None:
        raise ValueError("a cost is never zero")
    posted = await ledger.post(tx, keeper.id, entry, late)
    await tx.connection.execute(
        insert(cost).values(
            id=cost_id,
            programme=policy.code,
            partner_id=keeper.id,
            training_id=dimensions.training_id,
            kind=incurred.kind.value,
            is_direct=held is not None,
            is_in_kind=incurred.in_kind,
            incurred_on=incurred.incurred_on,
            posted_on=posted.effective_on,
            amount_minor=incurred.amount.minor,
            currency=incurred.amount.currency,
            description=incurred.description,
            source_event_id=incurred.source_event_id,
        )
    )
    tx.emit(
        CostRecorded(
            cost_id=cost_id,
            partner_id=keeper.id,
            training_id=dimensions.training_id,
            module=dimensions.module,
            kind=incurred.kind.value,
            is_direct=held is not None,
            is_in_kind=incurred.in_kind,
            incurred_on=incurred.incurred_on,
            amount=incurred.amount,
            description=incurred.description,
        ),
        aggregate_id=cost_id,
        programme=policy.code,
    )
    return cost_id
