"""Pledges: each amount in one stage, each payment against one promise."""

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.pledges import (
    Contracted,
    PledgeState,
    Promise,
    TakenUp,
    age_band,
    aged,
    pledge_state,
    stages,
)
from shared.money import Money

FIRST = date(2014, 6, 30)
DEALS = [UUID(int=number) for number in range(1, 4)]


@pytest.mark.parametrize(
    ("days", "band"),
    [(0, "0-90"), (90, "0-90"), (91, "91-180"), (180, "91-180"), (365, "181-365"), (366, "366-730"), (731, "over 730")],
)
def test_bands_meet_without_a_gap(days: int, band: str) -> None:
    assert age_band(days) == band


def test_the_state_says_what_became_of_a_pledge() -> None:
    assert pledge_state(100, 99, None) is PledgeState.PLEDGED
    assert pledge_state(100, 100, None) is PledgeState.CONTRACTED
    assert pledge_state(100, 40, "lapsed") is PledgeState.LAPSED
    assert pledge_state(100, 0, "withdrawn") is PledgeState.WITHDRAWN


@st.composite
def promises(draw: st.DrawFn) -> list[Promise]:
    made = []
    for number in range(draw(st.integers(1, 5))):
        amount = draw(st.integers(1, 1_000))
        left, parts = amount, []
        for deal in draw(st.lists(st.sampled_from(DEALS), unique=True, max_size=3)):
            part = draw(st.integers(0, left))
            left -= part
            if part:
                parts.append(TakenUp(deal, Money(part, "USD"), in_pledge_currency=draw(st.booleans())))
        made.append(
            Promise(
                UUID(int=50 + number),
                Money(amount, "USD"),
                FIRST + timedelta(days=draw(st.integers(0, 5))),
                None,
                tuple(parts),
                draw(st.booleans()),
            )
        )
    return made


@given(promises(), st.dictionaries(st.sampled_from(DEALS), st.integers(0, 2_000)))
def test_what_an_agreement_paid_is_set_against_its_promises_once(
    given_: list[Promise], received: dict[UUID, int]
) -> None:
    listed = {each.promise.id: each for each in aged(given_, received.items(), FIRST + timedelta(days=10))}
    taken, paid_at_most = 0, 0
    comparable = Counter[UUID]()
    for promise in given_:
        part_of_contracts = sum(part.amount.minor for part in promise.taken_up)
        still_open = 0 if promise.has_ended else promise.amount.minor - part_of_contracts
        shown = listed.get(promise.id)
        assert (0 if shown is None else shown.pledged.minor) == still_open
        outstanding = 0 if shown is None else shown.contracted.minor
        assert 0 <= outstanding <= part_of_contracts
        taken += part_of_contracts - outstanding
        for part in promise.taken_up:
            comparable[part.agreement_id] += part.amount.minor if part.in_pledge_currency else 0
    paid_at_most = sum(min(received.get(deal, 0), comparable[deal]) for deal in DEALS)
    assert taken == paid_at_most


def test_the_oldest_promise_is_kept_first() -> None:
    part = TakenUp(DEALS[0], Money(100, "USD"), in_pledge_currency=True)
    old, new = (
        Promise(UUID(int=number), Money(100, "USD"), FIRST + timedelta(days=number), None, (part,), has_ended=False)
        for number in (1, 2)
    )
    [listed] = aged([new, old], [(DEALS[0], 130)], FIRST + timedelta(days=100))
    assert (listed.promise, listed.contracted.minor, listed.days) == (new, 70, 98)


@given(
    st.lists(st.integers(0, 10**6), max_size=5),
    st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6)).map(
            lambda three: Contracted(*sorted(three, reverse=True))
        ),
        max_size=5,
    ),
)
def test_the_stages_add_up_to_what_was_promised_and_nothing_is_in_two(
    open_pledges: list[int], deals: list[Contracted]
) -> None:
    now = stages(open_pledges, deals)
    assert now.total == sum(open_pledges) + sum(deal.bound for deal in deals)
    assert min(now.pledged, now.contracted, now.invoiced, now.received) >= 0
    assert now.received == sum(deal.received for deal in deals)
