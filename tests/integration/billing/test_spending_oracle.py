"""Random sequences of cards, deliveries, costs, payments and reversals against a small ledger in plain Python."""

import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import pytest

from shared.money import Money
from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected
from tests.integration.billing.spending import paying, session, taken_back
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
STEPS = 90
CODES = {"trainer-days": "5010", "venue": "5020", "catering": "5050", "materials": "5030", "coordination": "6010"}
CONTRA = {"cash": "2010", "in-kind": "4130", "ilo-paid": "4190", "ilo-in-kind": "4190"}
ITEMS = {
    "classroom-day": "trainer-days",
    "preparation": "trainer-days",
    "venue-day": "venue",
    "material-participant": "materials",
    "catering-participant-day": "catering",
}
OneT = TypeVar("OneT")


@dataclass
class Owed:
    """A cost."""

    id: str
    kind: str
    funding: str
    amount: int
    paid: int = 0
    is_reversed: bool = False

    @property
    def left(self) -> int:
        """What may be paid of it."""
        return 0 if self.is_reversed or self.funding != "cash" else self.amount - self.paid


@dataclass
class Advance:
    """A prepayment."""

    id: str
    amount: int
    used: int = 0
    is_reversed: bool = False


@dataclass
class Paid:
    """A payment: what it gave to each cost, and the prepayment it came from."""

    id: str
    parts: dict[str, int]
    advance: Advance | None
    is_reversed: bool = False


