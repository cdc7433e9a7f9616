"""What a programme's policy refuses."""

from collections.abc import Sequence
from datetime import date

from services.enrollment.errors import RuleBroken
from shared.errors import Conflict, FieldError


class PolicyNotWhole(RuleBroken):
    """A policy contradicts itself; `rule` says how."""

    code = "policy-not-whole"

    def __init__(self, field: str, rule: str, sentence: str) -> None:
        super().__init__(sentence, field=field, rule=rule)


class PolicyNotLater(RuleBroken):
    """A policy version comes into force no later than the one before it."""

    code = "policy-not-later"

    def __init__(self, valid_from: date, last: date) -> None:
        super().__init__(f"{valid_from} is not after {last}, when the last version came into force", field="valid_from")


class NoPolicyInForce(RuleBroken):
    """The programme had no policy on that day."""

    code = "no-policy-in-force"

    def __init__(self, programme: str, day: date, field: str) -> None:
        super().__init__(f"programme {programme} has no policy in force on {day}", field=field)


class RegionNotEligible(RuleBroken):
    """The policy in force does not name the region."""

    code = "region-not-eligible"

    def __init__(self, region: str, version: int) -> None:
        super().__init__(f"region {region} is not in policy version {version}", field="region")


class SectorNotEligible(RuleBroken):
    """The policy in force does not name the sector."""

    code = "sector-not-eligible"

    def __init__(self, sector: str, version: int) -> None:
        super().__init__(f"sector {sector} is not in policy version {version}", field="sector")


class UnknownModule(RuleBroken):
    """The policy in force does not offer the module."""

    code = "unknown-module"

    def __init__(self, module: str, version: int) -> None:
        super().__init__(f"module {module} is not in the catalogue of policy version {version}", field="module")


class HeadcountOutsideWindow(RuleBroken):
    """The enterprise is too small or too large for the policy in force; names both head-counts."""

    code = "headcount-outside-window"

    def __init__(self, headcount: int, minimum: int, maximum: int, fields: Sequence[str]) -> None:
        super().__init__(f"{headcount} workers are outside the window of {minimum} to {maximum}")
        self.errors = tuple(FieldError(field, self.code, self.detail) for field in fields)


class ProgrammeExists(Conflict):
    """A programme is defined once; later versions of its policy follow."""

    code = "programme-exists"

    def __init__(self, programme: str) -> None:
        super().__init__(f"programme {programme} is already defined; add a policy version", field="programme")
