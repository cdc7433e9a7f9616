"""Whether an enterprise may take part, by the policy in force on the day."""

from services.enrollment.domain.policy import PolicyVersion, SizeClass
from services.enrollment.errors.policy import HeadcountOutsideWindow, RegionNotEligible, SectorNotEligible


def require_eligible(in_force: PolicyVersion, *, sector: str, region: str, women: int, men: int) -> SizeClass:
    """Return the size class; raises RegionNotEligible, SectorNotEligible or HeadcountOutsideWindow.

    Source of the rule: architecture section 8, first item.
    """
    require_region(in_force, region)
    if sector not in in_force.policy.sectors:
        raise SectorNotEligible(sector, in_force.version)
    return size_class_at(in_force, women + men, fields=("women", "men"))


def require_region(in_force: PolicyVersion, region: str) -> None:
    """Raise RegionNotEligible unless the policy names the region."""
    if not in_force.offers_region(region):
        raise RegionNotEligible(region, in_force.version)


def size_class_at(in_force: PolicyVersion, headcount: int, *, fields: tuple[str, ...]) -> SizeClass:
    """Return the size class of `headcount`; raises HeadcountOutsideWindow naming `fields`."""
    band = in_force.size_class_of(headcount)
    if band is None:
        policy = in_force.policy
        raise HeadcountOutsideWindow(headcount, policy.headcount_minimum, policy.headcount_maximum, fields)
    return band
