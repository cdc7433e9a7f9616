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


class ExceedsCreditable(ScorebookError):
    """A credit note takes off at most what was issued and is not credited or written off."""

    code = "exceeds-creditable"
    title = "Less can be credited"

    def __init__(self, amount: Money, creditable: Money) -> None:
        super().__init__(
            f"{amount} is more than the {creditable} that can still be credited", field="amount", rule="creditable"
        )


class NotOfInvoice(ScorebookError):
    """A credit note names shares of its own invoice."""

    code = "not-of-invoice"
    title = "The share belongs to another invoice"

    def __init__(self, field: str, share_id: UUID, invoice_id: UUID) -> None:
        super().__init__(f"{share_id} is no share of invoice {invoice_id}", field=field, rule="own-share")


class ExceedsCredit(ScorebookError):
    """More than is left of what a credit note gave back."""

    code = "exceeds-credit"
    title = "The credit note has less left"

    def __init__(self, amount: Money, left: Money) -> None:
        detail = f"{amount} is more than the {left} left" if amount else "nothing is left"
        super().__init__(f"{detail} of the credit note", field="amount", rule="within-credit")


class NothingOpen(ScorebookError):
    """An offset needs a debt."""

    code = "nothing-open"
    title = "The payer owes less than that"

    def __init__(self, left: Money) -> None:
        super().__init__(f"there is no open debt for {left} of it", field="amount", rule="owed")


class ExceedsPayment(ScorebookError):
    """More than is left of a payment."""

    code = "exceeds-payment"
    title = "The payment has less left"

    def __init__(self, amount: Money, left: Money) -> None:
        super().__init__(f"{amount} is more than the {left} left of the payment", field="amount", rule="within-payment")


class StillRefunded(Conflict):
    """Money that was given back cannot bounce as well."""

    code = "still-refunded"

    def __init__(self, payment_id: UUID, refunded: Money) -> None:
        super().__init__(
            f"{refunded} of payment {payment_id} was refunded: undo that first", field="payment_id", rule="not-refunded"
        )


class OfStatement(Conflict):
    """What a line of a statement made is undone with the line."""

    code = "of-statement"

    def __init__(self, noun: str, identifier: UUID, line_id: UUID) -> None:
        super().__init__(
            f"{noun} {identifier} is bank line {line_id}: undo it there", field=f"{noun}_id", rule="undone-by-its-line"
        )


class WhichBankAccount(ScorebookError):
    """A book with several bank accounts has to be told which one."""

    code = "which-bank-account"
    title = "Name the bank account"

    def __init__(self, currency: str) -> None:
        super().__init__(
            f"the book has several bank accounts in {currency}: name one", field="bank_account_id", rule="one-account"
        )


class WrongBankAccount(ScorebookError):
    """The bank account cannot take this."""

    code = "wrong-bank-account"
    title = "The bank account cannot take this"

    def __init__(self, field: str, rule: str, detail: str) -> None:
        super().__init__(detail, field=field, rule=rule)


class ExceedsOpenAmount(ScorebookError):
    """More than is owed."""

    code = "exceeds-open-amount"
    title = "Less is owed"

    def __init__(self, amount: Money, left: Money, field: str) -> None:
        super().__init__(f"{amount} is more than the {left} that is open", field=field, rule="within-open-amount")


class GivenBack(Conflict):
    """What a credit note gave back is the payer's already."""

    code = "given-back"

    def __init__(self, allocation_id: UUID, invoice_id: UUID) -> None:
        super().__init__(
            f"a credit note on invoice {invoice_id} gave back what allocation {allocation_id} paid: void it first",
            field="id",
            rule="not-given-back",
        )


class WriteOffNeedsAnother(ScorebookError):
    """Who took the money in does not also give up a large rest of it."""

    code = "write-off-needs-another"
    status = 409
    title = "Another person must write this off"

    def __init__(self, amount: Money, limit: Money, share: str, who: str) -> None:
        super().__init__(
            f"{who} recorded a payment of this debt and may write off at most {limit} and {share} % of it; {amount} "
            "needs another person",
            field="amount",
            rule="two-persons",
        )


