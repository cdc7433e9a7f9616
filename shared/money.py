"""Money: integer minor units and a currency; on the wire a decimal string and a code."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from shared.currencies import MINOR_UNIT_DIGITS

_DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_LARGEST_MINOR: Final = 10**15


class MoneyError(ValueError):
    """An amount or currency that breaks a rule; `rule` is its stable name."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule


def minor_digits(currency: str) -> int:
    """Return the decimals of `currency` (ISO 4217); raises MoneyError `unknown-currency`."""
    try:
        return MINOR_UNIT_DIGITS[currency]
    except KeyError:
        raise MoneyError("unknown-currency", f"{currency[:40]!r} is not a currency of ISO 4217") from None


@dataclass(frozen=True, order=False, slots=True)
class Money:
    """An exact amount: `minor` in the smallest unit of `currency` (centavos, cents, dong)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse an unknown currency, a non-integer or an amount beyond 10^15 minor units."""
        minor_digits(self.currency)
        if type(self.minor) is not int:
            raise MoneyError("not-an-integer", "minor units are a whole number")
        if abs(self.minor) > _LARGEST_MINOR:
            raise MoneyError("amount-too-large", "the amount is beyond 10^15 minor units")

    @classmethod
    def parse(cls, amount: str, currency: str) -> "Money":
        """Return the money written as a decimal string such as `1234.50`.

        Raises MoneyError `malformed-amount`, `over-precise-amount`, `unknown-currency` or `amount-too-large`.
        """
        digits = minor_digits(currency)
        if not _DECIMAL.fullmatch(amount):
            raise MoneyError("malformed-amount", f"{amount[:40]!r} is not a decimal number such as 1234.50")
        whole, _, fraction = amount.partition(".")
        if len(fraction) > digits:
            raise MoneyError("over-precise-amount", f"{currency} has {digits} decimals, {amount[:40]!r} has more")
        if len(whole) > 17:
            raise MoneyError("amount-too-large", "the amount is beyond 10^15 minor units")
        return cls(int(Decimal(amount).scaleb(digits)), currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Return nothing at all, in `currency`."""
        return cls(0, currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))

    @property
    def amount(self) -> str:
        """The amount as the decimal string used on the wire, with all its decimals."""
        return format(self.decimal, "f")

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise MoneyError("currency-mismatch", f"{self.currency} and {other.currency} cannot be combined")

    def __add__(self, other: "Money") -> "Money":
        """Add money of the same currency."""
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Subtract money of the same currency."""
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        """Return the opposite amount."""
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        """Compare money of the same currency."""
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        """Compare money of the same currency."""
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        """Be true unless zero."""
        return self.minor != 0

    def __str__(self) -> str:
        """Write the currency code and the amount, for logs and errors."""
        return f"{self.currency} {self.amount}"

    def split(self, weights: Sequence[int]) -> tuple["Money", ...]:
        """Divide by `weights` so that the parts sum exactly to the whole.

        Largest remainder first, earlier weight first on a tie; weights are whole, none negative, at least one positive.
        Raises MoneyError `bad-weights`.
        """
        if not any(weights) or any(type(weight) is not int or weight < 0 for weight in weights):
            raise MoneyError("bad-weights", "weights are whole and non-negative, and at least one is positive")
        total = sum(weights)
        sign = -1 if self.minor < 0 else 1
        parts = [divmod(abs(self.minor) * weight, total) for weight in weights]
        missing = abs(self.minor) - sum(whole for whole, _ in parts)
        by_remainder = sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))
        extra = set(by_remainder[:missing])
        return tuple(
            Money(sign * (whole + (1 if i in extra else 0)), self.currency) for i, (whole, _) in enumerate(parts)
        )

    def to_wire(self) -> dict[str, str]:
        """Return the JSON form: `{"amount": "1234.50", "currency": "BOB"}`."""
        return {"amount": self.amount, "currency": self.currency}

    @classmethod
    def _from_wire(cls, value: object) -> "Money":
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict) or set(value) != {"amount", "currency"}:
            raise PydanticCustomError("money-shape", "money is an object with exactly amount and currency")
        amount, currency = value["amount"], value["currency"]
        if not isinstance(amount, str) or not isinstance(currency, str):
            raise PydanticCustomError("money-shape", "amount is a decimal string and currency a three-letter code")
        try:
            return cls.parse(amount, currency)
        except MoneyError as error:
            raise PydanticCustomError(error.rule, "{sentence}", {"sentence": str(error)}) from None

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type[Any], _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate from the wire form and serialise back to it."""
        return core_schema.no_info_plain_validator_function(
            cls._from_wire,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda money: money.to_wire()),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the wire form."""
        return {
            "type": "object",
            "title": "Money",
            "properties": {
                "amount": {
                    "type": "string",
                    "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$",
                    "examples": ["1234.50"],
                },
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["BOB"]},
            },
            "required": ["amount", "currency"],
            "additionalProperties": False,
        }
