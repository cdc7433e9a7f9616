"""Tax numbers: verified where the country's check digits are known, by format where they are not."""

import pytest

from services.billing.domain.tax_ids import BadTaxId, as_written, is_verified, tax_id, tax_scheme


@pytest.mark.parametrize(
    ("country", "written", "scheme", "value"),
    [
        ("PE", "20512333797", "RUC", "20512333797"),
        ("CO", "213.123.432-1", "NIT", "2131234321"),
        ("BO", "10.2030.4050", "NIT", "1020304050"),
        ("DE", "136 695 976", "VAT", "DE136695976"),
        ("DE", "DE136695976", "VAT", "DE136695976"),
        ("GR", "EL094259216", "VAT", "EL094259216"),
        ("TZ", " 104-123-456 ", "TAX ID", "104-123-456"),
    ],
)
def test_a_number_is_kept_in_its_compact_form_with_its_scheme(
    country: str, written: str, scheme: str, value: str
) -> None:
    found = tax_id(country, written)
    assert (found.scheme, found.value) == (scheme, value)
    assert tax_id(country, found.value) == found


@pytest.mark.parametrize(
    ("country", "written"),
    [("PE", "20512333798"), ("CO", "2131234322"), ("BO", "12AB5678"), ("BO", "123456"), ("BO", "1" * 13), ("TZ", "1")],
)
def test_a_number_that_its_country_would_not_give_is_refused(country: str, written: str) -> None:
    with pytest.raises(BadTaxId):
        tax_id(country, written)


def test_no_check_digit_is_claimed_for_bolivia() -> None:
    assert not is_verified("BO")
    assert not is_verified("TZ")
    assert is_verified("PE")
    assert tax_id("BO", "1020304050") != tax_id("BO", "1020304051")


def test_what_comes_from_elsewhere_is_printed_as_it_is() -> None:
    assert as_written(None, "X 1").scheme == "TAX ID"
    assert as_written("PE", "20512333797").scheme == tax_scheme("PE") == "RUC"
    assert as_written("PE", "wrong").value == "wrong"
    assert as_written("DE", "wrong").scheme == "TAX ID"