@dataclass
class Play:
    """Does random steps in the service and in here, and compares."""

    world: World
    random: random.Random
    firm: UUID
    rates: dict[str, int] = field(default_factory=dict)
    costs: dict[str, Owed] = field(default_factory=dict)
    payments: dict[str, Paid] = field(default_factory=dict)
    advances: dict[str, Advance] = field(default_factory=dict)
    balances: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    recovery: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    unrated: list[tuple[str, int]] = field(default_factory=list)
    seen: dict[UUID, set[str] | None] = field(default_factory=dict)
    outcomes: Counter[tuple[str, bool]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.day = START

    def steps(self) -> dict[Callable[[], Awaitable[None]], int]:
        """Return every kind of step with its weight."""
        return {
            self.add_card: 2,
            self.hold: 4,
            self.fill: 1,
            self.spend: 4,
            self.pay: 6,
            self.prepay: 1,
            self.take_back_payment: 2,
            self.take_back_cost: 2,
            self.take_back_advance: 1,
        }

    async def step(self) -> None:
        """Do one random step and compare."""
        self.day += timedelta(days=self.random.choice((0, 0, 1, 3)))
        kinds = self.steps()
        await self.random.choices(list(kinds), list(kinds.values()))[0]()
        await self.compare()

    async def ask(self, name: str, path: str, body: Json, *, expected: bool) -> Json:
        """Send what must succeed or be refused."""
        self.outcomes[name, expected] += 1
        answer = await self.world.send(path, body)
        assert (answer.status_code == 201) == expected, (name, body, answer.text)
        result: Json = answer.json()
        return result

    def money(self, minor: int) -> Json:
        return Money(minor, "BOB").to_wire()

    def any_of(self, things: dict[str, OneT]) -> OneT | None:
        return self.random.choice(list(things.values())) if things else None

    def book(self, cost: Owed, sign: int) -> None:
        code = CODES[cost.kind]
        self.balances[code] += sign * cost.amount
        self.balances[CONTRA[cost.funding]] -= sign * cost.amount
        self.recovery["K" if cost.funding == "in-kind" else "C_dir" if code < "6000" else "C_ovh"] += sign * cost.amount
        if cost.funding.startswith("ilo"):
            self.recovery["I"] += sign * cost.amount

    async def take(self, wanted: Counter[tuple[str, int]]) -> None:
        """Take the costs that the service made by card, which must be the wanted ones."""
        new = [cost for cost in await self.world.all("/costs") if cost["id"] not in self.costs]
        amounts = [(cost["item"], Money.parse(**cost["amount"]).minor) for cost in new]
        assert Counter(amounts) == wanted
        for cost, (item, minor) in zip(new, amounts, strict=True):
            self.costs[cost["id"]] = Owed(cost["id"], ITEMS[item], "cash", minor)
            self.book(self.costs[cost["id"]], 1)

    async def add_card(self) -> None:
        item, minor = self.random.choice(list(ITEMS)), self.random.choice((0, 7, 1250))
        body = {"partner_id": str(self.world.partner), "item": item, "valid_from": "2016-01-01"}
        expected = item not in self.rates
        await self.ask("card", "/rate-cards", {**body, "amount": self.money(minor)}, expected=expected)
        self.rates.setdefault(item, minor)

    async def hold(self) -> None:
        if not self.seen or self.random.random() < 0.3:
            self.seen[await self.world.training()] = None
        training = self.random.choice(list(self.seen))
        before = self.seen[training]
        present = {f"P{number}" for number in range(6) if self.random.random() < 0.5}
        takes = {
            "classroom-day": 1,
            "preparation": int(before is None),
            "venue-day": 1,
            "material-participant": len(present - (before or set())),
            "catering-participant-day": len(present),
        }
        self.seen[training] = present | (before or set())
        record = session(self.world, training, self.day, 1, {self.firm: sorted(present)})
        await self.world.client.deliver_records(record, *([record] if self.random.random() < 0.3 else []))
        taken = [(item, quantity) for item, quantity in takes.items() if quantity]
        self.unrated += [each for each in taken if each[0] not in self.rates]
        await self.take(self.rated(taken))

    def rated(self, taken: list[tuple[str, int]]) -> Counter[tuple[str, int]]:
        return Counter(
            (item, quantity * self.rates[item])
            for item, quantity in taken
            if self.rates.get(item)  # a card of 0 costs nothing
        )

    async def fill(self) -> None:
        body = {"partner_id": str(self.world.partner), "from": "2016-01-01", "to": str(self.day)}
        done = await self.ask("fill", "/costs/fill", body, expected=True)
        await self.take(self.rated(self.unrated))
        self.unrated = [each for each in self.unrated if each[0] not in self.rates]
        assert done["still_without_rate"] == len(self.unrated)

    async def spend(self) -> None:
        kind, funding = self.random.choice(list(CODES)), self.random.choice(list(CONTRA))
        training = await self.world.training() if CODES[kind] < "6000" else None
        if training is None and funding.endswith("in-kind"):
            funding = "cash"
        minor = self.random.choice((1, 999, 50_000))
        made = await self.world.cost(Money(minor, "BOB").amount, kind, self.day, training, funding=funding)
        self.costs[made["id"]] = Owed(made["id"], kind, funding, minor)
        self.book(self.costs[made["id"]], 1)

    async def pay(self) -> None:
        owed = [cost for cost in self.costs.values() if cost.left] or list(self.costs.values())
        if not owed:
            return
        if self.random.random() < 0.2:
            owed = list(self.costs.values())
        chosen = self.random.sample(owed, min(len(owed), self.random.choice((1, 1, 3))))
        amount = self.random.choice((None, None, 1, 600))
        advance = self.any_of(self.advances) if self.random.random() < 0.4 else None
        parts = {cost.id: cost.left if amount is None else amount for cost in chosen}
        total = sum(parts.values())
        expected = all(0 < parts[cost.id] <= cost.left for cost in chosen) and (
            advance is None or (not advance.is_reversed and total <= advance.amount - advance.used)
        )
        body = paying(
            self.world,
            self.day,
            *({"id": cost.id} for cost in chosen),
            amount=None if amount is None else Money(amount, "BOB").amount,
            prepaid=None if advance is None else {"id": advance.id},
        )
        made = await self.ask("pay", "/cost-payments", body, expected=expected)
        if expected:
            self.payments[made["id"]] = Paid(made["id"], parts, advance)
            self.settle(self.payments[made["id"]], 1)

    def settle(self, payment: Paid, sign: int) -> None:
        total = sum(payment.parts.values())
        for cost_id, minor in payment.parts.items():
            self.costs[cost_id].paid += sign * minor
        self.balances["2010"] += sign * total
        self.balances["1010" if payment.advance is None else "1210"] -= sign * total
        if payment.advance is not None:
            payment.advance.used += sign * total

    async def prepay(self) -> None:
        minor = self.random.choice((500, 60_000))
        body = {"partner_id": str(self.world.partner), "supplier": "Hotel (demo)", "paid_on": str(self.day)}
        made = await self.ask("prepay", "/prepayments", {**body, "amount": self.money(minor)}, expected=True)
        self.advances[made["id"]] = Advance(made["id"], minor)
        self.balances["1210"] += minor
        self.balances["1010"] -= minor

    async def take_back_payment(self) -> None:
        payment = self.any_of(self.payments)
        if payment is None:
            return
        expected = not payment.is_reversed
        await self.ask("payment back", f"/cost-payments/{payment.id}/reverse", taken_back(self.day), expected=expected)
        if expected:
            payment.is_reversed = True
            self.settle(payment, -1)

    async def take_back_cost(self) -> None:
        cost = self.any_of(self.costs)
        if cost is None:
            return
        expected = not cost.is_reversed and not cost.paid
        await self.ask("cost back", f"/costs/{cost.id}/reverse", taken_back(self.day), expected=expected)
        if expected:
            cost.is_reversed = True
            self.book(cost, -1)

    async def take_back_advance(self) -> None:
        advance = self.any_of(self.advances)
        if advance is None:
            return
        expected = not advance.is_reversed and not advance.used
        await self.ask("advance back", f"/prepayments/{advance.id}/reverse", taken_back(self.day), expected=expected)
        if expected:
            advance.is_reversed = True
            self.balances["1210"] -= advance.amount
            self.balances["1010"] += advance.amount

    async def compare(self) -> None:
        """Compare every balance, every component on every basis, and what is open."""
        async with connected(self.world, "superuser") as connection:
            rows = await connection.fetch(
                "SELECT a.code, sum(p.amount_minor)::bigint AS minor FROM ledger.posting p "
                "JOIN ledger.account a ON a.id = p.account_id GROUP BY 1 HAVING sum(p.amount_minor) <> 0"
            )
            sums = await connection.fetch(
                "SELECT basis, component, sum(amount_minor)::bigint AS minor FROM ledger.recovery_posting "
                "GROUP BY 1, 2 HAVING sum(amount_minor) <> 0"
            )
        assert {row["code"]: row["minor"] for row in rows} == {
            code: sum_ for code, sum_ in self.balances.items() if sum_
        }
        for basis in ("contracted", "invoiced", "received"):
            found = {row["component"]: row["minor"] for row in sums if row["basis"] == basis}
            assert found == {component: minor for component, minor in self.recovery.items() if minor}
        shown = await self.world.show("/payables", {"as_of": self.day})
        assert Money.parse(**shown["open"]).minor == sum(cost.left for cost in self.costs.values())


@pytest.mark.parametrize("game", [1, 2])
async def test_every_random_sequence_leaves_what_the_oracle_computes(world: World, game: int) -> None:
    play = Play(world, random.Random(game), await world.enterprise())
    for number in range(STEPS):
        await play.step()
        if number % 45 == 44:
            await world.clean()
    assert len(await world.all("/deliveries", {"rate": "none"})) == len(play.unrated)
    done = ("card", "fill", "pay", "prepay", "payment back", "cost back")
    assert [name for name in done if not play.outcomes[name, True]] == [], play.outcomes
    assert sum(times for (_, expected), times in play.outcomes.items() if not expected) > 10, play.outcomes
