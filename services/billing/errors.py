"""What billing refuses, as sentences that name the field and the rule."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from shared.errors import Conflict, FieldError, ScorebookError
from shared.money import Money


class FutureDate(ScorebookError):
    """A fact that has happened cannot lie in the future."""

    code = "future-date"
    title = "The date lies in the future"

    def __init__(self, field: str, day: date, today: date) -> None:
        super().__init__(f"{field} {day} is after today, {today}", field=field, rule="not-in-the-future")


class DateOrder(ScorebookError):
    """Two dates are in the wrong order."""

    code = "date-order"
    title = "The dates are in the wrong order"

    def __init__(self, field: str, day: date, earliest: date, what: str) -> None:
        super().__init__(f"{field} {day} is before {what}, {earliest}", field=field, rule="date-order")


class WrongCurrency(ScorebookError):
    """A book is kept in one currency."""

    code = "wrong-currency"
    title = "The amount is in another currency than the book"

    def __init__(self, field: str, given: str, currency: str) -> None:
        super().__init__(f"{field} is in {given}, the book is kept in {currency}", field=field, rule="book-currency")


class UnknownCode(ScorebookError):
    """A code that the programme's policy does not have."""

    code = "unknown-code"
    title = "The programme has no such code"

    def __init__(self, field: str, given: str, noun: str) -> None:
        super().__init__(f"the programme has no {noun} {given}", field=field, rule=f"known-{noun.replace(' ', '-')}")


class PriceOverlap(Conflict):
    """Two prices on one day."""

    code = "price-overlap"

    def __init__(self, module: str, other: UUID) -> None:
        super().__init__(
            f"module {module} has a price on some of these days already: {other}", field="valid_from", rule="no-overlap"
        )


class SharesExceedPrice(ScorebookError):
    """Agreements promise more than the whole price."""

    code = "shares-exceed-price"
    title = "Agreements would pay more than the price"

    def __init__(self, size_class: str, day: date, percent: str) -> None:
        super().__init__(
            f"agreements would pay {percent} % for size class {size_class} from {day}",
            field="shares",
            rule="at-most-100-percent",
        )


class AgreementPartner(ScorebookError):
    """Own funds are those of one partner."""

    code = "agreement-partner"
    title = "The agreement does not fit the partner"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, field="partner_id", rule="agreement-partner")


class NoPrice(ScorebookError):
    """Nothing can be billed without a price."""

    code = "no-price"
    title = "There is no price"

    def __init__(self, module: str, day: date) -> None:
        super().__init__(f"the partner has no price for module {module} on {day}", field="enrollment_id", rule="priced")


class AlreadyBilled(Conflict):
    """An enrollment is billed by one invoice at a time."""

    code = "already-billed"

    def __init__(self, enrollment_id: UUID, invoice_id: UUID) -> None:
        super().__init__(
            f"enrollment {enrollment_id} is billed by invoice {invoice_id}", field="enrollment_id", rule="one-invoice"
        )


class NotEnrolled(Conflict):
    """An enterprise that withdrew owes nothing new."""

    code = "not-enrolled"

    def __init__(self, enrollment_id: UUID, withdrawn_on: date) -> None:
        super().__init__(
            f"enrollment {enrollment_id} was withdrawn on {withdrawn_on}", field="enrollment_id", rule="still-enrolled"
        )


class StillApplied(Conflict):
    """What was paid or claimed cannot be credited as a whole."""

    code = "still-applied"

    def __init__(self, invoice_id: UUID, by: str) -> None:
        super().__init__(f"invoice {invoice_id} cannot be credited: {by}", field="invoice_id", rule="not-applied")


class ExceedsPayment(ScorebookError):
    """More than is left of a payment."""

    code = "exceeds-payment"
    title = "The payment has less left"

    def __init__(self, amount: Money, left: Money) -> None:
        super().__init__(f"{amount} is more than the {left} left of the payment", field="amount", rule="within-payment")


class ExceedsOpenAmount(ScorebookError):
    """More than is owed."""

    code = "exceeds-open-amount"
    title = "Less is owed"

    def __init__(self, amount: Money, left: Money, field: str) -> None:
        super().__init__(f"{amount} is more than the {left} that is open", field=field, rule="within-open-amount")


class WrongTarget(ScorebookError):
    """A payer pays its own debts."""

    code = "wrong-target"
    title = "The payment is not for this"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail, field=field, rule="payer-owes-this")


class NothingToClaim(ScorebookError):
    """No share of the agreement is left to claim."""

    code = "nothing-to-claim"
    title = "There is nothing to claim"

    def __init__(self, field: str, identifier: UUID) -> None:
        super().__init__(
            f"{field} names {identifier}, where this agreement has no issued and unclaimed share",
            field=field,
            rule="claimed-once",
        )


class ExceedsClaim(ScorebookError):
    """A funder approves at most what was asked."""

    code = "exceeds-claim"
    title = "More than was claimed"

    def __init__(self, amount: Money, submitted: Money) -> None:
        super().__init__(f"{amount} is more than the {submitted} submitted", field="amount", rule="at-most-submitted")


class ExceedsCeiling(ScorebookError):
    """An agreement pays at most its ceiling."""

    code = "exceeds-ceiling"
    title = "The agreement has less left"

    def __init__(self, field: str, amount: Money, left: Money, code: str) -> None:
        super().__init__(
            f"{amount} is more than the {left} left of the ceiling of agreement {code}",
            field=field,
            rule="within-ceiling",
        )


