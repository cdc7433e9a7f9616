"""Quantities of a KPI: exact, never negative, four decimals at most."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Self

_NUMBER: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?", re.ASCII)
_DECIMALS: Final = 4
_UNIT: Final = 10**_DECIMALS
_WHOLE_DIGITS: Final = 12


class QuantityError(ValueError):
    """A number that breaks a rule; `rule` is its stable name."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule


@dataclass(frozen=True, order=True, slots=True)
class Quantity:
    """A counted or measured amount, held as whole ten-thousandths.

    Integers, because two quantities are compared by multiplying across, which a decimal context would round.
    """

    units: int

    def __post_init__(self) -> None:
        """Refuse what the database could not hold."""
        if not 0 <= self.units < 10**_WHOLE_DIGITS * _UNIT:
            raise QuantityError("out-of-range", "a quantity is at least 0 and below 10^12")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the quantity written as a decimal string such as `126` or `0.25`.

        Raises QuantityError `malformed-number`, `not-negative`, `over-precise` or `too-large`.
        """
        found = _NUMBER.fullmatch(text[:100])
        if found is None or len(text) > 100:
            raise QuantityError("malformed-number", f"{text[:40]!r} is not a decimal number such as 126 or 0.25")
        sign, whole, fraction = found.group(1), found.group(2), found.group(3) or ""
        if sign:
            raise QuantityError("not-negative", f"{text[:40]} is negative; a quantity is zero or more")
        if len(fraction) > _DECIMALS:
            raise QuantityError("over-precise", f"{text[:40]} has more than {_DECIMALS} decimals")
        if len(whole.lstrip("0")) > _WHOLE_DIGITS:
            raise QuantityError("too-large", f"a quantity has at most {_WHOLE_DIGITS} digits before the point")
        return cls(int(whole) * _UNIT + int(fraction.ljust(_DECIMALS, "0")))

    @classmethod
    def of(cls, value: Decimal) -> Self:
        """Return a stored decimal as a quantity; raises QuantityError as `parse` does."""
        return cls.parse(format(value, "f"))

    @property
    def text(self) -> str:
        """The shortest decimal string: `126`, `0.25`."""
        return decimal_text(Fraction(self.units, _UNIT), _DECIMALS)

    @property
    def decimal(self) -> Decimal:
        """The exact decimal, without trailing zeros and without an exponent."""
        return Decimal(self.text)

    @property
    def is_whole(self) -> bool:
        """Whether nothing stands behind the point."""
        return self.units % _UNIT == 0


def decimal_text(value: Fraction, places: int) -> str:
    """Return `value` rounded half away from zero to `places` decimals, without trailing zeros."""
    scaled = abs(value) * 10**places
    digits = int(scaled + Fraction(1, 2))
    whole, fraction = divmod(digits, 10**places)
    behind = str(fraction).rjust(places, "0").rstrip("0")
    sign = "-" if value < 0 and digits else ""
    return f"{sign}{whole}.{behind}" if behind else f"{sign}{whole}"
