"""Reminders: which level is due when, and which invoices a run leaves alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from shared.money import Money


class Pause(StrEnum):
    """Why an invoice is left alone for a while; `resumed` ends that."""

    DISPUTED = "disputed"
    PAUSED = "paused"
    RESUMED = "resumed"


class Skip(StrEnum):
    """Why a run did not remind of something that was due for it."""

    DISPUTED = "disputed"
    PAUSED = "paused"
    BELOW_MINIMUM = "below-minimum"
    CREDIT_COVERS = "credit-covers"


@dataclass(frozen=True, slots=True)
class Paused:
    """An invoice left alone until a day, that day included."""

    cause: Pause
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Overdue:
    """Something open after its due day; `level` and `reminded_on` are those of its last reminder."""

    invoice_id: UUID
    enterprise_id: UUID
    number: str
    due_on: date
    open: Money
    level: int = 0
    reminded_on: date | None = None
    paused: Paused | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days after the due day on which each level is sent, and the least that a letter is worth."""

    days_after_due: tuple[int, ...]
    minimum: Money

    def next_level(self, debt: Overdue, on: date) -> int | None:
        """Return the level that is due for `debt` on a day, or None.

        Levels come one after the other and as far apart as the schedule has them: a run that comes late, or twice on a
        day, never sends two of them at once.
        """
        if debt.level >= len(self.days_after_due):
            return None
        wait = self.days_after_due[debt.level]
        day = debt.due_on + timedelta(days=wait)
        if debt.reminded_on is not None:
            day = max(day, debt.reminded_on + timedelta(days=wait - self.days_after_due[debt.level - 1]))
        return debt.level + 1 if day <= on else None


@dataclass(frozen=True, slots=True)
class Letter:
    """One reminder: to one enterprise, of one level."""

    enterprise_id: UUID
    level: int
    debts: tuple[Overdue, ...]
    total: Money


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was due for a reminder and got none."""

    debt: Overdue
    level: int
    cause: Skip
    reason: str


def plan_run(
    schedule: Schedule, debts: Iterable[Overdue], credit_of: Mapping[UUID, Money], on: date
) -> tuple[tuple[Letter, ...], tuple[Skipped, ...]]:
    """Decide which letters a run of a day makes and what it leaves out, and why.

    `credit_of`: what each enterprise has paid that is not set against anything yet; who paid enough is left alone.
    """
    due: defaultdict[UUID, defaultdict[int, list[Overdue]]] = defaultdict(lambda: defaultdict(list))
    skipped: list[Skipped] = []
    for debt in sorted(debts, key=lambda each: (each.due_on, each.number)):
        level = schedule.next_level(debt, on)
        if level is None:
            continue
        if debt.paused is not None and on <= debt.paused.until:
            skipped.append(Skipped(debt, level, Skip(debt.paused.cause.value), debt.paused.reason))
        else:
            due[debt.enterprise_id][level].append(debt)
    letters: list[Letter] = []
    for enterprise_id, levels in due.items():
        letters_of_one = [_letter(enterprise_id, level, levels[level]) for level in sorted(levels, reverse=True)]
        owed = sum((letter.total for letter in letters_of_one), Money.zero(schedule.minimum.currency))
        has = credit_of.get(enterprise_id, Money.zero(owed.currency))
        for letter in letters_of_one:
            if owed <= has:
                skipped += _skip(letter, Skip.CREDIT_COVERS, f"{has} of the payer waits to be set against invoices")
            elif letter.total < schedule.minimum:
                skipped += _skip(letter, Skip.BELOW_MINIMUM, f"{letter.total} is less than {schedule.minimum}")
            else:
                letters.append(letter)
    return tuple(letters), tuple(skipped)


def _letter(enterprise_id: UUID, level: int, debts: Sequence[Overdue]) -> Letter:
    total = debts[0].open
    for debt in debts[1:]:
        total = total + debt.open
    return Letter(enterprise_id, level, tuple(debts), total)


def _skip(letter: Letter, cause: Skip, reason: str) -> list[Skipped]:
    return [Skipped(debt, letter.level, cause, reason) for debt in letter.debts]
