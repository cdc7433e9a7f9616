"""Which costs an agreement over costs pays."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.billing.domain.agreements import AgreementStep
from services.billing.domain.prices import Validity


def suspended_on(steps: Iterable[tuple[AgreementStep, date]], day: date) -> bool:
    """Tell whether an agreement is suspended on a day; `steps` in the order in which they were taken."""
    standing = [
        step for step, on_day in steps if step in (AgreementStep.SUSPENDED, AgreementStep.RESUMED) and on_day <= day
    ]
    return bool(standing) and standing[-1] is AgreementStep.SUSPENDED


@dataclass(frozen=True, slots=True)
class CostTerms:
    """What an agreement pays: costs of its kinds, incurred in its validity while it was not suspended."""

    kinds: frozenset[str]
    validity: Validity
    steps: tuple[tuple[AgreementStep, date], ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cost that may be claimed; minor units. `left`: what no agreement is asked for; `is_claimed`: by this one."""

    cost_id: UUID
    kind: str
    incurred_on: date
    left: int
    is_in_kind: bool
    is_claimed: bool
    is_reversed: bool = False
    by_ilo: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a cost is not paid: the rule, and how the sentence goes on after `cost <id>`."""

    rule: str
    why: str


def refusal(cost: Candidate, terms: CostTerms, asked: int | None) -> Refusal | None:
    """Return why `cost` cannot be claimed with `asked` minor units (None: all that is left), or None when it can."""
    if cost.is_reversed:
        return Refusal("not-reversed", "was taken back")
    if cost.by_ilo:
        return Refusal("paid-by-partner", "was paid by the ILO directly")
    if cost.is_in_kind:
        return Refusal("paid-in-money", "was given in kind: nobody paid it")
    if cost.kind not in terms.kinds:
        return Refusal("eligible-kind", f"is of kind {cost.kind}, which the agreement does not pay")
    if not terms.validity.covers(cost.incurred_on):
        return Refusal("within-validity", f"was incurred on {cost.incurred_on}, outside the validity of the agreement")
    if suspended_on(terms.steps, cost.incurred_on):
        return Refusal("not-suspended", f"was incurred on {cost.incurred_on}, while the agreement was suspended")
    if cost.is_claimed:
        return Refusal("claimed-once", "is claimed under this agreement already")
    if cost.left < max(1, asked or 0):
        return Refusal("within-cost", f"has only {cost.left} minor units left that no agreement is asked for")
    return None