class AlreadyReversed(Conflict):
    """A write-off is reversed once."""

    code = "already-reversed"

    def __init__(self, write_off_id: UUID, reversed_on: date) -> None:
        super().__init__(f"write-off {write_off_id} was reversed on {reversed_on}", field="id", rule="reversed-once")


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


class ItemChanged(Conflict):
    """A draft asks for what a share was before a credit note."""

    code = "item-changed"

    def __init__(self, share_id: UUID, claimed: Money, left: Money) -> None:
        super().__init__(
            f"share {share_id} is {left} now, the draft asks for {claimed}: revise it", field="items", rule="as-owed"
        )


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


class WindowMismatch(ScorebookError):
    """A window of one kind asked for with what belongs to another, or without what it needs."""

    code = "window-mismatch"
    title = "The window is not complete or not clear"

    def __init__(self, field: str, kind: str, *, needed: bool) -> None:
        said = "needs" if needed else "takes no"
        super().__init__(
            f"a window of kind {kind} {said} {field}", field=field, rule="window-needs" if needed else "window-takes-no"
        )


class ModulesTwice(ScorebookError):
    """Modules are named in one way at a time."""

    code = "modules-twice"
    title = "The modules are named twice"

    def __init__(self, field: str) -> None:
        super().__init__(
            "name at most one of module, modules and module_group", field=field, rule="one-choice-of-modules"
        )


class SeriesTooLong(ScorebookError):
    """A series is shown whole."""

    code = "series-too-long"
    title = "The series has too many months"

    def __init__(self, months: int, most: int) -> None:
        super().__init__(f"the window has {months} months, a series shows {most}", field="from", rule="months")


class RateMissing(ScorebookError):
    """A month's figure cannot be translated without a rate, and none is guessed."""

    code = "rate-missing"
    status = 409
    title = "An exchange rate is missing"

    def __init__(self, month: str, pair: str, source: str) -> None:
        super().__init__(
            f"there is no {source} rate for {pair} in {month}: record one, or name another source, a currency to go "
            "via, or a fixed rate",
            field="currency",
            rule="rate-of-month",
        )


class WrongRate(ScorebookError):
    """A fixed rate is one that was recorded, for these two currencies."""

    code = "wrong-rate"
    title = "The rate does not fit"

    def __init__(self, field: str, detail: str, rule: str) -> None:
        super().__init__(detail, field=field, rule=rule)


class NoSnapshot(Conflict):
    """What a measurement saw is only known where it was kept."""

    code = "no-snapshot"

    def __init__(self, measurement_id: UUID) -> None:
        super().__init__(
            f"measurement {measurement_id} was taken before the state of the ledger was kept with it",
            field="measurement_id",
            rule="snapshot-kept",
        )


class TargetNotMeasurable(ScorebookError):
    """There is no full cost of a module group or of one kind of delivery."""

    code = "target-not-measurable"
    title = "The target cannot be measured"

    def __init__(self, formula: str) -> None:
        super().__init__(
            f"{formula} counts overhead, which is not kept by module or delivery", field="formula", rule="measurable"
        )


class TargetUnchanged(Conflict):
    """A version of a target says something new."""

    code = "target-unchanged"

    def __init__(self, formula: str, phase: str) -> None:
        super().__init__(
            f"the target of {formula} in phase {phase} is that already", field="percent", rule="new-version"
        )


class MalformedCsv(ScorebookError):
    """A table that cannot be read row by row."""

    code = "malformed-csv"
    title = "The CSV cannot be read"

    def __init__(self, detail: str, rule: str) -> None:
        super().__init__(detail, field="csv", rule=rule)


class NoReminderSchedule(ScorebookError):
    """Nobody is reminded before the book says when."""

    code = "no-reminder-schedule"
    title = "There is no reminder schedule"

    def __init__(self, day: date) -> None:
        super().__init__(f"the book has no reminder schedule on {day}", field="run_on", rule="scheduled")


class NotPaused(Conflict):
    """Only what is paused can go on."""

    code = "not-paused"

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(f"reminders of invoice {invoice_id} are not paused", field="invoice_id", rule="paused")


