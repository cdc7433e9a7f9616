"""Claims as arithmetic: approvals and reductions are spread exactly, and what they post nets out."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.accounts import SUBSIDY_INCOME, Code
from services.billing.domain.claims import (
    ALLOWED,
    ClaimItem,
    ClaimState,
    Funder,
    approval_entry,
    approve,
    disallow,
    disallowance_entry,
    funding_entry,
    reduction_entry,
)
from services.billing.domain.posting import Dimensions, Entry, Source
from shared.events.vocabulary import PayerClass
from shared.money import Money

DAY = date(2016, 1, 4)
CLAIM, DEAL = UUID(int=1), UUID(int=2)
CLASSES = [PayerClass.GOVERNMENT, PayerClass.LEAD_BUYER, PayerClass.DONOR, PayerClass.ILO, PayerClass.PARTNER]


def items(amounts: list[tuple[int, bool]]) -> list[ClaimItem]:
    """Return items; true for a cost."""
    return [
        ClaimItem(
            None if is_cost else UUID(int=100 + number),
            Money(minor, "BOB"),
            Dimensions(module="WPC"),
            UUID(int=100 + number) if is_cost else None,
        )
        for number, (minor, is_cost) in enumerate(amounts)
    ]


def sums(*entries: Entry | None) -> dict[str, int]:
    """Return what entries leave on each account."""
    found: dict[str, int] = {}
    for each in entries:
        for line in each.postings if each is not None else ():
            found[line.account.code] = found.get(line.account.code, 0) + line.amount.minor
            assert line.account.agreement_id == DEAL == line.dimensions.agreement_id
    return {code: minor for code, minor in found.items() if minor}


AMOUNTS = st.lists(st.tuples(st.integers(1, 10**6), st.booleans()), min_size=1, max_size=8)


@given(AMOUNTS, st.data(), st.sampled_from(CLASSES))
def test_what_is_approved_and_reduced_is_what_the_funder_owes_and_what_became_income(
    amounts: list[tuple[int, bool]], data: st.DataObject, payer_class: PayerClass
) -> None:
    claimed = sum(minor for minor, _ in amounts)
    granted = data.draw(st.integers(1, claimed))
    every = items(amounts)
    approved = approve(every, Money(granted, "BOB"))
    assert sum(each.amount.minor for each in approved) == granted
    assert all(0 <= each.amount.minor <= each.item.claimed.minor for each in approved)
    # Part of it is paid; the rest may be disallowed.
    left = {each.item: Money(data.draw(st.integers(0, each.amount.minor)), "BOB") for each in approved}
    most = sum(part.minor for part in left.values())
    cut = data.draw(st.integers(0, most))
    disallowed = disallow(left, Money(cut, "BOB")) if cut else ()
    assert sum(each.amount.minor for each in disallowed) == cut
    assert all(0 < each.amount.minor <= left[each.item].minor for each in disallowed)
    funder = Funder(payer_class, DEAL)
    issued = sum(item.claimed.minor for item in every if item.cost_id is None)
    got = sums(
        approval_entry(CLAIM, funder, approved, DAY),
        reduction_entry(CLAIM, funder, approved, DAY),
        disallowance_entry(Source("claim", CLAIM, 4), funder, disallowed, DAY, "audit"),
    )
    # Invoices had put the shares on 1120 and 2140 before.
    got["1120"] = got.get("1120", 0) + issued
    got["2140"] = got.get("2140", 0) - issued
    assert {code: minor for code, minor in got.items() if minor} == {
        code: minor
        for code, minor in (("1120", granted - cut), (SUBSIDY_INCOME[payer_class].value, cut - granted))
        if minor
    }
    of_costs = sum(each.amount.minor for each in approved if each.item.cost_id is not None)
    memo = sums(funding_entry(CLAIM, funder, approved, DAY))
    assert memo == ({Code.CONTRACTED: of_costs, Code.CONTRACTED_CONTRA: -of_costs} if of_costs else {})


def test_a_state_that_ends_a_claim_allows_nothing() -> None:
    assert {state for state, allowed in ALLOWED.items() if not allowed} == {
        ClaimState.REJECTED,
        ClaimState.WITHDRAWN,
    }
    assert set(ALLOWED) == set(ClaimState)


@pytest.mark.parametrize("payer_class", CLASSES)
def test_only_the_ilos_money_is_kept_out_of_what_formulas_count(payer_class: PayerClass) -> None:
    [approved] = approve(items([(100, True)]), Money(100, "BOB"))
    entry = approval_entry(CLAIM, Funder(payer_class, DEAL), [approved], DAY)
    assert entry is not None
    assert {line.dimensions.payer_class for line in entry.postings} == {payer_class}
    assert (entry.postings[1].account.code == Code.ILO_CONTRIBUTION) == (payer_class is PayerClass.ILO)
