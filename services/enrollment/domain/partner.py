"""Partners: one national, and regional chambers under it."""

from services.enrollment.domain.eligibility import require_region
from services.enrollment.domain.policy import PolicyVersion
from services.enrollment.errors.register import PartnerMisplaced
from shared.events.vocabulary import PartnerKind


def require_place_of_partner(
    in_force: PolicyVersion, kind: PartnerKind, *, region: str | None, parent_kind: PartnerKind | None
) -> None:
    """Raise PartnerMisplaced or RegionNotEligible unless region and parent fit the kind.

    A regional chamber has a region of the policy and stands under the national partner, which has neither
    (score.md section 5). `parent_kind` is the kind of the named parent, None when none is named.
    """
    if kind is PartnerKind.NATIONAL:
        if region is not None:
            raise PartnerMisplaced("the national partner belongs to no single region", field="region")
        if parent_kind is not None:
            raise PartnerMisplaced("the national partner stands under nobody")
        return
    if region is None:
        raise PartnerMisplaced("a regional chamber has a region", field="region")
    if parent_kind is not PartnerKind.NATIONAL:
        raise PartnerMisplaced("a regional chamber stands under the national partner")
    require_region(in_force, region)
