"""A small pure-Python ledger that knows the posting rules and nothing of the service: what billing is compared with.

Amounts are minor units, debit positive. Every method either does what is asked and returns True, or changes nothing and
returns False: then the service must refuse too, and leave every balance as it was.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

Account = tuple[str, str, str | None]
"""Book, code, party."""


@dataclass
class Deal:
    """An agreement: hundredths of a per cent by size, ceiling, the one book it pays or None."""

    id: str
    payer_class: str
    shares: dict[str, int]
    ceiling: int
    book: str | None


@dataclass
class Bill:
    """An invoice or a draft; keys of shares, paid, approved: None for the enterprise, else an agreement."""

    id: str
    enrollment: str
    firm: str
    book: str
    first_module: bool
    training: str
    shares: dict[str | None, int]
    state: str = "draft"
    order: int = 0
    due: int = 0
    earned: bool = False
    paid: dict[str | None, int] = field(default_factory=lambda: defaultdict(int))
    claimed_by: dict[str, str] = field(default_factory=dict)
    approved: dict[str, int] = field(default_factory=dict)

    def owed(self, payer: str | None) -> int:
        """Return what a payer still owes of it."""
        whole = self.shares[payer] if payer is None else self.approved.get(payer, 0)
        return whole - self.paid[payer]


@dataclass
class Asked:
    """A claim: the bills it asks for, in the order they are paid."""

    id: str
    deal: str
    book: str
    bills: list[Bill]
    state: str = "submitted"
    decided: int = 0


@dataclass
class Cash:
    """A payment and what is left of it."""

    id: str
    book: str
    payer: str
    is_firm: bool
    left: int


def split(total: int, weights: list[int]) -> list[int]:
    """Split by largest remainder, the earlier first on a tie; written apart from the service's own."""
    ideal = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = [int(each) for each in ideal]
    order = sorted(range(len(weights)), key=lambda place: (parts[place] - ideal[place], place))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