class CeilingCommitted(ScorebookError):
    """A ceiling is not lowered under what is promised."""

    code = "ceiling-committed"
    title = "More is committed already"

    def __init__(self, ceiling: Money, committed: Money) -> None:
        super().__init__(
            f"{ceiling} is less than the {committed} that is committed", field="ceiling", rule="not-under-committed"
        )


class ValidityShortened(ScorebookError):
    """An amendment extends an agreement; what ends it early is its closing."""

    code = "validity-shortened"
    title = "An amendment only extends"

    def __init__(self, valid_to: date, current: date | None) -> None:
        until = "without an end" if current is None else f"until {current}"
        super().__init__(
            f"the agreement is valid {until}: {valid_to} would shorten it", field="valid_to", rule="only-extended"
        )


class AgreementNotActive(Conflict):
    """An agreement that was never active pays for nothing."""

    code = "agreement-not-active"

    def __init__(self, code: str, state: str) -> None:
        super().__init__(f"agreement {code} is {state}: nothing is claimed", field="agreement_id", rule="active")


class CostNotEligible(ScorebookError):
    """A cost that an agreement does not pay."""

    code = "cost-not-eligible"
    title = "The agreement does not pay this cost"

    def __init__(self, rule: str, cost_id: UUID, why: str) -> None:
        super().__init__(f"cost {cost_id} {why}", field="costs", rule=rule)


class EvidenceLacking(ScorebookError):
    """The agreement wants evidence for every item, and some have none."""

    code = "evidence-lacking"
    title = "Items lack evidence"

    def __init__(self, lacking: Sequence[tuple[str, str]]) -> None:
        super().__init__(f"{len(lacking)} items lack evidence that the agreement requires")
        self.errors = tuple(FieldError("items", "requires-evidence", f"{item} lacks {what}") for item, what in lacking)


class WrongPledge(ScorebookError):
    """A pledge is taken up by an agreement of the same funder class and partner."""

    code = "wrong-pledge"
    title = "The agreement is not for this pledge"

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail, field="agreement_id", rule=rule)


class ExceedsPledge(ScorebookError):
    """More than is left of a pledge."""

    code = "exceeds-pledge"
    title = "The pledge has less left"

    def __init__(self, amount: Money, left: Money) -> None:
        super().__init__(f"{amount} is more than the {left} left of the pledge", field="amount", rule="within-pledge")


class CostTraining(ScorebookError):
    """Direct costs belong to a training, overhead to none."""

    code = "cost-training"
    title = "Kind of cost and training do not fit"

    def __init__(self, field: str, rule: str, detail: str) -> None:
        super().__init__(detail, field=field, rule=rule)


class LedgerRefusal(ScorebookError):
    """The ledger refused an entry that a document asked for."""

    code = "ledger-refusal"
    status = 409
    title = "The ledger does not allow this entry"


class PeriodClosed(LedgerRefusal):
    """No entry enters a closed period."""

    code = "period-closed"
    title = "The accounting period is closed"


class PeriodNotReady(LedgerRefusal):
    """A period is closed in its turn, with nothing in suspense."""

    code = "period-not-ready"
    title = "The period cannot be closed yet"


class SecondPersonNeeded(LedgerRefusal):
    """What one person asks for, another one allows."""

    code = "second-person-needed"
    title = "Another person has to do this"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, field="authorization", rule="two-persons")


class ControlAccount(ScorebookError):
    """Accounts that documents keep are not posted to by hand."""

    code = "control-account"
    title = "The account is kept by documents"

    def __init__(self, account: str) -> None:
        super().__init__(
            f"account {account} follows from documents and costs; use the document's own command",
            field="lines",
            rule="not-a-control-account",
        )


class UnbalancedJournal(ScorebookError):
    """Debits and credits of an entry are equal."""

    code = "unbalanced-journal"
    title = "Debits and credits differ"

    def __init__(self, difference: Money) -> None:
        super().__init__(f"the lines are off by {difference}", field="lines", rule="sum-zero")


class WrongWorth(ScorebookError):
    """An amount in another currency, and no other, says what it is worth in the book's."""

    code = "wrong-worth"
    title = "What an amount is worth is said for other currencies only"

    def __init__(self, account: str, currency: str, functional: str) -> None:
        super().__init__(
            f"the line on {account} is in {currency}: `worth` says what another currency is in {functional}",
            field="lines",
            rule="worth",
        )


class YearNotReady(LedgerRefusal):
    """A year is closed once, when only its last period is left."""

    code = "year-not-ready"
    title = "The year cannot be closed yet"

    def __init__(self, detail: str, rule: str) -> None:
        super().__init__(detail, field="fiscal_year", rule=rule)


class NothingToClose(ScorebookError):
    """A year without result."""

    code = "nothing-to-close"
    title = "There is no result to close"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"no income or expense account has a balance at the end of {year}", field="fiscal_year", rule="has-result"
        )


class CurrencyChanged(ScorebookError):
    """Books are open in the first currency; a programme does not change it."""

    code = "currency-changed"
    title = "The programme's currency changed"

    def __init__(self, programme: str, before: str, after: str) -> None:
        super().__init__(f"programme {programme} is kept in {before} and now says {after}", field="currency")
