"""From a price to invoices: every sum exact, whatever discount, instalments, funders and tax."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.agreements import WHOLE
from services.billing.domain.discounts import Discount, DiscountKind
from services.billing.domain.drafts import Draft, Terms, drafts
from services.billing.domain.instalments import Instalment, WaitsFor, is_whole
from services.billing.domain.parts import TaxCategory
from services.billing.domain.shares import Offer, Share, split_price, spread
from services.billing.domain.tax import UNTAXED, TaxOwed, TaxRule, net_of, tax_on
from shared.events.vocabulary import PayerClass
from shared.money import Money

A, B = UUID(int=1), UUID(int=2)
RICH = 10**15


def bob(minor: int) -> Money:
    return Money(minor, "BOB")


def percent(points: int) -> TaxRule:
    return TaxRule("IVA", TaxCategory.STANDARD, points, included=False, reason=None)


def within(points: int) -> TaxRule:
    return TaxRule("IVA", TaxCategory.STANDARD, points, included=True, reason=None)


def plan(*shares: int) -> tuple[Instalment, ...]:
    return tuple(Instalment(share, WaitsFor.ENROLLMENT) for share in shares)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Instalment, ...]:
    cuts = sorted(draw(st.sets(st.integers(1, WHOLE - 1), max_size=4)))
    ends = [*cuts, WHOLE]
    return plan(*(end - start for start, end in zip([0, *cuts], ends, strict=True)))


@st.composite
def offers(draw: st.DrawFn) -> list[Offer]:
    first = draw(st.integers(0, WHOLE))
    second = draw(st.integers(0, WHOLE - first))
    ceilings = st.one_of(st.just(RICH), st.integers(0, 100_000))
    return [
        Offer(agreement, payer, share, bob(draw(ceilings)))
        for agreement, payer, share in ((A, PayerClass.DONOR, first), (B, PayerClass.GOVERNMENT, second))
        if share
    ]


TAXES = st.one_of(st.just(UNTAXED), st.builds(percent, st.integers(1, 3_000)), st.builds(within, st.integers(1, 3_000)))
DISCOUNTS = st.one_of(
    st.none(),
    st.integers(1, WHOLE).map(lambda rate: Discount(A, DiscountKind.PERCENTAGE, rate)),
    st.integers(1, 10**9).map(lambda minor: Discount(A, DiscountKind.AMOUNT, amount=bob(minor))),
    st.just(Discount(A, DiscountKind.WAIVER)),
)


def sums(made: tuple[Draft, ...]) -> dict[UUID | None, int]:
    """Return the net amounts of each payer over the instalments."""
    found: dict[UUID | None, int] = {}
    for draft in made:
        for share in draft.shares:
            found[share.agreement_id] = found.get(share.agreement_id, 0) + share.net.minor
    return {payer: minor for payer, minor in found.items() if minor}


@given(st.integers(1, 10**9), plans(), TAXES, DISCOUNTS, offers())
def test_every_sum_is_exact(
    price: int, parts: tuple[Instalment, ...], tax: TaxRule, discount: Discount | None, paying: list[Offer]
) -> None:
    terms = Terms(bob(price), parts, tax, discount)
    made = drafts(terms, paying)
    assert [draft.number for draft in made] == list(range(1, len(parts) + 1))
    assert sum(draft.price.minor for draft in made) == price
    for draft in made:
        assert draft.shares[0].payer_class is PayerClass.ENTERPRISE
        assert all(share.amount.minor >= share.tax_minor >= 0 for share in draft.shares)
        assert all(share.amount.minor > 0 and not share.tax_minor for share in draft.shares[1:])
        assert draft.discount.minor >= 0
        assert draft.total.minor == sum(share.net.minor for share in draft.shares) + draft.tax.minor
        assert draft.tax == draft.shares[0].tax
    waived = discount is not None and discount.kind is DiscountKind.WAIVER
    net = sum(draft.total.minor - draft.tax.minor for draft in made)
    off = sum(draft.discount.minor for draft in made)
    if not tax.included:
        assert net + off == price
        assert all(draft.tax == tax_on(draft.total - draft.tax, tax.rate) for draft in made)
    elif not waived:
        asked = price - (0 if discount is None else discount.off(bob(price)).minor)
        assert sum(draft.total.minor for draft in made) == asked
    base = bob(net + off) if waived else bob(net)
    ideal = {share.agreement_id: share.amount.minor for share in split_price(base, paying) if share.amount}
    if waived:
        assert made[0].shares[0].net.minor == 0
        ideal.pop(None, None)
    assert sums(made) == ideal


@given(st.integers(1, 10**9), plans(), TAXES, DISCOUNTS, offers())
def test_a_draft_made_again_has_the_same_part_of_the_price(
    price: int, parts: tuple[Instalment, ...], tax: TaxRule, discount: Discount | None, paying: list[Offer]
) -> None:
    with_it = drafts(Terms(bob(price), parts, tax, discount), paying)
    without = drafts(Terms(bob(price), parts, tax, None), [])
    assert [draft.price for draft in with_it] == [draft.price for draft in without]


@pytest.mark.parametrize("currency", ["VND", "BOB", "TND"])
def test_a_price_with_tax_in_it_is_what_is_asked_for(currency: str) -> None:
    [draft] = drafts(Terms(Money(10_000, currency), tax=within(1_300)), [])
    assert (draft.total.minor, draft.tax.minor) == (10_000, 1_150)
    assert net_of(Money(10_000, currency), 1_300).minor == 8_850


def test_the_funders_pay_their_part_of_the_net_price_and_the_enterprise_bears_the_tax() -> None:
    donor = Offer(A, PayerClass.DONOR, 2_500, bob(RICH))
    [draft] = drafts(
        Terms(bob(100_000), tax=percent(1_300), discount=Discount(B, DiscountKind.PERCENTAGE, 1_000)), [donor]
    )
    own, paid = draft.shares
    assert (paid.amount.minor, own.net.minor, own.tax_minor, own.amount.minor) == (22_500, 67_500, 11_700, 79_200)
    assert draft.discount.minor == 10_000


def test_a_waiver_leaves_the_funders_and_their_tax() -> None:
    donor = Offer(A, PayerClass.DONOR, 2_500, bob(RICH))
    waiver = Discount(B, DiscountKind.WAIVER)
    [draft] = drafts(Terms(bob(100_000), discount=waiver), [donor])
    assert [share.amount.minor for share in draft.shares] == [0, 25_000]
    assert draft.discount.minor == 75_000
    [taxed] = drafts(Terms(bob(100_000), tax=percent(1_300), discount=waiver), [donor])
    assert (taxed.shares[0].amount.minor, taxed.shares[0].net.minor, taxed.tax.minor) == (3_250, 0, 3_250)
    [alone] = drafts(Terms(bob(100_000), tax=within(1_300), discount=waiver), [])
    assert (alone.total.minor, alone.discount) == (0, net_of(bob(100_000), 1_300))


def test_parts_that_do_not_make_the_shares_are_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="do not make the shares"):
        spread([Share(PayerClass.ENTERPRISE, None, bob(10))], [bob(4), bob(5)])


def test_a_plan_is_whole() -> None:
    assert is_whole(plan(6_000, 4_000))
    assert not is_whole(plan(6_000, 3_999))
    assert not is_whole(plan(10_000, 0))


@given(st.integers(1, 10**7), st.integers(0, WHOLE), st.lists(st.integers(-3, 10**6), max_size=8))
def test_payments_split_into_net_and_tax_and_the_last_clears_both(owed: int, part: int, steps: list[int]) -> None:
    tax = owed * part // WHOLE
    paid = tax_paid = 0
    history: list[tuple[int, int]] = []
    # A negative step takes an earlier payment back, with the tax it paid; the last pays all that is left.
    for step in [*steps, owed]:
        if step < 0 and history:
            amount, took = history.pop(step % len(history))
            paid, tax_paid = paid - amount, tax_paid - took
        elif amount := min(max(step, 0), owed - paid):
            took = TaxOwed(owed, tax, paid, tax_paid).of_payment(amount)
            paid, tax_paid = paid + amount, tax_paid + took
            history.append((amount, took))
        assert 0 <= tax_paid <= tax
        assert 0 <= paid - tax_paid <= owed - tax
    assert (paid, tax_paid) == (owed, tax)


def test_how_much_a_discount_gives_up() -> None:
    assert Discount(A, DiscountKind.PERCENTAGE, 1_250).share_of(None) == 1_250
    assert Discount(A, DiscountKind.WAIVER).share_of(bob(10)) == WHOLE
    amount = Discount(A, DiscountKind.AMOUNT, amount=bob(333))
    assert (amount.share_of(bob(1_000)), amount.share_of(bob(100)), amount.share_of(None)) == (3_330, WHOLE, WHOLE)
    assert amount.share_of(bob(999_999)) == 4