@dataclass
class Oracle:
    """The whole of it."""

    prices: dict[tuple[str, str], int] = field(default_factory=dict)
    deals: dict[str, Deal] = field(default_factory=dict)
    bills: dict[str, Bill] = field(default_factory=dict)
    claims: dict[str, Asked] = field(default_factory=dict)
    cash: dict[str, Cash] = field(default_factory=dict)
    completed: set[str] = field(default_factory=set)
    assessed: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    balances: defaultdict[Account, int] = field(default_factory=lambda: defaultdict(int))
    recovery: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def post(self, book: str, *lines: tuple[str, str | None, int]) -> None:
        """Book lines (code, party, amount)."""
        assert sum(amount for _, _, amount in lines) == 0
        for code, party, amount in lines:
            self.balances[book, code, party] += amount

    def held(self) -> dict[Account, int]:
        """Return the balances that are not zero."""
        return {account: amount for account, amount in self.balances.items() if amount}

    def component(self, payer: str | None) -> str:
        """Return the payer class of a share."""
        return "F" if payer is None else self.deals[payer].payer_class

    def committed(self, deal: str) -> int:
        """Return what an agreement is bound to."""
        return sum(
            bill.approved.get(deal, bill.shares[deal])
            for bill in self.bills.values()
            if deal in bill.shares and bill.state in ("draft", "issued")
        )

    def shares_of(self, book: str, module: str, size: str) -> dict[str | None, int]:
        """Return how the price would be split today."""
        serving = [deal for deal in self.deals.values() if size in deal.shares and deal.book in (None, book)]
        price = self.prices[book, module]
        weights = [deal.shares[size] for deal in serving]
        ideal = split(price, [10_000 - sum(weights), *weights])
        shares: dict[str | None, int] = {None: price}
        for deal, part in zip(serving, ideal[1:], strict=True):
            amount = min(part, deal.ceiling - self.committed(deal.id))
            if amount:
                shares[deal.id] = amount
                shares[None] = (shares[None] or 0) - amount
        return shares

    def draft(self, bill: Bill) -> None:
        """Take a draft that billing made."""
        self.bills[bill.id] = bill
        self._contract(bill, 1)

    def _contract(self, bill: Bill, sign: int) -> None:
        for payer, amount in bill.shares.items():
            party = payer or bill.firm
            self.post(bill.book, ("9110", party, sign * amount), ("9910", party, -sign * amount))
            self.recovery["contracted", self.component(payer)] += sign * amount

    def _receivable(self, bill: Bill, sign: int) -> None:
        for payer, amount in bill.shares.items():
            debit, credit = ("1110", "2130") if payer is None else ("1120", "2140")
            party = payer or bill.firm
            self.post(bill.book, (debit, party, sign * amount), (credit, party, -sign * amount))
            self.recovery["invoiced", self.component(payer)] += sign * amount

    def _income(self, bill: Bill, sign: int) -> None:
        fee = bill.shares[None]
        code = "4010" if bill.first_module else "4011"
        self.post(bill.book, ("2130", bill.firm, sign * fee), (code, None, -sign * fee))
        bill.earned = sign > 0

    def earn(self, bill: Bill) -> None:
        """Earn the fee when all three have happened."""
        delivered = bill.enrollment in self.completed and bill.enrollment in self.assessed
        if bill.state == "issued" and delivered and not bill.earned:
            self._income(bill, 1)

    def happened(self, facts: set[str], enrollment: str) -> None:
        """Complete or assess an enrollment."""
        facts.add(enrollment)
        for bill in self.bills.values():
            if bill.enrollment == enrollment:
                self.earn(bill)

    def issue(self, bill: Bill, order: int, due: int) -> bool:
        """Issue a draft."""
        if bill.state != "draft":
            return False
        bill.state, bill.order, bill.due = "issued", order, due
        self._receivable(bill, 1)
        self.earn(bill)
        return True

    def cancel(self, bill: Bill) -> bool:
        """Cancel a draft."""
        if bill.state != "draft":
            return False
        self._contract(bill, -1)
        bill.state = "cancelled"
        return True

    def withdraw(self, enrollment: str) -> None:
        """Withdraw; a draft goes, an issued invoice stays."""
        self.withdrawn.add(enrollment)
        for bill in self.bills.values():
            if bill.enrollment == enrollment:
                self.cancel(bill)

    def credit(self, bill: Bill) -> bool:
        """Credit an issued invoice."""
        if bill.state != "issued" or any(bill.paid.values()) or bill.claimed_by:
            return False
        if bill.earned:
            self._income(bill, -1)
        self._receivable(bill, -1)
        self._contract(bill, -1)
        bill.state = "credited"
        return True

    def receive(self, cash: Cash) -> None:
        """Take money in."""
        self.cash[cash.id] = cash
        self.post(cash.book, ("1010", None, cash.left), ("2110", cash.payer, -cash.left))

    def _pay(self, cash: Cash, bill: Bill, payer: str | None, amount: int) -> None:
        code = "1110" if payer is None else "1120"
        self.post(cash.book, ("2110", cash.payer, amount), (code, payer or bill.firm, -amount))
        self.recovery["received", self.component(payer)] += amount
        bill.paid[payer] += amount
        cash.left -= amount

    def allocate(self, cash: Cash, target: Bill | Asked, amount: int) -> bool:
        """Set money against a bill's fee or a claim."""
        if isinstance(target, Bill):
            fits = cash.is_firm and (target.firm, target.book, target.state) == (cash.payer, cash.book, "issued")
            owing: list[tuple[Bill, str | None]] = [(target, None)]
        else:
            fits = (target.deal, target.book, target.state) == (cash.payer, cash.book, "approved")
            owing = [(bill, target.deal) for bill in target.bills]
        if not fits or amount > cash.left or amount > sum(bill.owed(payer) for bill, payer in owing):
            return False
        for bill, payer in owing:
            paid = min(amount, bill.owed(payer))
            if paid:
                self._pay(cash, bill, payer, paid)
                amount -= paid
        return True

    def allocate_by_rule(self, cash: Cash, named: Bill | None) -> None:
        """Set what is left against what is named, else the oldest due."""
        if cash.is_firm:
            mine: Iterable[Bill] = (
                bill
                for bill in self.bills.values()
                if (bill.firm, bill.book, bill.state) == (cash.payer, cash.book, "issued") and bill.owed(None)
            )
            queue = sorted(mine, key=lambda bill: (bill.due, bill.order))
            for bill in [named] if named in queue and named is not None else queue:
                self.allocate(cash, bill, min(cash.left, bill.owed(None)))
            return
        approved = [claim for claim in self.claims.values() if claim.state == "approved"]
        for claim in sorted(approved, key=lambda each: each.decided):
            if (claim.deal, claim.book) == (cash.payer, cash.book):
                self.allocate(cash, claim, min(cash.left, sum(bill.owed(claim.deal) for bill in claim.bills)))

    def claimable(self, deal: str, book: str) -> list[Bill]:
        """Return issued bills with an unclaimed share of an agreement."""
        return [
            bill
            for bill in self.bills.values()
            if bill.state == "issued" and bill.book == book and deal in bill.shares and deal not in bill.claimed_by
        ]

    def claim(self, claim: Asked) -> None:
        """Submit a claim."""
        self.claims[claim.id] = claim
        for bill in claim.bills:
            bill.claimed_by[claim.deal] = claim.id

    def approve(self, claim: Asked, amount: int, decided: int, order: list[str]) -> bool:
        """Approve part of a claim; `order` is the order of its items for ties."""
        asked = sum(bill.shares[claim.deal] for bill in claim.bills)
        if claim.state != "submitted" or amount > asked:
            return False
        bills = sorted(claim.bills, key=lambda bill: order.index(bill.id))
        income = {"G": "4110", "B": "4120", "D": "4120", "P": "4140", "I": "4190"}[self.component(claim.deal)]
        for bill, part in zip(bills, split(amount, [bill.shares[claim.deal] for bill in bills]), strict=True):
            bill.approved[claim.deal] = part
            missing = bill.shares[claim.deal] - part
            self.post(claim.book, ("2140", claim.deal, part), (income, claim.deal, -part))
            self.post(claim.book, ("2140", claim.deal, missing), ("1120", claim.deal, -missing))
            self.recovery["invoiced", self.component(claim.deal)] -= missing
        claim.state, claim.decided = "approved", decided
        return True

    def give_up(self, claim: Asked, state: str) -> bool:
        """Reject, return or withdraw a claim."""
        if claim.state not in {"withdrawn": ("submitted", "returned")}.get(state, ("submitted",)):
            return False
        for bill in claim.bills if claim.state == "submitted" else ():
            del bill.claimed_by[claim.deal]
        claim.state = state
        return True

    def submit_again(self, claim: Asked, bills: list[Bill]) -> bool:
        """Revise a returned claim and submit it; `bills` in the order they are paid."""
        if claim.state != "returned" or not set(map(id, bills)) <= set(map(id, self.claimable(claim.deal, claim.book))):
            return False
        claim.bills, claim.state = bills, "submitted"
        for bill in bills:
            bill.claimed_by[claim.deal] = claim.id
        return True

    def reduce(self, claim: Asked, amount: int, order: list[str]) -> bool:
        """Disallow part of an approved claim; `order` is the order of its items for ties."""
        if claim.state != "approved" or amount > sum(bill.owed(claim.deal) for bill in claim.bills):
            return False
        bills = [bill for bill in sorted(claim.bills, key=lambda bill: order.index(bill.id)) if bill.owed(claim.deal)]
        income = {"G": "4110", "B": "4120", "D": "4120", "P": "4140", "I": "4190"}[self.component(claim.deal)]
        for bill, part in zip(bills, split(amount, [bill.owed(claim.deal) for bill in bills]), strict=True):
            bill.approved[claim.deal] -= part
            self.post(claim.book, (income, claim.deal, part), ("1120", claim.deal, -part))
            self.recovery["invoiced", self.component(claim.deal)] -= part
        return True

    def spend(self, book: str, code: str, amount: int, *, in_kind: bool) -> None:
        """Record a cost."""
        self.post(book, (code, None, amount), ("4130" if in_kind else "2010", None, -amount))
        component = "K" if in_kind else "C_dir" if code < "6000" else "C_ovh"
        for basis in ("contracted", "invoiced", "received"):
            self.recovery[basis, component] += amount
