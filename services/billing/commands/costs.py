"""Recording costs, by hand or from events."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select

from services.billing import ledger
from services.billing.commands.duplicates import refuse_duplicate
from services.billing.commands.loading import happened, in_currency, need_fact, need_partner, need_programme
from services.billing.domain.costs import DIRECT, OVERHEAD, CostKind, Funding, Valuation, cost_entry
from services.billing.domain.posting import Dimensions
from services.billing.domain.programme import Programme
from services.billing.domain.rates import RateItem
from services.billing.errors import CostGift, CostTraining
from services.billing.ledger import Late
from services.billing.queries.costs import read_cost
from services.billing.queries.scope import AnyRow
from services.billing.schemas.costs import Attachment, CostFields, CostOut, RecordCost
from services.billing.tables import cost, training
from shared.database.transaction import Transaction
from shared.events.billing import CostRecorded
from shared.events.vocabulary import Delivery
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Papers:
    """What proves a cost: whose document, or whose gift and how it was valued."""

    supplier: str | None = None
    reference: str | None = None
    issued_on: date | None = None
    attachments: tuple[Attachment, ...] = ()
    given_by: str | None = None
    valuation: Valuation | None = None
    duplicate_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """The card a cost was booked by: so many units of an item."""

    card_id: UUID
    item: RateItem
    quantity: int


@dataclass(frozen=True, slots=True)
class Incurred:
    """A cost to be booked; `held` is its training with module, region and delivery, None for overhead."""

    kind: CostKind
    amount: Money
    incurred_on: date
    description: str
    held: AnyRow | None
    funding: Funding = Funding.CASH
    source_event_id: UUID | None = None
    rated: Rated | None = None
    papers: Papers = field(default_factory=Papers)
    bill_id: UUID | None = None
    corrects: UUID | None = None


async def record_cost(tx: Transaction, programme: str, command: RecordCost) -> CostOut:
    """Book a cost: direct kinds with a training of the partner, overhead kinds without.

    Raises FactMissing, NotAllowed, CostTraining, CostGift, WrongCurrency, FutureDate, DuplicateCost or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    cost_id = await enter_cost(tx, policy, keeper, command)
    return await read_cost(tx.connection, tx.actor, programme, cost_id)


async def enter_cost(
    tx: Transaction, policy: Programme, keeper: AnyRow, command: CostFields, corrects: UUID | None = None
) -> UUID:
    """Check and book what somebody typed in as a cost of `keeper`; returns its id. Raises as record_cost does."""
    in_currency("amount", command.amount, keeper.currency)
    happened(tx, "incurred_on", command.incurred_on)
    held = await _training_of(tx, policy.code, keeper.id, command)
    _require_giver(command)
    document = command.document
    await refuse_duplicate(
        tx, keeper.id, command.supplier, document.reference, command.amount, command.duplicate_reason
    )
    incurred = Incurred(
        command.kind,
        command.amount,
        command.incurred_on,
        command.description,
        held,
        funding=command.funding,
        papers=Papers(
            supplier=command.supplier,
            reference=document.reference,
            issued_on=document.issued_on,
            attachments=tuple(document.attachments),
            given_by=command.given_by,
            valuation=command.valuation,
            duplicate_reason=command.duplicate_reason,
        ),
        corrects=corrects,
    )
    return await book_cost(tx, policy, keeper, incurred)


async def _training_of(tx: Transaction, programme: str, partner_id: UUID, command: CostFields) -> AnyRow | None:
    if command.training_id is None:
        if command.kind not in OVERHEAD:
            raise CostTraining(
                "training_id", "direct-with-training", f"{command.kind} is a direct cost: name its training"
            )
        if command.funding.in_kind:
            raise CostTraining("funding", "in-kind-direct", "only direct costs are valued in kind")
        return None
    if command.kind not in DIRECT:
        raise CostTraining(
            "training_id", "overhead-without-training", f"{command.kind} is overhead: it has no training"
        )
    return await training_of_partner(tx, programme, partner_id, command.training_id, "training_id")


async def training_of_partner(
    tx: Transaction, programme: str, partner_id: UUID, training_id: UUID, field: str
) -> AnyRow:
    """Return a training that a cost is for; raises FactMissing, or CostTraining for another partner's."""
    query = select(training).where(training.c.id == training_id, training.c.programme == programme)
    found = await need_fact(tx, query, "training", training_id)
    if found.partner_id != partner_id:
        raise CostTraining(field, "training-of-partner", f"training {found.id} is another partner's")
    return found


def _require_giver(command: CostFields) -> None:
    funding = command.funding
    if funding.in_kind and command.given_by is None:
        raise CostGift("given_by", "giver-named", "say who gave it")
    if funding.in_kind and command.valuation is None:
        raise CostGift("valuation", "value-explained", "say what its value rests on")
    if not funding.in_kind and command.valuation is not None:
        raise CostGift("valuation", "only-in-kind", "what was paid in money is not valued")
    if funding is Funding.CASH and command.given_by is not None:
        raise CostGift("given_by", "only-given", "what the partner has to pay is nobody's gift")


async def book_cost(
    tx: Transaction, policy: Programme, keeper: AnyRow, incurred: Incurred, late: Late = Late.REFUSE
) -> UUID:
    """Store and post a cost and say so; returns its id. `keeper` is the partner whose book it is in."""
    cost_id = tx.ids()
    held, funding = incurred.held, incurred.funding
    dimensions = Dimensions(
        phase=policy.phase_on(incurred.incurred_on),
        training_id=None if held is None else held.id,
        module=None if held is None else held.module,
        # Overhead has the region of its partner; the national partner's has none.
        region=keeper.region if held is None else held.region,
        delivery=None if held is None else Delivery(held.delivery),
        payer_class=funding.payer_class,
        cost_kind=incurred.kind.value,
        is_in_kind=funding.in_kind,
    )
    entry = cost_entry(cost_id, incurred.kind, incurred.amount, incurred.incurred_on, dimensions)
    if entry is None:
        raise ValueError("a cost is never zero")
    posted = await ledger.post(tx, keeper.id, entry, late)
    papers, rated = incurred.papers, incurred.rated
    await tx.connection.execute(
        insert(cost).values(
            id=cost_id,
            programme=policy.code,
            partner_id=keeper.id,
            training_id=dimensions.training_id,
            kind=incurred.kind.value,
            is_direct=held is not None,
            is_in_kind=funding.in_kind,
            by_ilo=funding.by_ilo,
            incurred_on=incurred.incurred_on,
            posted_on=posted.effective_on,
            amount_minor=incurred.amount.minor,
            currency=incurred.amount.currency,
            description=incurred.description,
            source_event_id=incurred.source_event_id,
            supplier=papers.supplier,
            document_reference=papers.reference,
            document_on=papers.issued_on,
            attachments=[attachment.model_dump() for attachment in papers.attachments],
            given_by=papers.given_by,
            valuation=None if papers.valuation is None else papers.valuation.value,
            duplicate_reason=papers.duplicate_reason,
            bill_id=incurred.bill_id,
            corrects=incurred.corrects,
            card_id=None if rated is None else rated.card_id,
            item=None if rated is None else rated.item.value,
            quantity=None if rated is None else rated.quantity,
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
            is_in_kind=funding.in_kind,
            by_ilo=funding.by_ilo,
            incurred_on=incurred.incurred_on,
            amount=incurred.amount,
            description=incurred.description,
        ),
        aggregate_id=cost_id,
        programme=policy.code,
    )
    return cost_id
