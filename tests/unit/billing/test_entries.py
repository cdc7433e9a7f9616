"""Every posting rule balances, touches the right accounts and has its mirror."""

import re
from collections import Counter
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.accounts import SUBSIDY_INCOME, Account, Code
from services.billing.domain.allocations import OpenShare, allocation_entry, fill
from services.billing.domain.claims import ClaimItem, Funder, approval_entry, approve, reduction_entry
from services.billing.domain.costs import DIRECT, OVERHEAD, CostKind, cost_entry
from services.billing.domain.invoices import (
    Billed,
    Delivered,
    contract_entry,
    credit_entry,
    income_entry,
    issue_entry,
)
from services.billing.domain.payments import Method, Payer, identification_entry, receipt_entry, till
from services.billing.domain.posting import (
    Dimensions,
    Entry,
    EntryKind,
    Posting,
    Source,
    UnbalancedEntry,
    entry,
)
from services.billing.domain.shares import Share
from shared.events.vocabulary import PayerClass
from shared.money import Money

DAY = date(2016, 3, 1)
FIRM, DEAL, NOTE = UUID(int=1), UUID(int=2), UUID(int=3)
SQL = Path(__file__).parents[3] / "services" / "billing" / "migrations" / "versions"
PAYERS = [PayerClass.GOVERNMENT, PayerClass.LEAD_BUYER, PayerClass.DONOR, PayerClass.ILO, PayerClass.PARTNER]


def bob(minor: int) -> Money:
    return Money(minor, "BOB")


def by_account(made: Entry | None) -> Counter[Account]:
    assert made is not None
    sums: Counter[Account] = Counter()
    for line in made.postings:
        sums[line.account] += line.amount.minor
    return sums


def balanced(made: Entry | None) -> bool:
    return made is None or (len(made.postings) >= 2 and sum(line.amount.minor for line in made.postings) == 0)


@st.composite
def bills(draw: st.DrawFn) -> Billed:
    shares = [Share(PayerClass.ENTERPRISE, None, bob(draw(st.integers(0, 10**9))))]
    for number, payer in enumerate(draw(st.lists(st.sampled_from(PAYERS), max_size=4)), start=10):
        shares.append(Share(payer, UUID(int=number), bob(draw(st.integers(1, 10**9)))))
    return Billed(NOTE, FIRM, tuple(shares), Dimensions(module="WPC"))


@given(bills())
def test_contract_issue_and_income_balance_and_a_credit_note_undoes_the_issue(billed: Billed) -> None:
    issued, credited = issue_entry(billed, DAY), credit_entry(billed, NOTE, DAY, "a mistake")
    assert balanced(contract_entry(billed, DAY))
    assert balanced(issued)
    assert balanced(credited)
    assert balanced(income_entry(billed, DAY, first_module=True))
    if issued is not None:
        total = by_account(issued)
        for account, amount in by_account(credited).items():
            total[account] += amount
        assert not any(total.values())
        assert {line.dimensions.payer_class for line in issued.postings} == {
            share.payer_class for share in billed.shares if share.amount
        }


def test_a_subsidised_invoice_keeps_the_third_partys_part_out_of_the_fee() -> None:
    shares = (Share(PayerClass.ENTERPRISE, None, bob(750_00)), Share(PayerClass.DONOR, DEAL, bob(250_00)))
    billed = Billed(NOTE, FIRM, shares, Dimensions())
    assert by_account(issue_entry(billed, DAY)) == {
        Account("1110", enterprise_id=FIRM): 750_00,
        Account("1120", agreement_id=DEAL): 250_00,
        Account("2130", enterprise_id=FIRM): -750_00,
        Account("2140", agreement_id=DEAL): -250_00,
    }
    assert by_account(income_entry(billed, DAY, first_module=True))[Account("4010")] == -750_00
    assert by_account(income_entry(billed, DAY, first_module=False))[Account("4011")] == -750_00


def test_nothing_to_book_is_no_entry() -> None:
    free = Billed(NOTE, FIRM, (Share(PayerClass.ENTERPRISE, None, bob(0)),), Dimensions())
    assert issue_entry(free, DAY) is None
    assert income_entry(free, DAY, first_module=True) is None


def test_an_entry_that_does_not_balance_is_never_made() -> None:
    with pytest.raises(UnbalancedEntry):
        entry(EntryKind.COST, DAY, Source("cost", NOTE), [Posting(Account("5010"), bob(5))])


