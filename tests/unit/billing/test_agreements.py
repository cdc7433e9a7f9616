"""Agreements never promise more than the whole price, on no day and for no partner."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.agreements import WHOLE, Terms, excess
from services.billing.domain.prices import Succession, Validity, succeed
from shared.events.vocabulary import PayerClass

FIRST = date(2016, 1, 1)
PARTNERS = [None, UUID(int=1), UUID(int=2)]


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@st.composite
def validities(draw: st.DrawFn) -> Validity:
    start = draw(st.integers(0, 12))
    return Validity(day(start), draw(st.one_of(st.none(), st.integers(start, 14).map(day))))


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    shares = draw(st.dictionaries(st.sampled_from(["small", "medium"]), st.integers(1, 6_000), min_size=1))
    return Terms(PayerClass.GOVERNMENT, draw(st.sampled_from(PARTNERS)), draw(validities()), shares)


def worst(every: Iterable[Terms], new: Terms) -> int:
    """Return the most that is promised anywhere, by trying every day, size and partner."""
    everything = [*every, new]
    return max(
        sum(
            each.shares.get(size, 0)
            for each in everything
            if each.validity.covers(day(number)) and each.partner_id in (None, partner)
        )
        for number in range(30)
        for size in new.shares
        for partner in PARTNERS
        if new.validity.covers(day(number)) and (new.partner_id is None or partner == new.partner_id)
    )


@given(st.lists(terms(), max_size=5), terms())
def test_an_excess_is_found_exactly_when_some_day_promises_more_than_everything(every: list[Terms], new: Terms) -> None:
    found = excess(every, new)
    assert (found is not None) == (worst(every, new) > WHOLE)
    if found is not None:
        assert found.total > WHOLE
        assert new.validity.covers(found.day)


def test_agreements_that_follow_each_other_do_not_add_up() -> None:
    old = Terms(PayerClass.DONOR, None, Validity(day(0), day(9)), {"small": 6_000})
    new = Terms(PayerClass.DONOR, None, Validity(day(10)), {"small": 6_000})
    assert excess([old], new) is None
    overlapping = Terms(PayerClass.DONOR, None, Validity(day(9)), {"small": 6_000})
    assert excess([old], overlapping) is not None


def test_an_agreement_for_all_partners_meets_the_own_funds_of_each() -> None:
    own = Terms(PayerClass.PARTNER, PARTNERS[1], Validity(day(0)), {"small": 3_000})
    others = Terms(PayerClass.PARTNER, PARTNERS[2], Validity(day(0)), {"small": 5_000})
    for_all = Terms(PayerClass.ILO, None, Validity(day(0)), {"small": 6_000})
    assert excess([own], for_all) is None
    assert excess([own, others], for_all) is not None
    assert excess([for_all, own], others) is not None


@given(st.lists(validities(), max_size=6), validities())
def test_prices_in_force_are_one_a_day_after_any_succession(existing: list[Validity], new: Validity) -> None:
    kept: dict[UUID, Validity] = {}
    for number, validity in enumerate([*existing, new], start=1):
        decided = succeed(kept.items(), validity)
        if decided.in_the_way is not None:
            assert kept[decided.in_the_way].overlaps(validity)
            continue
        if decided.ended is not None:
            assert kept[decided.ended].ends_on is None
            kept[decided.ended] = Validity(kept[decided.ended].starts_on, decided.last_day)
        kept[UUID(int=number)] = validity
    for number in range(30):
        assert sum(validity.covers(day(number)) for validity in kept.values()) <= 1


def test_a_price_without_an_end_runs_until_the_next_begins() -> None:
    assert succeed([(UUID(int=1), Validity(day(0)))], Validity(day(5))) == Succession(UUID(int=1), day(4))
    assert succeed([(UUID(int=1), Validity(day(5)))], Validity(day(5))).in_the_way == UUID(int=1)
    assert succeed([(UUID(int=1), Validity(day(5)))], Validity(day(0), day(4))) == Succession()
