"""Re-import and overlap add nothing; two equal bookings are two; a statement follows from the one before."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.bank.continuity import Before, follow, require_sum
from services.billing.bank.dedupe import count, key_text
from services.billing.bank.model import Line, Statement, StatementRefused
from shared.money import Money

START = date(2016, 1, 4)
MOVES = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from([-300, -100, 100, 100, 200]), st.sampled_from(["", "a", "b"])),
    max_size=14,
)


def bob(minor: int) -> Money:
    return Money(minor, "BOB")


def line(day: int, minor: int, said: str = "", bank: str = "") -> Line:
    return Line(1, START + timedelta(days=day), bob(minor), reference=said, bank_reference=bank)


def statement(lines: list[Line], opening: int, first: int, last: int) -> tuple[Statement, Money, Money]:
    closing = opening + sum(each.amount.minor for each in lines)
    days = START + timedelta(days=first), START + timedelta(days=last)
    made = Statement("", "", "BOB", bob(opening), bob(closing), *days, tuple(lines))
    return made, bob(opening), bob(closing)


class Account:
    """What an account would have stored."""

    def __init__(self, opening: int = 0) -> None:
        self.before = Before(bob(opening), None)
        self.known: Counter[str] = Counter()
        self.keys: list[tuple[str, int]] = []
        self.total = 0

    def take(self, lines: list[Line], opening: int, first: int, last: int) -> int:
        made, start, end = statement(lines, opening, first, last)
        require_sum(made, start, end)
        followed = follow(made, start, end, self.before, self.known)
        assert not followed.gap
        for each in followed.new:
            self.known[each.key.text] = max(self.known[each.key.text], each.key.occurrence)
            self.keys.append((each.key.text, each.key.occurrence))
            self.total += each.line.amount.minor
        if followed.adds:
            until = START + timedelta(days=last)
            self.before = Before(end, until if self.before.until is None else max(until, self.before.until))
        return len(followed.new)


@given(MOVES, st.integers(0, 6), st.integers(0, 6), st.randoms())
def test_statements_that_overlap_add_each_movement_once_in_any_order_of_rows(
    moves: list[tuple[int, int, str]], cut: int, back: int, shuffle: object
) -> None:
    every = [line(*move) for move in sorted(moves)]
    whole = Account()
    whole.take(every, 0, 0, 6)
    until = [each for each in every if (each.booked_on - START).days <= cut]
    since = [each for each in every if (each.booked_on - START).days >= min(back, cut + 1)]
    opening = sum(each.amount.minor for each in every if (each.booked_on - START).days < min(back, cut + 1))
    shuffle.shuffle(since)  # type: ignore[attr-defined]
    parts = Account()
    parts.take(until, 0, 0, cut)
    parts.take(since, opening, min(back, cut + 1), 6)
    assert sorted(parts.keys) == sorted(whole.keys)
    assert parts.before.balance == whole.before.balance == bob(parts.total)
    assert len(set(parts.keys)) == len(parts.keys) == len(every)
    # Again, and again in part: nothing.
    assert parts.take(every, 0, 0, 6) == parts.take(until, 0, 0, cut) == 0


def test_two_equal_bookings_of_one_day_are_both_taken() -> None:
    account = Account()
    assert account.take([line(0, 100, "fee"), line(0, 100, "fee")], 0, 0, 0) == 2


def test_an_equal_booking_in_the_next_statement_of_the_same_day_is_a_second_one() -> None:
    # Two downloads of one day, at noon and at night; the second begins where the first ended.
    account = Account()
    assert account.take([line(0, 100, "fee")], 0, 0, 0) == 1
    assert account.take([line(0, 100, "fee")], 100, 0, 0) == 0  # ends on the same day: nothing says that it goes on
    assert account.take([line(0, 100, "fee"), line(1, 50)], 100, 0, 1) == 2
    assert account.before.balance == bob(250)


def test_the_banks_own_reference_decides_even_on_another_day() -> None:
    account = Account()
    account.take([line(0, 100, "x", "R-1")], 0, 0, 0)
    moved = line(1, 100, "said otherwise", "R-1")
    assert count([moved], account.known)[0].is_known
    assert key_text(line(0, 100, bank="R-1")) != key_text(line(0, 200, bank="R-1"))


def test_a_gap_is_named_with_its_amount_and_lines_known_do_not_hide_it() -> None:
    account = Account()
    account.take([line(0, 100)], 0, 0, 0)
    made, opening, closing = statement([line(3, 50)], 130, 3, 3)
    assert follow(made, opening, closing, account.before, account.known).gap == bob(30)
    nothing, opening, closing = statement([], 130, 3, 3)
    assert follow(nothing, opening, closing, account.before, account.known).gap == bob(30)


def test_new_lines_before_the_last_statement_are_refused() -> None:
    account = Account()
    account.take([line(5, 100)], 0, 5, 5)
    made, opening, closing = statement([line(2, 7)], 0, 2, 2)
    with pytest.raises(StatementRefused) as refused:
        follow(made, opening, closing, account.before, account.known)
    assert refused.value.rule == "in-order"


def test_a_wrong_closing_balance_is_refused() -> None:
    made, opening, closing = statement([line(0, 100)], 0, 0, 0)
    with pytest.raises(StatementRefused) as refused:
        require_sum(made, opening, closing + bob(1))
    assert refused.value.rule == "closing-balance"
