"""Numbers of statements, read without ever becoming a float."""

import re
from typing import Final

from services.billing.bank.model import RowRefused
from shared.money import Money, MoneyError

_DECIMAL: Final = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?")
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:G[0-9]{3})+")
_LONGEST: Final = 40


def xml_amount(text: str, currency: str, name: str) -> Money:
    """Return an amount written as an XML Schema decimal: `1250`, `1250.5`, `.50`, `+7.00`.

    Raises RowRefused, among others `over-precise-amount`: three decimals are no amount in a currency of two.
    """
    found = _DECIMAL.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if found is None or not (found[2] or found[3]):
        raise RowRefused(name, "malformed-amount", f"{text[:_LONGEST]!r} is not a decimal number")
    sign, whole, fraction = found[1], found[2].lstrip("0") or "0", found[3] or ""
    plain = whole if not fraction else f"{whole}.{fraction}"
    try:
        amount = Money.parse(plain, currency)
    except MoneyError as error:
        raise RowRefused(name, error.rule, str(error)) from None
    return -amount if sign == "-" else amount


def local_amount(text: str, currency: str, name: str, *, decimal: str, thousands: str) -> Money:
    """Return an amount as a bank's CSV writes it: a sign before or behind, brackets for a minus, grouped thousands.

    `decimal` and `thousands` are the profile's characters; a group of other than three digits is refused, since
    `1.25` under a decimal comma would otherwise be read a hundred times too large.
    """
    bare = text.strip().replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-").replace("\u2019", "'")
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        negative, bare = True, bare[1:-1].strip()
    for code in (f"{currency} ", f" {currency}"):
        bare = bare.removeprefix(code) if code.startswith(currency) else bare.removesuffix(code)
    bare = bare.strip()
    if bare.endswith(("-", "+")):
        negative, bare = negative or bare.endswith("-"), bare[:-1].strip()
    elif bare.startswith(("-", "+")):
        negative, bare = negative or bare.startswith("-"), bare[1:].strip()
    whole, point, fraction = bare.partition(decimal)
    if thousands and thousands in whole:
        if not _GROUPED.fullmatch(whole.replace(thousands, "G")):
            raise RowRefused(name, "malformed-amount", f"{text[:_LONGEST]!r} is not grouped in threes")
        whole = whole.replace(thousands, "")
    digits = whole + fraction
    if not digits.isascii() or not digits.isdigit() or (point and not fraction):
        raise RowRefused(name, "malformed-amount", f"{text[:_LONGEST]!r} is not a number of this profile")
    amount = xml_amount(f"{whole}.{fraction}" if fraction else whole, currency, name)
    return -amount if negative else amount