class CostGift(ScorebookError):
    """What was given names who gave it and what its value rests on; what is paid names neither."""

    code = "cost-gift"
    title = "The giver and the valuation do not fit the funding"

    def __init__(self, field: str, rule: str, detail: str) -> None:
        super().__init__(detail, field=field, rule=rule)


class DuplicateCost(Conflict):
    """A supplier's bill is booked once, unless somebody says why not."""

    code = "duplicate-cost"

    def __init__(self, supplier: str, reference: str, amount: Money, other: UUID) -> None:
        super().__init__(
            f"{reference} of {supplier} over {amount} is booked already, as {other}: "
            "say in duplicate_reason why this is another one",
            field="document.reference",
            rule="booked-once",
        )


class BearsNothing(ScorebookError):
    """Each training named for a bill bears some of it."""

    code = "bears-nothing"
    title = "A training would bear nothing of the bill"

    def __init__(self, place: int, training_id: UUID) -> None:
        super().__init__(
            f"training {training_id} would bear nothing of it", field=f"trainings.{place}", rule="bears-some"
        )


class CostHeld(Conflict):
    """A cost that something rests on is not taken back before that."""

    code = "cost-held"

    def __init__(self, cost_id: UUID, by: str) -> None:
        super().__init__(f"cost {cost_id} cannot be reversed: {by}", field="id", rule="not-held")


class NotPayable(ScorebookError):
    """Nobody has to be paid for this."""

    code = "not-payable"
    title = "There is nothing to pay"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail, field=field, rule="payable")


class ExceedsPrepayment(ScorebookError):
    """More than is left of a prepayment."""

    code = "exceeds-prepayment"
    title = "The prepayment has less left"

    def __init__(self, amount: Money, left: Money) -> None:
        super().__init__(
            f"{amount} is more than the {left} left of the prepayment", field="prepayment_id", rule="within-prepayment"
        )


class PrepaymentUsed(Conflict):
    """A prepayment that paid costs is not taken back before those payments are."""

    code = "prepayment-used"

    def __init__(self, prepayment_id: UUID, used: Money) -> None:
        super().__init__(f"{used} of prepayment {prepayment_id} is used up", field="id", rule="unused")


class CardOverlap(Conflict):
    """Two rate cards of one key on one day."""

    code = "rate-card-overlap"

    def __init__(self, item: str, other: UUID) -> None:
        super().__init__(
            f"{item} has such a card on some of these days already: {other}", field="valid_from", rule="no-overlap"
        )


class CardKind(ScorebookError):
    """What is delivered in a training is a direct cost."""

    code = "card-kind"
    title = "A rate card books direct costs"

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind} is overhead: it belongs to no training", field="cost_kind", rule="direct-kind")


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


class BadStatement(ScorebookError):
    """A statement that is refused as a whole; names where in the file, and the rule."""

    code = "bad-statement"
    title = "The bank statement is refused"

    def __init__(self, where: str, rule: str, detail: str) -> None:
        super().__init__(detail, field=where, rule=rule)


class BadRows(ScorebookError):
    """Rows of a statement that break a rule, each by itself."""

    code = "bad-rows"
    title = "Rows of the bank statement are refused"

    def __init__(self, rows: Sequence[FieldError]) -> None:
        super().__init__(f"{len(rows)} rows of the file are refused, so none is imported")
        self.errors = tuple(rows)


class StatementGap(Conflict):
    """A statement begins where the one before it ended, or somebody says why not."""

    code = "statement-gap"

    def __init__(self, account: str, gap: Money) -> None:
        super().__init__(
            f"between the last statement of {account} and this one {gap} are missing: "
            "import what lies between, or say why",
            field="gap_reason",
            rule="follows-the-last",
        )


class BadProfile(ScorebookError):
    """A CSV profile that cannot read any file."""

    code = "bad-profile"
    title = "The CSV profile does not work"

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail, field="profile", rule=rule)


class WrongMatch(ScorebookError):
    """A bank line is not what somebody says it is."""

    code = "wrong-match"
    title = "The bank line does not fit"

    def __init__(self, field: str, rule: str, detail: str) -> None:
        super().__init__(detail, field=field, rule=rule)


