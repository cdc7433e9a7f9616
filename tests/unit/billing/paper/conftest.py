"""The validator of e-invoices, started once."""

from collections.abc import Iterator

import pytest

from tests.support.schematron import Schematron


@pytest.fixture(scope="session")
def schematron() -> Iterator[Schematron]:
    """Return the running schematron of EN 16931."""
    with Schematron() as running:
        yield running