@given(st.permutations([date(2016, 1, 5), date(2016, 2, 5), date(2016, 3, 5)]))
def test_a_fee_is_earned_on_the_last_of_issue_completion_and_endline(days: list[date]) -> None:
    assert Delivered(*days).earned_on == date(2016, 3, 5)
    for missing in range(3):
        incomplete = [None if place == missing else each for place, each in enumerate(days)]
        assert Delivered(*incomplete).earned_on is None


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=8), st.data())
def test_an_approval_is_spread_exactly_and_never_above_a_claim(claimed: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(1, sum(claimed)))
    items = [ClaimItem(UUID(int=n), bob(minor), Dimensions()) for n, minor in enumerate(claimed)]
    approved = approve(items, bob(amount))
    assert sum(each.amount.minor for each in approved) == amount
    assert all(0 <= each.amount.minor <= each.item.claimed.minor for each in approved)
    funder = Funder(PayerClass.GOVERNMENT, DEAL)
    income, reduced = approval_entry(NOTE, funder, approved, DAY), reduction_entry(NOTE, funder, approved, DAY)
    assert balanced(income)
    assert (reduced is None) == (amount == sum(claimed))
    assert by_account(income)[Account("4110", agreement_id=DEAL)] == -amount
    if reduced is not None:
        assert by_account(reduced)[Account("1120", agreement_id=DEAL)] == amount - sum(claimed)


@pytest.mark.parametrize(("payer", "code"), [("G", "4110"), ("B", "4120"), ("D", "4120"), ("P", "4140"), ("I", "4190")])
def test_each_payer_class_has_its_income_account(payer: str, code: str) -> None:
    assert SUBSIDY_INCOME[PayerClass(payer)] == code


def test_a_receipt_passes_suspense_and_ends_as_the_payers_credit() -> None:
    payer = Payer(PayerClass.ENTERPRISE, FIRM, None)
    sums = by_account(receipt_entry(NOTE, payer, bob(500), till(Method.BANK, None), DAY))
    for account, amount in by_account(identification_entry(NOTE, payer, bob(500), DAY)).items():
        sums[account] += amount
    assert {account.code: amount for account, amount in sums.items() if amount} == {"1010": 500, "2110": -500}
    cash = by_account(receipt_entry(NOTE, payer, bob(500), till(Method.CASH, None), DAY))
    assert cash[Account("1020")] == 500


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.data())
def test_an_allocation_fills_shares_in_order_to_the_last_unit(owed: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(owed)))
    shares = [OpenShare(UUID(int=n), bob(minor), Dimensions()) for n, minor in enumerate(owed)]
    parts = fill(bob(amount), shares)
    assert sum(part.amount.minor for part in parts) == amount
    assert all(0 < part.amount.minor <= part.share.open.minor for part in parts)
    full = [part.share.share_id for part in parts[:-1] if part.amount != part.share.open]
    assert full == []
    made = allocation_entry(NOTE, Payer(PayerClass.DONOR, None, DEAL), parts, DAY)
    assert balanced(made)
    if made is not None:
        assert by_account(made) == {
            Account("2110", agreement_id=DEAL): amount,
            Account("1120", agreement_id=DEAL): -amount,
        }
    with pytest.raises(ValueError, match="exceeds"):
        fill(bob(sum(owed) + 1), shares)


@pytest.mark.parametrize("kind", list(CostKind))
def test_every_kind_of_cost_is_direct_or_overhead_and_has_an_account_of_its_side(kind: CostKind) -> None:
    assert (kind in DIRECT) != (kind in OVERHEAD)
    made = cost_entry(NOTE, kind, bob(100), DAY, Dimensions(cost_kind=kind))
    [debited] = [line for line in (made.postings if made else ()) if line.amount.minor > 0]
    assert debited.account.code[:2] == ("50" if kind in DIRECT else "60")
    given_ = by_account(cost_entry(NOTE, kind, bob(100), DAY, Dimensions(is_in_kind=True)))
    assert given_[Account(Code.IN_KIND)] == -100
    assert Account(Code.PAYABLE) not in given_


def test_every_account_and_kind_that_rules_use_is_in_the_database_scripts() -> None:
    chart = set(re.findall(r"\('(\d{4})'", (SQL / "ledger_chart.sql").read_text("utf-8")))
    used = {code.value for code in Code} | {
        line.account.code
        for kind in CostKind
        for made in [cost_entry(NOTE, kind, bob(1), DAY, Dimensions())]
        for line in (made.postings if made else ())
    }
    assert used <= chart
    tables = (SQL / "currencies_tables.sql").read_text("utf-8")
    kinds = re.search(r"kind IN \(([^)]*)\)", tables)
    assert kinds is not None
    assert set(re.findall(r"'([a-z-]+)'", kinds.group(1))) == {kind.value for kind in EntryKind}
