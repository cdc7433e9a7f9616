"""A payment reference is valid, says the number, and belongs to one document of one book."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from services.billing.domain.numbers import Series, document_number
from services.billing.domain.references import creditor_reference, payment_reference

BOOK = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@given(st.uuids(), st.sampled_from(Series), st.integers(1990, 2199), st.integers(1, 9_999_999))
def test_a_reference_is_valid_and_ends_with_the_number(book: UUID, series: Series, year: int, serial: int) -> None:
    number = document_number(series, year, serial)
    made = payment_reference(book, number)
    assert iso11649.is_valid(made)
    assert made.endswith(number.replace("-", ""))
    assert payment_reference(book, number) == made


def test_the_example_of_the_standard_gets_its_check_digits() -> None:
    assert creditor_reference("539007547034") == "RF18539007547034"


@given(st.lists(st.tuples(st.integers(1990, 2199), st.integers(1, 200_000)), unique=True, min_size=2))
def test_references_of_a_book_differ(numbers: list[tuple[int, int]]) -> None:
    made = [payment_reference(BOOK, document_number(Series.INVOICE, *number)) for number in numbers]
    assert len(set(made)) == len(made)


def test_books_keep_their_references_apart() -> None:
    other = UUID(int=BOOK.int + 1)
    assert payment_reference(BOOK, "INV-2016-00012") != payment_reference(other, "INV-2016-00012")


@pytest.mark.parametrize("number", ["", "INV/2016/1", "ÑANDÚ-1", "INV-2016-000000000012", "INV 1"])
def test_a_number_that_fits_no_reference_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="creditor reference"):
        payment_reference(BOOK, number)