class CreditUnsayable(Conflict):
    """A credit note is a tax document: what it takes off carries its tax."""

    code = "credit-unsayable"

    def __init__(self, number: str) -> None:
        super().__init__(
            f"this part of {number} cannot be stated with its tax: credit the enterprise's and the funders' parts in "
            "proportion, or the whole invoice",
            field="parts",
            rule="BR-CO-17",
        )


class EInvoiceImpossible(ScorebookError):
    """EN 16931 cannot say this document as it was frozen; its page can still be printed."""

    code = "einvoice-impossible"
    status = 409
    title = "No e-invoice can be made of this document"

    def __init__(self, number: str, missing: Sequence[FieldError]) -> None:
        named = ", ".join(f"{each.field} ({each.rule})" for each in missing)
        super().__init__(f"document {number} cannot be an e-invoice by EN 16931: {named}")
        self.errors = tuple(missing)


class UnknownTaxCode(ScorebookError):
    """A price names a tax that the programme has entered."""

    code = "unknown-tax-code"
    title = "The programme has no such tax rule"

    def __init__(self, given: str) -> None:
        super().__init__(f"the programme has no tax rule {given}", field="tax_code", rule="known-tax-rule")


class TaxRuleOverlap(Conflict):
    """Two rules of one code on one day."""

    code = "tax-rule-overlap"

    def __init__(self, given: str, other: UUID) -> None:
        super().__init__(
            f"tax {given} has a rule on some of these days already: {other}", field="valid_from", rule="no-overlap"
        )


class NoTaxRule(ScorebookError):
    """An invoice is taxed by the rule of its day."""

    code = "no-tax-rule"
    title = "There is no tax rule for the day"

    def __init__(self, given: str, day: date) -> None:
        super().__init__(f"tax {given} has no rule on {day}", field="issued_on", rule="tax-rule-of-the-day")


class AwaitsCompletion(Conflict):
    """An instalment that is due at completion is not billed before."""

    code = "awaits-completion"

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(
            f"draft {invoice_id} is due at completion, which has not happened", field="invoice_id", rule="completed"
        )


class AlreadyIssued(Conflict):
    """A discount is granted before anything is issued; afterwards it is a credit note."""

    code = "already-issued"

    def __init__(self, enrollment_id: UUID, number: str) -> None:
        super().__init__(
            f"enrollment {enrollment_id} is billed by {number}: credit it first", field="enrollment_id", rule="draft"
        )


class DiscountExists(Conflict):
    """One discount at a time for the same thing."""

    code = "discount-exists"

    def __init__(self, other: UUID, field: str) -> None:
        super().__init__(f"discount {other} is in force for it", field=field, rule="one-discount")


class AboveApprovalLimit(ScorebookError):
    """What is above the book's limit is granted by the programme manager."""

    code = "above-approval-limit"
    status = 403
    title = "Somebody else must grant this"

    def __init__(self, percent: str, limit: str) -> None:
        super().__init__(
            f"{percent} % is above the limit of {limit} %: the programme manager grants it",
            field="kind",
            rule="approval-limit",
        )


class DiscountExceedsPrice(ScorebookError):
    """No more than the price is given up."""

    code = "discount-exceeds-price"
    title = "The discount is more than the price"

    def __init__(self, amount: Money, price: Money) -> None:
        super().__init__(f"{amount} is more than the price, {price}", field="amount", rule="within-price")


class NotVoidable(Conflict):
    """What somebody has answered to is credited, never made void."""

    code = "not-voidable"

    def __init__(self, invoice_id: UUID, why: str, rule: str, field: str = "invoice_id") -> None:
        super().__init__(f"invoice {invoice_id} cannot be void: {why}; credit it instead", field=field, rule=rule)


class BadNumber(ScorebookError):
    """A number that its country or bank would not give."""

    code = "bad-number"
    title = "The number is not valid"

    def __init__(self, field: str, rule: str, why: str) -> None:
        super().__init__(why, field=field, rule=rule)
