"""Levels come one after the other, once each, and never closer together than the schedule has them."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.reminders import Overdue, Pause, Paused, Schedule, Skip, plan_run
from shared.money import Money

DUE = date(2016, 1, 31)
FIRM = UUID(int=1)
NOTHING = Money(0, "BOB")


def day(number: int) -> date:
    return DUE + timedelta(days=number)


def overdue(number: int = 1, owed: int = 10_000, *, firm: UUID = FIRM, paused: Paused | None = None) -> Overdue:
    return Overdue(UUID(int=100 + number), firm, f"INV-2016-{number:05d}", DUE, Money(owed, "BOB"), paused=paused)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    days = draw(st.lists(st.integers(1, 120), min_size=1, max_size=5, unique=True))
    return Schedule(tuple(sorted(days)), NOTHING)


@given(schedules(), st.lists(st.integers(0, 400), max_size=20))
def test_whatever_the_days_of_the_runs_each_level_goes_out_once_in_order_and_apart(
    schedule: Schedule, days: list[int]
) -> None:
    debt, sent = overdue(), list[date]()
    for on in map(day, sorted(days)):
        level = schedule.next_level(debt, on)
        if level is not None:
            assert level == len(sent) + 1
            sent.append(on)
            debt = overdue_at(level, on)
            assert schedule.next_level(debt, on) is None
    waits = schedule.days_after_due
    assert all(sent_on >= day(wait) for sent_on, wait in zip(sent, waits, strict=False))
    for place in range(1, len(sent)):
        assert (sent[place] - sent[place - 1]).days >= waits[place] - waits[place - 1]


def overdue_at(level: int, on: date) -> Overdue:
    return Overdue(UUID(int=101), FIRM, "INV-2016-00001", DUE, Money(10_000, "BOB"), level, on)


@given(schedules())
def test_runs_on_time_send_every_level_on_its_day(schedule: Schedule) -> None:
    debt = overdue()
    for level, wait in enumerate(schedule.days_after_due, start=1):
        assert schedule.next_level(debt, day(wait - 1)) is None
        assert schedule.next_level(debt, day(wait)) == level
        debt = overdue_at(level, day(wait))


def test_one_letter_goes_to_each_enterprise_and_level() -> None:
    schedule, other = Schedule((7, 21), NOTHING), UUID(int=2)
    debts = [overdue(1), overdue(2, 500), overdue(3, firm=other), overdue_at(1, day(7))]
    letters, skipped = plan_run(schedule, debts, {}, day(30))
    assert skipped == ()
    got = {(letter.enterprise_id, letter.level): (letter.total.minor, len(letter.debts)) for letter in letters}
    assert got == {(FIRM, 1): (10_500, 2), (FIRM, 2): (10_000, 1), (other, 1): (10_000, 1)}


def test_a_paused_invoice_is_left_alone_until_its_day_and_no_longer() -> None:
    schedule = Schedule((7,), NOTHING)
    debt = overdue(paused=Paused(Pause.DISPUTED, day(20), "the second day was not held"))
    letters, [skip] = plan_run(schedule, [debt], {}, day(20))
    assert (letters, skip.cause, skip.reason) == ((), Skip.DISPUTED, "the second day was not held")
    letters, skipped = plan_run(schedule, [debt], {}, day(21))
    assert (len(letters), skipped) == (1, ())


def test_little_is_not_worth_a_letter_and_who_paid_enough_gets_none() -> None:
    schedule = Schedule((7,), Money(10_001, "BOB"))
    _, [small] = plan_run(schedule, [overdue()], {}, day(8))
    assert small.cause is Skip.BELOW_MINIMUM
    _, both = plan_run(schedule, [overdue(1), overdue(2)], {FIRM: Money(20_000, "BOB")}, day(8))
    assert [skip.cause for skip in both] == [Skip.CREDIT_COVERS] * 2
    letters, _ = plan_run(schedule, [overdue(1), overdue(2)], {FIRM: Money(19_999, "BOB")}, day(8))
    assert letters[0].total.minor == 20_000
