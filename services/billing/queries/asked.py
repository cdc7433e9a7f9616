"""What cost recovery is asked of, and how it narrows a query."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Select, and_, true

from services.billing.domain import windows
from services.billing.domain.programme import Programme
from services.billing.domain.windows import Days, WindowKind
from services.billing.errors import DateOrder, UnknownCode, WindowMismatch
from services.billing.schemas.recovery import Scope, Window
from services.billing.tables import recovery_posting
from shared.events.vocabulary import Basis


@dataclass(frozen=True, slots=True)
class Asked:
    """Programme, basis, window of effective days, scope; `first_modules` is what the policy says they are."""

    programme: str
    basis: Basis
    window: Window
    scope: Scope
    first_modules: tuple[str, ...] = ()

    @property
    def overhead_in_scope(self) -> bool:
        """Whether overhead can be told for this scope; it has no module, delivery or training."""
        scope = self.scope
        return (scope.module, scope.modules, scope.module_group, scope.delivery, scope.training) == (None,) * 5


_NEEDS: Final = {WindowKind.PHASE: "window_phase", WindowKind.YEAR: "year", WindowKind.ROLLING: "months"}


def window_of(days: Days) -> Window:
    """Return a window as it is shown."""
    return Window(kind=days.kind, since=days.since, until=days.until, text=days.text, complete=days.complete)


@dataclass(frozen=True, slots=True)
class WindowAsked:
    """A window by its kind and what the kind needs; `today` is the last day of a window that names none."""

    kind: WindowKind
    since: date | None
    until: date | None
    phase: str | None
    year: int | None
    months: int | None

    def days(self, policy: Programme, today: date) -> Days:
        """Return the days; raises WindowMismatch, UnknownCode or DateOrder."""
        given = {"window_phase": self.phase, "year": self.year, "months": self.months}
        wanted = _NEEDS.get(self.kind)
        for field, value in given.items():
            if (value is not None) != (field == wanted):
                raise WindowMismatch(field, self.kind.value, needed=field == wanted)
        if self.since is not None and self.kind is not WindowKind.SPAN:
            raise WindowMismatch("from", self.kind.value, needed=False)
        until = self.until or today
        match self.kind:
            case WindowKind.SPAN:
                if self.since is not None and self.until is not None:
                    _not_before(self.until, self.since, "from")
                return windows.span(self.since, self.until)
            case WindowKind.CUMULATIVE:
                return windows.cumulative(until)
            case WindowKind.ROLLING:
                return windows.rolling(self.months or 1, until)
            case WindowKind.YEAR:
                found = windows.of_year(self.year or 1, until)
            case WindowKind.PHASE:
                phase = next((each for each in policy.phases if each.code == self.phase), None)
                if phase is None:
                    raise UnknownCode("window_phase", str(self.phase), "phase")
                found = windows.of_phase(phase, until)
        if found.since is not None and found.until is not None:
            _not_before(until, found.since, f"the first day of {found.kind} {self.phase or self.year}")
        return found


def _not_before(day: date, earliest: date, what: str) -> None:
    if day < earliest:
        raise DateOrder("to", day, earliest, what)


def first_modules(policy: Programme) -> tuple[str, ...]:
    """Return the modules that come first by the policy."""
    return tuple(sorted(code for code, is_first in policy.modules.items() if is_first))


LEDGER_COLUMNS: Mapping[str, Column[Any]] = {
    "day": recovery_posting.c.effective_on,
    "partner": recovery_posting.c.book_id,
    "module": recovery_posting.c.module,
    "region": recovery_posting.c.region,
    "delivery": recovery_posting.c.delivery,
    "training": recovery_posting.c.training_id,
    "phase": recovery_posting.c.phase,
}
"""Where the view of postings has what a scope names."""


def within(asked: Asked, columns: Mapping[str, Column[Any]]) -> ColumnElement[bool]:
    """Return the condition of a window and scope on `columns`."""
    return and_(true(), *_window(asked.window, columns["day"]), *_scope(asked, columns))


def _window(window: Window, day: Column[date]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if window.since is not None:
        conditions.append(day >= window.since)
    if window.until is not None:
        conditions.append(day <= window.until)
    return conditions


def _scope(asked: Asked, columns: Mapping[str, Column[Any]]) -> list[ColumnElement[bool]]:
    scope, module = asked.scope, columns["module"]
    conditions: list[ColumnElement[bool]] = [
        columns[name] == getattr(scope, name)
        for name in ("partner", "module", "region", "delivery", "training", "phase")
        if getattr(scope, name) is not None
    ]
    if scope.modules is not None:
        conditions.append(module.in_(scope.modules))
    if scope.module_group == "first":
        conditions.append(module.in_(asked.first_modules))
    elif scope.module_group == "further":
        # Overhead has no module: it belongs to neither group.
        conditions += [module.is_not(None), module.not_in(asked.first_modules)]
    return conditions


def of_ledger(query: Select[Any], asked: Asked) -> Select[Any]:
    """Narrow a query on the view of postings."""
    view = recovery_posting.c
    return query.where(
        view.programme == asked.programme, view.basis == asked.basis.value, within(asked, LEDGER_COLUMNS)
    )
