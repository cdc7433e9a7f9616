"""A programme's policy: who may take part, what is offered, what is aimed at; decided by a committee, dated."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from services.enrollment.errors.policy import PolicyNotWhole, UnknownModule
from shared.days import Day
from shared.events.vocabulary import Code
from shared.text import Line, Paragraph

Headcount = Annotated[int, Field(strict=True, ge=0, le=10_000_000)]
"""Workers of an enterprise."""

PartT = TypeVar("PartT")


def some(parts: tuple[PartT, ...]) -> tuple[PartT, ...]:
    """Return `parts` unless there is none.

    Looked at after the parts themselves: `min_length` would call a single wrong part too short as well.
    """
    if not parts:
        raise PydanticCustomError("too_short", "at least one is needed")
    return parts


class PolicyValue(BaseModel):
    """A part of a policy: frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SizeClass(PolicyValue):
    """A band of head-counts, both ends included."""

    code: Code
    minimum: Headcount
    maximum: Headcount


class Region(PolicyValue):
    """A region of the programme."""

    code: Code
    name: Line


class Module(PolicyValue):
    """A module and its delivery template; `number` is only a label, since countries number differently (score.md 1)."""

    code: Code
    number: Annotated[int, Field(strict=True, ge=0, le=999)]
    name: Line
    is_first: bool = Field(default=False, strict=True)
    classroom_days: Annotated[int, Field(strict=True, ge=1, le=10)] = 2
    visits: Annotated[int, Field(strict=True, ge=1, le=5)] = 3
    max_enterprises: Annotated[int, Field(strict=True, ge=1, le=100)] = 5
    seats_managers: Annotated[int, Field(strict=True, ge=0, le=50)] = 2
    seats_workers: Annotated[int, Field(strict=True, ge=0, le=50)] = 2


def _plain(value: Decimal) -> Decimal:
    # 1E+2 and 100.00 are the same target; it is kept and shown in one way.
    return Decimal(format(value.normalize(), "f"))


class Target(PolicyValue):
    """One target of a phase, in the indicator's own unit: a count, or per cent."""

    indicator: Code
    value: Annotated[Decimal, Field(max_digits=12, decimal_places=2, ge=0), AfterValidator(_plain)]


class Phase(PolicyValue):
    """A phase of the programme; `ends_on` is open while nobody has decided it."""

    code: Code
    name: Line
    starts_on: Day
    ends_on: Day | None = None
    targets: Annotated[tuple[Target, ...], Field(max_length=50)] = ()


class Policy(PolicyValue):
    """What a committee decided: eligibility, catalogue, phases; in force from `valid_from` until the next version."""

    valid_from: Day
    decision: Paragraph
    headcount_minimum: Headcount
    headcount_maximum: Headcount
    size_classes: Annotated[
        tuple[SizeClass, ...], Field(max_length=20, json_schema_extra={"minItems": 1}), AfterValidator(some)
    ]
    sectors: Annotated[tuple[Code, ...], Field(max_length=200, json_schema_extra={"minItems": 1}), AfterValidator(some)]
    regions: Annotated[
        tuple[Region, ...], Field(max_length=200, json_schema_extra={"minItems": 1}), AfterValidator(some)
    ]
    modules: Annotated[
        tuple[Module, ...], Field(max_length=100, json_schema_extra={"minItems": 1}), AfterValidator(some)
    ]
    phases: Annotated[tuple[Phase, ...], Field(max_length=20)] = ()


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy with its place in the programme's history; what was judged by it keeps `version`."""

    programme: str
    version: int
    policy: Policy

    def module(self, code: str) -> Module:
        """Return the module of the catalogue; raises UnknownModule."""
        for module in self.policy.modules:
            if module.code == code:
                return module
        raise UnknownModule(code, self.version)

    def offers_region(self, code: str) -> bool:
        """Tell whether the policy names the region."""
        return any(region.code == code for region in self.policy.regions)

    def size_class_of(self, headcount: int) -> SizeClass | None:
        """Return the band `headcount` falls in, or None outside the window."""
        for band in self.policy.size_classes:
            if band.minimum <= headcount <= band.maximum:
                return band
        return None


def require_whole(policy: Policy) -> None:
    """Raise PolicyNotWhole where `policy` contradicts itself, naming the field and the rule.

    The bands tile the window: every head-count in it has exactly one size class, since subsidies hang on it.
    """
    if policy.headcount_minimum > policy.headcount_maximum:
        raise PolicyNotWhole("headcount_maximum", "window-in-order", "the window ends before it starts")
    _require_unique("size_classes", (band.code for band in policy.size_classes))
    _require_tiling(policy)
    _require_unique("sectors", policy.sectors, part="")
    _require_unique("regions", (region.code for region in policy.regions))
    _require_unique("modules", (module.code for module in policy.modules))
    _require_modules(policy.modules)
    _require_unique("phases", (phase.code for phase in policy.phases))
    for index, phase in enumerate(policy.phases):
        if phase.ends_on is not None and phase.ends_on < phase.starts_on:
            raise PolicyNotWhole(f"phases.{index}.ends_on", "dates-in-order", "the phase ends before it starts")
        _require_unique(f"phases.{index}.targets", (target.indicator for target in phase.targets), part=".indicator")


def _require_unique(field: str, codes: Iterable[str], part: str = ".code") -> None:
    for index, code in _repeated(codes):
        raise PolicyNotWhole(f"{field}.{index}{part}", "code-once", f"{code} is named twice")


def _repeated(codes: Iterable[str]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for index, code in enumerate(codes):
        if code in seen:
            yield index, code
        seen.add(code)


def _require_tiling(policy: Policy) -> None:
    wanted = policy.headcount_minimum
    bands = sorted(enumerate(policy.size_classes), key=lambda item: item[1].minimum)
    for index, band in bands:
        field = f"size_classes.{index}"
        if band.minimum != wanted:
            kind = "gap" if band.minimum > wanted else "overlap"
            sentence = f"{band.code} starts at {band.minimum}; without gap or overlap it starts at {wanted}"
            raise PolicyNotWhole(f"{field}.minimum", f"no-{kind}", sentence)
        if band.maximum < band.minimum:
            raise PolicyNotWhole(f"{field}.maximum", "band-in-order", f"{band.code} ends before it starts")
        wanted = band.maximum + 1
    if wanted != policy.headcount_maximum + 1:
        index, band = bands[-1]
        kind = "gap" if band.maximum < policy.headcount_maximum else "overlap"
        sentence = f"{band.code} ends at {band.maximum}, the window at {policy.headcount_maximum}"
        raise PolicyNotWhole(f"size_classes.{index}.maximum", f"no-{kind}", sentence)


def _require_modules(modules: Sequence[Module]) -> None:
    firsts = sum(module.is_first for module in modules)
    if firsts != 1:
        raise PolicyNotWhole("modules", "one-first-module", f"{firsts} modules are first; exactly one is")
    for index, module in enumerate(modules):
        if module.seats_managers + module.seats_workers == 0:
            raise PolicyNotWhole(f"modules.{index}.seats_workers", "some-seat", f"{module.code} has no seat at all")
