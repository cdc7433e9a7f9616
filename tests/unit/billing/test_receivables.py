"""Ageing, the allowance, tolerance, and what credit notes and write-offs post."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.accounts import Account, Code
from services.billing.domain.ageing import Age, Debt, age_of, by_age
from services.billing.domain.allocations import OpenShare, Part
from services.billing.domain.allowances import allowance_entry, doubts
from services.billing.domain.credit_notes import Credited, Usage, note_entries, usage
from services.billing.domain.payments import Payer
from services.billing.domain.positions import Cut, Position
from services.billing.domain.posting import Dimensions, EntryKind
from services.billing.domain.tax import TaxOwed
from services.billing.domain.write_offs import Cause, Tolerance, needs_second_person, write_off_entry
from shared.events.vocabulary import PayerClass
from shared.money import Money

TODAY = date(2017, 5, 1)
FIRM, DEAL = UUID(int=1), UUID(int=2)
ENTERPRISE = Payer(PayerClass.ENTERPRISE, FIRM, None)
FUNDER = Payer(PayerClass.DONOR, None, DEAL)
amounts = st.integers(0, 10**9).map(lambda minor: Money(minor, "BOB"))


def bob(minor: int) -> Money:
    return Money(minor, "BOB")


@pytest.mark.parametrize(
    ("days", "age"),
    [(-9, "not-due"), (0, "not-due"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"),
     (90, "61-90"), (91, "over-90"), (4000, "over-90")],
)  # fmt: skip
def test_days_past_due_make_the_age(days: int, age: str) -> None:
    assert age_of(TODAY - timedelta(days=days), TODAY).value == age


@given(st.lists(st.tuples(st.none() | st.integers(-50, 400), amounts), max_size=20))
def test_ages_add_up_to_what_is_open_and_every_age_is_there(debts: list[tuple[int | None, Money]]) -> None:
    dated = [Debt(None if days is None else TODAY - timedelta(days=days), open_) for days, open_ in debts]
    ages = by_age(dated, TODAY, "BOB")
    assert set(ages) == set(Age)
    assert sum(open_.minor for open_ in ages.values()) == sum(open_.minor for _, open_ in debts)


def test_a_doubt_is_rounded_half_up_once_for_its_age() -> None:
    made = doubts({Age.DAYS_1_30: bob(1_050), Age.OVER_90: bob(1_049), Age.NOT_DUE: bob(7)}, {
        Age.DAYS_1_30: 500, Age.OVER_90: 10_000,
    })  # fmt: skip
    assert [doubt.part.minor for doubt in made.values()] == [53, 1_049, 0]


@given(st.integers(-(10**9), 10**9))
def test_the_allowance_moves_by_the_difference_and_nothing_is_booked_for_none(difference: int) -> None:
    entry = allowance_entry(UUID(int=9), bob(difference), TODAY, "year end")
    if not difference:
        assert entry is None
        return
    assert entry is not None
    assert [(line.account.code, line.amount.minor) for line in entry.postings] == [
        ("7110", difference),
        ("1190", -difference),
    ]


@pytest.mark.parametrize(
    ("difference", "amount", "share", "allowed"),
    [(1_000, 1_000, 10_000, True), (1_001, 1_000, 10_000, False), (1_000, 9_999, 100, True),
     (1_001, 9_999, 100, False), (1, 0, 10_000, False), (1, 10_000, 0, False)],
)  # fmt: skip
def test_a_tolerance_holds_by_amount_and_by_share(difference: int, amount: int, share: int, allowed: bool) -> None:  # noqa: FBT001 - a table
    held = Tolerance(bob(amount), share)
    assert held.allows(bob(difference), bob(100_000)) is allowed
    assert needs_second_person(bob(difference), bob(100_000), held, {"ana"}, "ana") is not allowed
    assert not needs_second_person(bob(difference), bob(100_000), held, {"ana"}, "rosa")


def test_a_write_off_is_a_loss_of_its_cause_and_takes_the_receivable_off() -> None:
    part = Part(OpenShare(UUID(int=5), bob(300), Dimensions(module="WPC")), bob(300))
    for cause, payer, codes in (
        (Cause.BAD_DEBT, ENTERPRISE, ("7110", "1110")),
        (Cause.BANK_CHARGE, ENTERPRISE, ("7210", "1110")),
        (Cause.DISALLOWED, FUNDER, ("7110", "1120")),
    ):
        entry = write_off_entry(UUID(int=9), payer, cause, [part], TODAY, "bankrupt")
        assert entry is not None
        assert entry.kind is EntryKind.WRITE_OFF
        assert [(line.account.code, line.amount.minor) for line in entry.postings] == [
            (codes[0], 300),
            (codes[1], -300),
        ]


def position(
    owed: int,
    paid: int,
    *,
    claimed: bool = False,
    approved: int | None = None,
    tax_open: int = 0,
    tax_paid: int = 0,
    discount: int = 0,
) -> Position:
    return Position(
        UUID(int=5),
        ENTERPRISE if not claimed else FUNDER,
        bob(owed + paid),
        bob(owed),
        bob(paid),
        bob(0),
        bob(0),
        UUID(int=6) if claimed else None,
        None if approved is None else bob(approved),
        bob(tax_open),
        bob(tax_paid),
        bob(owed + paid - tax_open - tax_paid),
        bob(discount),
    )


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.data())
def test_a_credit_takes_what_is_open_first_and_gives_back_the_rest(owed: int, paid: int, data: st.DataObject) -> None:
    held = position(owed, paid)
    assert held.creditable.minor == owed + paid
    amount = data.draw(st.integers(0, owed + paid))
    released = held.credit(bob(amount)).released.minor
    assert released == max(0, amount - owed)
    assert released <= paid


@given(
    st.integers(1, 10**9),
    st.integers(0, 2_500),
    st.integers(0, 10**6),
    st.lists(st.integers(0, 100), max_size=6),
    st.data(),
)
def test_payments_and_credits_in_any_order_clear_tax_and_discount_exactly(
    net: int, rate: int, discount: int, steps: list[int], data: st.DataObject
) -> None:
    tax = (2 * net * rate + 10_000) // 20_000
    held = position(net + tax, 0, tax_open=tax, discount=discount)
    taken_tax = taken_net = taken_discount = 0
    for share in [*steps, 100]:
        if data.draw(st.booleans()) and share < 100:
            held = pay(held, held.open.minor * share // 100)
            continue
        amount = held.creditable.minor * share // 100
        cut = held.credit(bob(amount))
        assert 0 <= cut.released_tax.minor <= min(cut.tax.minor, cut.released.minor)
        assert cut.tax.minor <= amount
        held = after(held, cut)
        taken_tax, taken_net = taken_tax + cut.tax.minor, taken_net + cut.net.minor
        taken_discount += cut.discount.minor
        for part, whole in ((held.tax_open, held.open), (held.tax_paid, held.paid)):
            assert 0 <= part.minor <= whole.minor
    assert (taken_tax, taken_net, taken_discount) == (tax, net, discount)
    assert (held.open.minor, held.paid.minor, held.tax_open.minor, held.tax_paid.minor) == (0, 0, 0, 0)


def pay(held: Position, amount: int) -> Position:
    owed, tax = held.open + held.paid, held.tax_open + held.tax_paid
    part = TaxOwed(owed.minor, tax.minor, held.paid.minor, held.tax_paid.minor).of_payment(amount) if owed else 0
    return replace(
        held,
        open=held.open - bob(amount),
        paid=held.paid + bob(amount),
        tax_open=held.tax_open - bob(part),
        tax_paid=held.tax_paid + bob(part),
    )


def after(held: Position, cut: Cut) -> Position:
    return replace(
        held,
        open=held.open - (cut.amount - cut.released),
        paid=held.paid - cut.released,
        tax_open=held.tax_open - (cut.tax - cut.released_tax),
        tax_paid=held.tax_paid - cut.released_tax,
        uncredited=held.uncredited - cut.net,
        discount=held.discount - cut.discount,
    )


def test_nothing_is_creditable_while_a_funder_has_it_before_it() -> None:
    assert not position(100, 0, claimed=True).creditable
    assert position(100, 0, claimed=True, approved=100).creditable == bob(100)


@pytest.mark.parametrize(
    ("released", "refunded", "offset", "expected"),
    [(0, 0, 0, "applied"), (10, 0, 0, "open"), (10, 9, 0, "open"), (10, 10, 0, "refunded"), (10, 4, 6, "refunded"),
     (10, 0, 10, "applied")],
)  # fmt: skip
def test_what_became_of_a_note_follows_from_its_uses(released: int, refunded: int, offset: int, expected: str) -> None:
    assert usage(bob(released), bob(refunded), bob(offset)) is Usage(expected)


@st.composite
def credited(draw: st.DrawFn, payer: Payer) -> Credited:
    amount = draw(st.integers(1, 10**9))
    tax = draw(st.integers(0, amount)) if payer is ENTERPRISE else 0
    released = draw(st.integers(0, amount))
    cut = Cut(bob(amount), bob(tax), bob(released), bob(draw(st.integers(0, min(tax, released)))), bob(0))
    own = Account(Code.FEES_FIRST_MODULE) if payer is ENTERPRISE else Account(Code.SUBSIDY_DONOR, agreement_id=DEAL)
    return Credited(
        UUID(int=5),
        payer,
        cut,
        draw(st.sampled_from([None, own])),
        Dimensions(phase="III"),
        Dimensions(phase="II"),
        Dimensions(phase="I"),
    )


@given(credited(ENTERPRISE), credited(FUNDER))
def test_a_note_mirrors_the_issue_takes_income_back_and_gives_what_was_paid_to_its_payer(
    own: Credited, funded: Credited
) -> None:
    sums: dict[tuple[str, UUID | None], int] = {}
    for entry in note_entries(UUID(int=9), FIRM, [own, funded], TODAY, "two days were not held"):
        assert sum(line.amount.minor for line in entry.postings) == 0
        for line in entry.postings:
            key = line.account.code, line.account.enterprise_id or line.account.agreement_id
            sums[key] = sums.get(key, 0) + line.amount.minor
    for part, party, receivable, deferred, income in (
        (own, FIRM, "1110", "2130", ("4010", None)),
        (funded, DEAL, "1120", "2140", ("4120", DEAL)),
    ):
        earned = part.income is not None
        assert sums.get((receivable, party), 0) == part.cut.released.minor - part.cut.amount.minor
        assert sums.get(("2110", party), 0) == -part.cut.released.minor
        assert sums.get((deferred, party), 0) == (0 if earned else part.cut.net.minor)
        assert sums.get(income, 0) == (part.cut.net.minor if earned else 0)
        assert sums.get(("9110", party), 0) == -part.cut.net.minor
    assert sums.get(("2210", None), 0) == own.cut.tax.minor
