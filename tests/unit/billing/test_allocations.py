"""Money goes where the payer says, else to the oldest due; what is too much stays the payer's."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.allocations import OpenItem, is_named, plan
from shared.money import Money

FIRST = date(2016, 1, 1)


def item(number: int, due: int, owed: int) -> OpenItem:
    name = f"INV-2016-{number:05d}"
    return OpenItem(UUID(int=number), FIRST + timedelta(days=due), name, (name,), Money(owed, "BOB"))


@st.composite
def queues(draw: st.DrawFn) -> list[OpenItem]:
    return [
        item(number, draw(st.integers(0, 30)), draw(st.integers(1, 10**6)))
        for number in range(1, draw(st.integers(1, 7)) + 1)
    ]


@given(queues(), st.integers(0, 10**7))
def test_the_oldest_due_is_paid_first_and_never_more_than_is_owed_or_there(items: list[OpenItem], cash: int) -> None:
    planned = plan(Money(cash, "BOB"), items, "gracias")
    assert sum(amount.minor for _, amount in planned) == min(cash, sum(each.open.minor for each in items))
    assert all(Money(0, "BOB") < amount <= each.open for each, amount in planned)
    order = [(each.due_on, each.number) for each, _ in planned]
    assert order == sorted(order)
    paid = {each.id: amount for each, amount in planned}
    for each in items:
        short = each.open if each.id not in paid else each.open - paid[each.id]
        later = [other for other in planned if (other[0].due_on, other[0].number) > (each.due_on, each.number)]
        assert not short or not later  # nobody is paid while somebody older is owed


@given(queues(), st.integers(0, 10**7), st.data())
def test_what_the_reference_names_is_paid_and_no_other(items: list[OpenItem], cash: int, data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(items))
    planned = plan(Money(cash, "BOB"), items, f"pago factura {chosen.number.lower()}, gracias")
    assert {each.id for each, _ in planned} <= {chosen.id}
    assert sum(amount.minor for _, amount in planned) == min(cash, chosen.open.minor)


@pytest.mark.parametrize(
    ("reference", "named"),
    [
        ("INV-2016-00012", True),
        ("inv-2016-00012", True),
        ("Pago INV-2016-00012/marzo", True),
        ("(INV-2016-00012)", True),
        ("INV-2016-000123", False),
        ("XINV-2016-00012", False),
        ("INV-2016-0001", False),
        ("", False),
        ("INV 2016 00012", False),
    ],
)
def test_a_number_is_named_only_as_a_word_of_its_own(reference: str, named: bool) -> None:  # noqa: FBT001
    assert is_named(reference, ["INV-2016-00012"]) is named


def test_a_name_with_signs_of_a_pattern_is_taken_literally() -> None:
    assert not is_named("INV-2016-00012", ["INV.2016.00012", "INV-2016-000.*"])
