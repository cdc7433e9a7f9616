"""Random sequences of commands and facts against the oracle: after every step all balances and all sums agree."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from shared.money import Money
from tests.integration.billing.facts import START, Json
from tests.integration.billing.oracle import Account, Asked, Bill, Cash, Deal, Note, Oracle
from tests.integration.billing.raw import connected
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
STEPS = 170
LIKELY = 0.75
CODES = {"venue": "5020", "travel": "5040", "coordination": "6010", "marketing": "6040"}


class Play:
    """One random run: does a step in the service and in the oracle and compares them."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.oracle = Oracle()
        self.random = random.Random(seed)
        self.day = START
        self.books: list[UUID] = []
        self.firms: list[tuple[UUID, UUID, str]] = []
        self.trainings: list[tuple[UUID, UUID, str]] = []
        self.enrollments: dict[str, tuple[UUID, UUID, UUID, str, str]] = {}
        self.numbers: dict[str, str] = {}
        self.issued = 0
        self.done: list[str] = []
        self.outcomes: Counter[tuple[str, bool]] = Counter()

    async def set_up(self) -> None:
        """Two books with prices, five agreements (one of a single book, two with low ceilings), firms, trainings."""
        world = self.world
        self.books = [world.partner, await world.join(region="SC")]
        for book in self.books:
            for module, price in (("WPC", 770_033), ("OSH", 66_667)):
                await world.price(Money(price, "BOB").amount, module, partner=book)
                self.oracle.prices[str(book), module] = price
            for size in ("small", "medium", "medium"):
                self.firms.append((await world.enterprise(size, book), book, size))
            for module in ("WPC", "OSH"):
                self.trainings.append((await world.training(module, book), book, module))
        for code, letter, shares, ceiling, one_book in (
            ("G", "G", {"small": 2_000, "medium": 1_111}, 2_500_000, None),
            ("D", "D", {"medium": 333}, 60_000, None),
            ("I", "I", {"small": 7_001, "medium": 3_000}, 10**9, None),
            ("B", "B", {"medium": 1_500}, 10**9, self.books[1]),
            ("P", "P", {"small": 500}, 10**9, self.books[0]),
        ):
            percents = {size: f"{points / 100:.2f}" for size, points in shares.items()}
            signed = await world.agreement(code, letter, percents, Money(ceiling, "BOB").amount, one_book)
            self.oracle.deals[signed["id"]] = Deal(
                signed["id"], letter, shares, ceiling, None if one_book is None else str(one_book)
            )

    # --- steps -----------------------------------------------------------------------------------------------
    def steps(self) -> dict[str, tuple[int, Callable[[], Awaitable[None]]]]:
        """Return every kind of step with its weight."""
        return {
            "enroll": (10, self.enroll),
            "issue": (11, self.issue),
            "complete": (4, self.complete),
            "assess": (4, self.assess),
            "withdraw": (1, self.withdraw),
            "cancel": (1, self.cancel),
            "credit": (2, self.credit),
            "credit part": (7, self.credit_part),
            "void note": (3, self.void_note),
            "use note": (7, self.use_note),
            "write off": (3, self.write_off),
            "regain": (1, self.regain),
            "draft again": (1, self.draft_again),
            "pay": (8, self.pay),
            "allocate": (10, self.allocate),
            "allocate by rule": (4, self.allocate_by_rule),
            "claim": (6, self.claim),
            "decide": (7, self.decide),
            "mend": (4, self.mend),
            "spend": (4, self.spend),
            "close": (1, self.close),
        }

    async def step(self) -> None:
        """Do one random step and compare."""
        kinds = self.steps()
        name = self.random.choices(list(kinds), [weight for weight, _ in kinds.values()])[0]
        self.day += timedelta(days=self.random.choice((0, 0, 1, 3)))
        await kinds[name][1]()
        self.done.append(name)
        await self.compare()

    async def ask(self, path: str, body: Json, *, expected: bool, subject: str = "tester") -> Json:
        """Send a command that must succeed or be refused as the oracle says."""
        self.outcomes[path.rpartition("/")[2], expected] += 1
        answer = await self.world.send(path, body, subject=subject)
        assert (answer.status_code == 201) == expected, (self.done[-5:], path, body, answer.text)
        assert answer.status_code == 201 or answer.status_code in (409, 422)
        result: Json = answer.json()
        return result

    def money(self, minor: int) -> Json:
        return Money(minor, "BOB").to_wire()

    def bill(self, state: str) -> Bill | None:
        """Return a bill, mostly one in the state that the step needs."""
        every = list(self.oracle.bills.values())
        fitting = [bill for bill in every if bill.state == state]
        chosen = fitting if fitting and self.random.random() < LIKELY else every
        return self.random.choice(chosen) if chosen else None

    async def enroll(self) -> None:
        firm, book, size = self.random.choice(self.firms)
        training, _, module = self.random.choice([each for each in self.trainings if each[1] == book])
        enrollment = await self.world.enroll(
            firm, training, size=size, on=self.day, module=module, partner=book, region="LP"
        )
        self.enrollments[str(enrollment)] = (firm, training, book, module, size)
        await self.take_draft(str(enrollment), (await self.world.invoice_of(enrollment))["id"])

    async def take_draft(self, enrollment: str, invoice: str) -> None:
        firm, training, book, module, size = self.enrollments[enrollment]
        shares = self.oracle.shares_of(str(book), module, size)
        shown = await self.world.show(f"/invoices/{invoice}")
        got = {share["agreement_id"]: Money.parse(**share["amount"]).minor for share in shown["shares"]}
        assert got == shares
        self.oracle.draft(Bill(invoice, enrollment, str(firm), str(book), module == "WPC", str(training), shares))

    async def issue(self) -> None:
        if bill := self.bill("draft"):
            due = self.day + timedelta(days=self.random.choice((0, 10, 40)))
            self.issued += 1
            expected = self.oracle.issue(bill, self.issued, due.toordinal())
            answer = await self.ask(
                f"/invoices/{bill.id}/issue", {"issued_on": str(self.day), "due_on": str(due)}, expected=expected
            )
            if expected:
                self.numbers[bill.id] = answer["number"]

    async def complete(self) -> None:
        if waiting := sorted(set(self.enrollments) - self.oracle.completed - self.oracle.withdrawn):
            chosen = self.random.choice(waiting)
            firm, training, _, module, _ = self.enrollments[chosen]
            self.oracle.happened(self.oracle.completed, chosen)
            await self.world.complete(UUID(chosen), firm, training, self.day, module)

    async def assess(self) -> None:
        if waiting := sorted(set(self.enrollments) - self.oracle.assessed):
            chosen = self.random.choice(waiting)
            firm, training, *_ = self.enrollments[chosen]
            self.oracle.happened(self.oracle.assessed, chosen)
            await self.world.endline(UUID(chosen), firm, training, self.day)

    async def withdraw(self) -> None:
        if waiting := sorted(set(self.enrollments) - self.oracle.completed - self.oracle.withdrawn):
            chosen = self.random.choice(waiting)
            firm, training, *_ = self.enrollments[chosen]
            self.oracle.withdraw(chosen)
            await self.world.withdraw(UUID(chosen), firm, training, self.day)

    async def cancel(self) -> None:
        if bill := self.bill("draft"):
            body = {"cancelled_on": str(self.day), "reason": "a mistake"}
            await self.ask(f"/invoices/{bill.id}/cancel", body, expected=self.oracle.cancel(bill))

    async def credit(self) -> None:
        if bill := self.bill("issued"):
            body = {"issued_on": str(self.day), "reason": "a mistake"}
            await self.ask(f"/invoices/{bill.id}/credit-notes", body, expected=self.oracle.credit(bill))

    async def credit_part(self) -> None:
        every = [(bill, payer) for bill in self.oracle.bills.values() for payer in bill.shares]
        fitting = [(bill, payer) for bill, payer in every if bill.state == "issued" and bill.paid[payer]]
        if every:
            bill, payer = self.random.choice(fitting if fitting and self.random.random() < LIKELY else every)
            whole, half = bill.shares[payer], bill.open(payer) + bill.paid[payer] // 2
            amount = max(1, self.random.choice((1, whole // 3, half, half, bill.open(payer), whole, whole + 1)))
            shown = await self.world.show(f"/invoices/{bill.id}")
            [share] = [each["id"] for each in shown["shares"] if each["agreement_id"] == payer]
            note = self.oracle.credit_part(bill, payer, amount)
            parts = [{"share_id": share, "amount": self.money(amount)}]
            body = {"issued_on": str(self.day), "reason": "a day was not held", "parts": parts}
            made = await self.ask(f"/invoices/{bill.id}/credit-notes", body, expected=note is not None)
            if note is not None:
                note.id = made["id"]
                self.oracle.notes[note.id] = note

    def note(self, fits: Callable[[Note], object]) -> Note | None:
        """Return a credit note, mostly an issued one that fits."""
        every = list(self.oracle.notes.values())
        fitting = [note for note in every if note.state == "issued" and fits(note)]
        chosen = fitting if fitting and self.random.random() < LIKELY else every
        return self.random.choice(chosen) if chosen else None

    async def void_note(self) -> None:
        if note := self.note(lambda note: note.left == note.released and note.bill.state == "issued"):
            body = {"voided_on": str(self.day), "reason": "a mistake"}
            await self.ask(f"/credit-notes/{note.id}/void", body, expected=self.oracle.void(note))

    async def use_note(self) -> None:
        refunding = self.random.random() < 0.4
        if not any(note.left for note in self.oracle.notes.values()):
            await self.give_back()
        if note := self.note(lambda note: note.left and (refunding or self.oracle.owes(note))):
            path = f"/credit-notes/{note.id}"
            if refunding:
                amount = self.random.choice((1, max(1, note.left), note.left + 1))
                body: Json = {"refunded_on": str(self.day), "amount": self.money(amount), "reference": "transfer"}
                expected = self.oracle.refund(note, amount)
                await self.ask(f"{path}/refunds", {**body, "agreement_id": note.payer}, expected=expected)
            else:
                expected = self.oracle.offset(note)
                body = {"offset_on": str(self.day), "agreement_id": note.payer}
                await self.ask(f"{path}/offsets", body, expected=expected)

    async def give_back(self) -> None:
        """Pay what an enterprise owes on a bill and credit half of it."""
        if owing := [bill for bill in self.oracle.bills.values() if bill.state == "issued" and bill.owed(None) > 1]:
            bill = self.random.choice(owing)
            amount = bill.owed(None)
            payer = {"partner_id": bill.book, "enterprise_id": bill.firm, "received_on": str(self.day)}
            made = await self.ask("/payments", {**payer, "amount": self.money(amount)}, expected=True)
            cash = Cash(made["id"], bill.book, bill.firm, is_firm=True, left=amount)
            self.oracle.receive(cash)
            self.numbers[cash.id] = ""
            self.oracle.allocate(cash, bill, amount)
            body = {"invoice_id": bill.id, "amount": self.money(amount), "allocated_on": str(self.day)}
            await self.ask(f"/payments/{cash.id}/allocations", body, expected=True)
            note = self.oracle.credit_part(bill, None, amount // 2)
            half = {"issued_on": str(self.day), "reason": "a day was not held", "amount": self.money(amount // 2)}
            issued = await self.ask(f"/invoices/{bill.id}/credit-notes", half, expected=note is not None)
            if note is not None:
                note.id = issued["id"]
                self.oracle.notes[note.id] = note

    async def write_off(self) -> None:
        claims = [claim for claim in self.oracle.claims.values() if claim.state == "approved"]
        target: Bill | Asked | None = self.bill("issued")
        if claims and self.random.random() < 0.4:
            target = self.random.choice(claims)
        if target is not None:
            amount = self.random.choice((1, 20_000, 400_000))
            loss = self.oracle.write_off(target, amount)
            name = "invoice_id" if isinstance(target, Bill) else "claim_id"
            body = {name: target.id, "amount": self.money(amount), "cause": "bad-debt", "written_on": str(self.day)}
            body["reason"] = "bankrupt"
            # Another person than who records the payments.
            made = await self.ask("/write-offs", body, expected=loss is not None, subject="rosa")
            if loss is not None:
                loss.id = made["id"]
                self.oracle.losses[loss.id] = loss

    async def regain(self) -> None:
        if self.oracle.losses:
            loss = self.random.choice(list(self.oracle.losses.values()))
            body = {"reversed_on": str(self.day), "reason": "it will be paid"}
            await self.ask(f"/write-offs/{loss.id}/reverse", body, expected=self.oracle.regain(loss))

    async def draft_again(self) -> None:
        if bill := self.bill("credited"):
            live = any(
                each.enrollment == bill.enrollment and each.state in ("draft", "issued")
                for each in self.oracle.bills.values()
            )
            expected = not live and bill.enrollment not in self.oracle.withdrawn
            answer = await self.ask("/invoices", {"enrollment_id": bill.enrollment}, expected=expected)
            if expected:
                await self.take_draft(bill.enrollment, answer["id"])

    async def pay(self) -> None:
        amount = self.random.choice((1, 99, 50_000, 333_333, 700_000))
        approved = [claim for claim in self.oracle.claims.values() if claim.state == "approved"]
        if self.random.random() < 0.5:
            firm, book, _ = self.random.choice(self.firms)
            payer, is_firm = str(firm), True
        elif approved and self.random.random() < LIKELY:
            claim = self.random.choice(approved)
            book, payer, is_firm = UUID(claim.book), claim.deal, False
        else:
            deal = self.random.choice(list(self.oracle.deals.values()))
            book = self.random.choice(self.books) if deal.book is None else UUID(deal.book)
            payer, is_firm = deal.id, False
        mine = [bill for bill in self.oracle.bills.values() if bill.firm == payer and bill.id in self.numbers]
        reference = f"pago {self.numbers[self.random.choice(mine).id]}." if mine and self.random.random() < 0.4 else ""
        body = {
            "partner_id": str(book),
            "enterprise_id" if is_firm else "agreement_id": payer,
            "received_on": str(self.day),
            "amount": self.money(amount),
            "reference": reference,
        }
        made = await self.ask("/payments", body, expected=True)
        self.oracle.receive(Cash(made["id"], str(book), payer, is_firm, amount))
        self.numbers[made["id"]] = reference

    async def allocate(self) -> None:
        targets: list[Bill | Asked] = [*self.oracle.bills.values(), *self.oracle.claims.values()]
        every = [(cash, target) for cash in self.oracle.cash.values() for target in targets]
        fitting = [(cash, target) for cash, target in every if self._could_pay(cash, target)]
        if not every:
            return
        cash, chosen = self.random.choice(fitting if fitting and self.random.random() < LIKELY else every)
        amount = self.random.choice((1, 77, max(1, cash.left), cash.left + 1, 20_000))
        expected = self.oracle.allocate(cash, chosen, amount)
        target = "invoice_id" if isinstance(chosen, Bill) else "claim_id"
        body = {target: chosen.id, "amount": self.money(amount), "allocated_on": str(self.day)}
        await self.ask(f"/payments/{cash.id}/allocations", body, expected=expected)

    def _could_pay(self, cash: Cash, target: Bill | Asked) -> bool:
        if cash.left == 0 or cash.book != target.book:
            return False
        if isinstance(target, Bill):
            return (target.firm, target.state) == (cash.payer, "issued") and target.owed(None) > 0
        return (target.deal, target.state) == (cash.payer, "approved") and any(
            bill.owed(target.deal) for bill in target.bills
        )

    async def allocate_by_rule(self) -> None:
        if self.oracle.cash:
            cash = self.random.choice(list(self.oracle.cash.values()))
            reference = self.numbers[cash.id]
            named = [bill for bill in self.oracle.bills.values() if f" {self.numbers.get(bill.id, '?')}." in reference]
            in_book = [bill for bill in named if bill.book == cash.book]
            await self.ask(f"/payments/{cash.id}/allocate", {"allocated_on": str(self.day)}, expected=True)
            self.oracle.allocate_by_rule(cash, in_book[0] if in_book else None)

    async def claim(self) -> None:
        pairs = [(deal, str(book)) for deal in self.oracle.deals for book in self.books]
        fitting = [pair for pair in pairs if self.oracle.claimable(*pair)]
        deal, book = self.random.choice(fitting or pairs)
        bills = self.oracle.claimable(deal, book)
        chosen = [bill for bill in bills if self.random.random() < 0.7]
        expected = bool(chosen)
        if chosen and self.random.random() < 0.2:
            chosen.append(self.random.choice(list(self.oracle.bills.values())))
            expected = chosen[-1] in bills
        chosen = list({bill.id: bill for bill in chosen}.values())
        if not chosen:
            return
        body = {
            "agreement_id": deal,
            "partner_id": book,
            "submitted_on": str(self.day),
            "invoice_ids": [bill.id for bill in chosen],
        }
        made = await self.ask("/claims", body, expected=expected)
        if expected:
            paid_in_order = sorted(chosen, key=lambda bill: self.numbers[bill.id])
            self.oracle.claim(Asked(made["id"], deal, book, paid_in_order))

    async def decide(self) -> None:
        if not self.oracle.claims:
            return
        every = list(self.oracle.claims.values())
        fitting = [claim for claim in every if claim.state == "submitted"]
        claim = self.random.choice(fitting if fitting and self.random.random() < LIKELY else every)
        if self.random.random() < 0.25:
            step, state = self.random.choice(
                (("reject", "rejected"), ("return", "returned"), ("withdraw", "withdrawn"))
            )
            body: Json = {f"{state}_on": str(self.day), "reason": "not eligible"}
            await self.ask(f"/claims/{claim.id}/{step}", body, expected=self.oracle.give_up(claim, state))
            return
        asked = sum(bill.claimed.get(claim.deal, bill.shares[claim.deal]) for bill in claim.bills)
        amount = self.random.choice((asked, asked, asked - asked // 3, 1, asked + 1))
        order = await self.items_of(claim)
        expected = self.oracle.approve(claim, amount, len(self.done), order)
        body = {"approved_on": str(self.day), "amount": self.money(amount)}
        await self.ask(f"/claims/{claim.id}/approve", body, expected=expected)

    async def items_of(self, claim: Asked) -> list[str]:
        """Return the invoices of a claim's items in the order in which ties are split."""
        async with connected(self.world, "superuser") as connection:
            rows = await connection.fetch(
                "SELECT s.invoice_id FROM claim k JOIN claim_item c ON c.claim_id = k.id AND c.item_set = k.item_set "
                "JOIN invoice_share s ON s.id = c.share_id WHERE k.id = $1 ORDER BY c.share_id",
                UUID(claim.id),
            )
        return [str(row["invoice_id"]) for row in rows]

    async def mend(self) -> None:
        """Revise a returned claim and submit it again, or disallow part of an approved one."""
        returned = [claim for claim in self.oracle.claims.values() if claim.state == "returned"]
        approved = [claim for claim in self.oracle.claims.values() if claim.state == "approved"]
        if returned and self.random.random() < 0.5:
            claim = self.random.choice(returned)
            bills = self.oracle.claimable(claim.deal, claim.book)
            chosen = [bill for bill in bills if self.random.random() < 0.7]
            if chosen:
                body: Json = {"revised_on": str(self.day), "invoice_ids": [bill.id for bill in chosen]}
                await self.ask(f"/claims/{claim.id}/revise", body, expected=True)
                again = self.oracle.submit_again(claim, sorted(chosen, key=lambda bill: self.numbers[bill.id]))
                await self.ask(f"/claims/{claim.id}/submit", {"submitted_on": str(self.day)}, expected=again)
        elif approved:
            claim = self.random.choice(approved)
            left = sum(bill.owed(claim.deal) for bill in claim.bills)
            amount = self.random.choice((1, max(1, left // 3), max(1, left), left + 1))
            expected = self.oracle.reduce(claim, amount, await self.items_of(claim))
            body = {"reduced_on": str(self.day), "amount": self.money(amount), "reason": "audit"}
            await self.ask(f"/claims/{claim.id}/reduce", body, expected=expected)

    async def spend(self) -> None:
        kind = self.random.choice(list(CODES))
        training, book, _ = self.random.choice(self.trainings)
        direct = CODES[kind] < "6000"
        in_kind = direct and self.random.random() < 0.3
        amount = self.random.choice((1, 12_345, 500_000))
        await self.world.cost(
            Money(amount, "BOB").amount,
            kind,
            self.day,
            training if direct else None,
            funding="in-kind" if in_kind else "cash",
            partner=book,
        )
        self.oracle.spend(str(book), CODES[kind], amount, in_kind=in_kind)

    async def close(self) -> None:
        over = [row for row in await self.world.all("/periods", {"state": "open"}) if row["ends_on"] < str(self.day)]
        if over:
            first = min(over, key=lambda row: (row["partner_id"], row["starts_on"]))
            await self.ask(f"/periods/{first['id']}/close", {}, expected=True)

    # --- comparison ------------------------------------------------------------------------------------------
    async def compare(self) -> None:
        """Compare every balance and every component of cost recovery on every basis."""
        async with connected(self.world, "superuser") as connection:
            rows = await connection.fetch(
                "SELECT a.book_id::text AS book, a.code, coalesce(a.enterprise_id, a.agreement_id)::text AS party, "
                "sum(p.amount_minor)::bigint AS minor "
                "FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id "
                "GROUP BY 1, 2, 3 HAVING sum(p.amount_minor) <> 0"
            )
            sums = await connection.fetch(
                "SELECT basis, component, sum(amount_minor)::bigint AS minor FROM ledger.recovery_posting "
                "GROUP BY 1, 2 HAVING sum(amount_minor) <> 0"
            )
        balances: dict[Account, int] = {(row["book"], row["code"], row["party"]): row["minor"] for row in rows}
        assert balances == self.oracle.held(), self.done[-5:]
        recovery = {(row["basis"], row["component"]): row["minor"] for row in sums}
        assert recovery == {key: minor for key, minor in self.oracle.recovery.items() if minor}, self.done[-5:]


MET = (
    *("issue", "credit-notes", "allocations", "allocate", "claims", "payments"),
    *("refunds", "write-offs"),
)
"""Commands that every game must have carried out; some of each kind are refused as well."""


@pytest.mark.parametrize("game", [2, 3, 4])
async def test_every_random_sequence_leaves_the_balances_that_the_oracle_computes(world: World, game: int) -> None:
    play = Play(world, game)
    await play.set_up()
    for number in range(STEPS):
        await play.step()
        if number % 60 == 59:
            await world.clean()
    assert await world.client.parked() == []
    await world.clean()
    assert [name for name in MET if not play.outcomes[name, True]] == [], play.outcomes
    assert sum(times for (_, done), times in play.outcomes.items() if not done) > 10, play.outcomes
