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
    claimed: dict[str, int] = field(default_factory=dict)
    approved: dict[str, int] = field(default_factory=dict)
    credited: dict[str | None, int] = field(default_factory=lambda: defaultdict(int))
    lost: dict[str | None, int] = field(default_factory=lambda: defaultdict(int))

    def reduced(self, payer: str | None) -> int:
        """Return what a funder did not approve."""
        return self.claimed[payer] - self.approved[payer] if payer is not None and payer in self.approved else 0

    def open(self, payer: str | None) -> int:
        """Return what is on a payer's receivable."""
        taken = self.reduced(payer) + self.credited[payer] + self.lost[payer] + self.paid[payer]
        return self.shares[payer] - taken

    def owed(self, payer: str | None) -> int:
        """Return what a payer may pay of it."""
        return self.open(payer) if payer is None or payer in self.approved else 0

    def asked_for(self, payer: str | None) -> bool:
        """Tell whether a funder has its share before it."""
        return payer in self.claimed_by and payer not in self.approved


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
class Note:
    """An issued credit note over one share: what of it was paid before, what is left of that, and what was income."""

    id: str
    bill: Bill
    payer: str | None
    amount: int
    released: int
    left: int
    was_income: bool
    state: str = "issued"


@dataclass
class Loss:
    """A write-off, by bill and payer."""

    id: str
    parts: list[tuple[Bill, str | None, int]]
    live: bool = True


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
    notes: dict[str, Note] = field(default_factory=dict)
    losses: dict[str, Loss] = field(default_factory=dict)
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
            bill.shares[deal] - bill.credited[deal] - bill.reduced(deal)
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

    def income_of(self, bill: Bill, payer: str | None) -> tuple[str, str | None]:
        """Return the account where a share becomes income."""
        if payer is None:
            return ("4010" if bill.first_module else "4011"), None
        return {"G": "4110", "B": "4120", "D": "4120", "P": "4140", "I": "4190"}[self.component(payer)], payer

    def _earn(self, bill: Bill, payer: str | None, amount: int) -> None:
        code, party = self.income_of(bill, payer)
        deferral = "2130" if payer is None else "2140"
        self.post(bill.book, (deferral, payer or bill.firm, amount), (code, party, -amount))

    def earn(self, bill: Bill) -> None:
        """Earn the fee when all three have happened."""
        delivered = bill.enrollment in self.completed and bill.enrollment in self.assessed
        if bill.state == "issued" and delivered and not bill.earned:
            self._earn(bill, None, bill.shares[None] - bill.credited[None])
            bill.earned = True

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
        """Credit what is left of an issued invoice."""
        if bill.state != "issued" or any(bill.paid.values()) or bill.claimed_by or any(bill.lost.values()):
            return False
        for payer in bill.shares:
            self._credit(bill, payer, bill.open(payer), 1)
        bill.state = "credited"
        return True

    def credit_part(self, bill: Bill, payer: str | None, amount: int) -> Note | None:
        """Credit part of one share; the note's id comes later."""
        if bill.state != "issued" or bill.asked_for(payer) or amount > bill.open(payer) + bill.paid[payer]:
            return None
        released = max(0, amount - bill.open(payer))
        was_income = bill.earned if payer is None else payer in bill.approved
        self._credit(bill, payer, amount, 1)
        self._release(bill, payer, released)
        if sum(bill.credited.values()) == sum(bill.shares.values()):
            bill.state = "credited"
        return Note("", bill, payer, amount, released, released, was_income)

    def _credit(self, bill: Bill, payer: str | None, amount: int, sign: int) -> None:
        receivable, deferral = ("1110", "2130") if payer is None else ("1120", "2140")
        party, signed = payer or bill.firm, sign * amount
        if bill.earned if payer is None else payer in bill.approved:
            self._earn(bill, payer, -signed)
        self.post(bill.book, (deferral, party, signed), (receivable, party, -signed))
        self.post(bill.book, ("9910", party, signed), ("9110", party, -signed))
        for basis in ("invoiced", "contracted"):
            self.recovery[basis, self.component(payer)] -= signed
        bill.credited[payer] += signed

    def _release(self, bill: Bill, payer: str | None, amount: int) -> None:
        receivable, party = ("1110" if payer is None else "1120"), payer or bill.firm
        self.post(bill.book, (receivable, party, amount), ("2110", party, -amount))
        self.recovery["received", self.component(payer)] -= amount
        bill.paid[payer] -= amount

    def void(self, note: Note) -> bool:
        """Take a note back; what was deferred when it was issued and has been earned since is earned too."""
        claimed_since = note.payer in note.bill.claimed_by and not note.was_income
        if note.state != "issued" or note.bill.state != "issued" or note.left < note.released or claimed_since:
            return False
        self._release(note.bill, note.payer, -note.released)
        self._credit(note.bill, note.payer, note.amount, -1)
        note.state = "void"
        return True

    def refund(self, note: Note, amount: int) -> bool:
        """Pay out what a note gave back."""
        if note.state != "issued" or not 0 < amount <= note.left:
            return False
        note.left -= amount
        self.post(note.bill.book, ("2110", note.payer or note.bill.firm, amount), ("1010", None, -amount))
        return True

    def offset(self, note: Note) -> bool:
        """Set what a note gave back against the oldest due of its payer; refused where nothing is due."""
        if note.state != "issued" or not note.left:
            return False
        cash = Cash("", note.bill.book, note.payer or note.bill.firm, note.payer is None, note.left)
        self.allocate_by_rule(cash, None)
        used, note.left = note.left - cash.left, cash.left
        return used > 0

    def owes(self, note: Note) -> bool:
        """Tell whether a note's payer owes something that its money could be set against."""
        return any(
            bill.book == note.bill.book and bill.state == "issued" and bill.owed(note.payer)
            for bill in self.bills.values()
            if note.payer in bill.shares and (note.payer is not None or bill.firm == note.bill.firm)
        )

    def write_off(self, target: Bill | Asked, amount: int) -> Loss | None:
        """Give up part of a bill's fee or of a claim; the loss's id comes later."""
        if isinstance(target, Bill):
            owing: list[tuple[Bill, str | None]] = [(target, None)] if target.state == "issued" else []
        else:
            owing = [(bill, target.deal) for bill in target.bills] if target.state == "approved" else []
        if not 0 < amount <= sum(bill.owed(payer) for bill, payer in owing):
            return None
        parts = []
        for bill, payer in owing:
            part = min(amount, bill.owed(payer))
            if part:
                parts.append((bill, payer, part))
                self._lose(bill, payer, part)
                amount -= part
        return Loss("", parts)

    def _lose(self, bill: Bill, payer: str | None, amount: int) -> None:
        code = "1110" if payer is None else "1120"
        self.post(bill.book, ("7110", None, amount), (code, payer or bill.firm, -amount))
        self.recovery["invoiced", self.component(payer)] -= amount
        bill.lost[payer] += amount

    def regain(self, loss: Loss) -> bool:
        """Let a debt live again."""
        if not loss.live:
            return False
        for bill, payer, amount in loss.parts:
            self._lose(bill, payer, -amount)
        loss.live = False
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
            if bill.state == "issued"
            and bill.book == book
            and deal in bill.shares
            and deal not in bill.claimed_by
            and bill.open(deal)
        ]

    def claim(self, claim: Asked) -> None:
        """Submit a claim."""
        self.claims[claim.id] = claim
        for bill in claim.bills:
            bill.claimed_by[claim.deal] = claim.id
            bill.claimed[claim.deal] = bill.open(claim.deal)

    def approve(self, claim: Asked, amount: int, decided: int, order: list[str]) -> bool:
        """Approve part of a claim; `order` is the order of its items for ties."""
        if claim.state != "submitted" or amount > sum(bill.claimed[claim.deal] for bill in claim.bills):
            return False
        bills = sorted(claim.bills, key=lambda bill: order.index(bill.id))
        income, _ = self.income_of(claim.bills[0], claim.deal)
        for bill, part in zip(bills, split(amount, [bill.claimed[claim.deal] for bill in bills]), strict=True):
            bill.approved[claim.deal] = part
            missing = bill.claimed[claim.deal] - part
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
            del bill.claimed_by[claim.deal], bill.claimed[claim.deal]
        claim.state = state
        return True

    def submit_again(self, claim: Asked, bills: list[Bill]) -> bool:
        """Revise a returned claim and submit it; `bills` in the order they are paid."""
        if claim.state != "returned" or not set(map(id, bills)) <= set(map(id, self.claimable(claim.deal, claim.book))):
            return False
        claim.bills, claim.state = bills, "submitted"
        for bill in bills:
            bill.claimed_by[claim.deal] = claim.id
            bill.claimed[claim.deal] = bill.open(claim.deal)
        return True

    def reduce(self, claim: Asked, amount: int, order: list[str]) -> bool:
        """Disallow part of an approved claim; `order` is the order of its items for ties."""
        if claim.state != "approved" or amount > sum(bill.owed(claim.deal) for bill in claim.bills):
            return False
        bills = [bill for bill in sorted(claim.bills, key=lambda bill: order.index(bill.id)) if bill.owed(claim.deal)]
        income, _ = self.income_of(claim.bills[0], claim.deal)
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
