"""Tax numbers as countries give them.

Where python-stdnum knows a country's number, its check digits are verified. Elsewhere only the format is looked at, and
no check digit is invented: Bolivia's NIT is digits and a length, because its algorithm is not published; any other
country's is letters, digits and the usual separators.
"""

import re
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, cast

from stdnum.eu.vat import MEMBER_STATES
from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

from services.billing.domain.parts import TaxId

VAT: Final = "VAT"
"""Scheme of numbers that carry their country's prefix."""


@dataclass(frozen=True, slots=True)
class Format:
    """A rule of form: the name of the number, and what it looks like."""

    scheme: str
    pattern: str
    words: str


_FORMATS: Final = {"BO": Format("NIT", r"[0-9]{7,12}", "7 to 12 digits")}
_ANYWHERE: Final = Format("TAX ID", r"[0-9A-Za-z][0-9A-Za-z ./-]{1,28}[0-9A-Za-z]", "3 to 30 letters and digits")


class BadTaxId(ValueError):
    """A number that its country would not give."""


def _numbers(country: str) -> ModuleType | None:
    found: Any = None if country in _FORMATS else get_cc_module(country.lower(), "vat")
    return cast("ModuleType | None", found)


def is_verified(country: str) -> bool:
    """Tell whether check digits of this country's numbers are verified; elsewhere only the format is."""
    return _numbers(country) is not None


def tax_scheme(country: str) -> str:
    """Return what a country calls its number."""
    numbers = _numbers(country)
    if numbers is None:
        return _FORMATS.get(country, _ANYWHERE).scheme
    return VAT if country.lower() in MEMBER_STATES else numbers.__name__.rpartition(".")[2].upper()


def tax_id(country: str, written: str) -> TaxId:
    """Return a tax number in its compact form with the name of its scheme; raises BadTaxId.

    `country` is ISO 3166-1 alpha-2. Numbers of the European Union come with their prefix, as scheme VAT.
    """
    numbers, scheme = _numbers(country), tax_scheme(country)
    if numbers is None:
        rule = _FORMATS.get(country, _ANYWHERE)
        value = re.sub(r"[\s.-]", "", written) if country in _FORMATS else written.strip()
        if not re.fullmatch(rule.pattern, value):
            raise BadTaxId(f"{scheme} of {country} is {rule.words}")
        return TaxId(scheme=scheme, value=value)
    try:
        value = str(numbers.validate(written))
    except ValidationError as error:
        raise BadTaxId(f"{scheme} of {country}: {error}") from None
    if scheme == VAT:
        prefix = "EL" if country == "GR" else country
        value = prefix + value.removeprefix(prefix)
    return TaxId(scheme=scheme, value=value)


def as_written(country: str | None, written: str) -> TaxId:
    """Return a tax number that came from elsewhere, printed as it is where it does not fit its country.

    What does not fit is never called a VAT number, which e-invoices take at its word.
    """
    if country is None:
        return TaxId(scheme=_ANYWHERE.scheme, value=written[:60])
    try:
        return tax_id(country, written)
    except BadTaxId:
        scheme = tax_scheme(country)
        return TaxId(scheme=_ANYWHERE.scheme if scheme == VAT else scheme, value=written[:60])
