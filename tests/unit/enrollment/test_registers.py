"""Who may be registered: partners, enterprises, tax ids, dates, texts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrollment.domain.dates import require_happened
from services.enrollment.domain.eligibility import require_eligible
from services.enrollment.domain.partner import require_place_of_partner
from services.enrollment.domain.tax_id import normalise_tax_id
from services.enrollment.errors.dates import DateInFuture
from services.enrollment.errors.policy import HeadcountOutsideWindow, RegionNotEligible, SectorNotEligible
from services.enrollment.errors.register import PartnerMisplaced, TaxIdMalformed
from shared.events.vocabulary import PartnerKind
from tests.unit.enrollment.builders import TODAY, broken, version


@pytest.mark.parametrize(
    ("women", "men", "size_class"), [(0, 30, "small"), (50, 0, "small"), (26, 25, "medium"), (125, 125, "medium")]
)
def test_the_size_class_is_derived_from_women_and_men(women: int, men: int, size_class: str) -> None:
    assert require_eligible(version(), sector="food", region="LP", women=women, men=men).code == size_class


@pytest.mark.parametrize(("women", "men"), [(0, 0), (29, 0), (126, 125)])
def test_an_enterprise_outside_the_window_is_refused(women: int, men: int) -> None:
    with pytest.raises(HeadcountOutsideWindow, match="window of 30 to 250") as error:
        require_eligible(version(), sector="food", region="LP", women=women, men=men)
    assert broken(error) == [("women", "headcount-outside-window"), ("men", "headcount-outside-window")]


def test_an_enterprise_of_another_sector_is_refused() -> None:
    with pytest.raises(SectorNotEligible) as error:
        require_eligible(version(), sector="mining", region="LP", women=20, men=20)
    assert broken(error) == [("sector", "sector-not-eligible")]


def test_an_enterprise_of_another_region_is_refused() -> None:
    with pytest.raises(RegionNotEligible) as error:
        require_eligible(version(), sector="food", region="PT", women=20, men=20)
    assert broken(error) == [("region", "region-not-eligible")]


@pytest.mark.parametrize("written", ["9900107", " 990.010-7 ", "990 0107", "990\u20130107", "99\u00a000107"])
def test_ways_of_writing_a_tax_id_are_one(written: str) -> None:
    assert normalise_tax_id(written) == "9900107"


def test_letters_of_a_tax_id_are_upper_case() -> None:
    assert normalise_tax_id("ab-1.2c") == "AB12C"


@pytest.mark.parametrize("written", ["", "--", "12", "1" * 33, "12/34", "1234\x00", "\uff19\uff19\uff10", "12345é"])
def test_a_malformed_tax_id_is_refused(written: str) -> None:
    with pytest.raises(TaxIdMalformed) as error:
        normalise_tax_id(written)
    assert broken(error) == [("tax_id", "tax-id-malformed")]


@given(st.text(alphabet="ABC0123456789", min_size=3, max_size=32), st.data())
def test_noise_never_changes_a_tax_id(bare: str, data: st.DataObject) -> None:
    noise = data.draw(st.lists(st.sampled_from(["", " ", ".", "-", " - "]), min_size=len(bare), max_size=len(bare)))
    written = "".join(sign.lower() + between for sign, between in zip(bare, noise, strict=True))
    assert normalise_tax_id(written) == bare
    assert normalise_tax_id(normalise_tax_id(written)) == bare


NATIONAL, CHAMBER = PartnerKind.NATIONAL, PartnerKind.REGIONAL_CHAMBER


def test_a_chamber_with_a_region_stands_under_the_national_partner() -> None:
    require_place_of_partner(version(), CHAMBER, region="LP", parent_kind=NATIONAL)
    require_place_of_partner(version(), NATIONAL, region=None, parent_kind=None)


@pytest.mark.parametrize(
    ("kind", "region", "parent", "field"),
    [
        (NATIONAL, "LP", None, "region"),
        (NATIONAL, None, NATIONAL, "parent_id"),
        (CHAMBER, None, NATIONAL, "region"),
        (CHAMBER, "LP", None, "parent_id"),
        (CHAMBER, "LP", CHAMBER, "parent_id"),
    ],
)
def test_a_misplaced_partner_is_refused(
    kind: PartnerKind, region: str | None, parent: PartnerKind | None, field: str
) -> None:
    with pytest.raises(PartnerMisplaced) as error:
        require_place_of_partner(version(), kind, region=region, parent_kind=parent)
    assert broken(error) == [(field, "partner-misplaced")]


def test_a_chamber_of_an_unknown_region_is_refused() -> None:
    with pytest.raises(RegionNotEligible):
        require_place_of_partner(version(), CHAMBER, region="PT", parent_kind=NATIONAL)


def test_what_happened_lies_up_to_today() -> None:
    require_happened("registered_on", TODAY, today=TODAY)
    require_happened("registered_on", date(2014, 1, 1), today=TODAY)
    with pytest.raises(DateInFuture) as error:
        require_happened("registered_on", TODAY + timedelta(days=1), today=TODAY)
    assert broken(error) == [("registered_on", "date-in-future")]
