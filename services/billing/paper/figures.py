"""Numbers and dates as the recipient writes them: CLDR's separators and names, ISO 4217's decimals."""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import NumberPattern, parse_pattern

from services.billing.domain.document import Language, Period
from shared.money import Money, minor_digits

_MOST: Final = 6


class Figures:
    """Writes figures for one language and country."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        self._amounts = {digits: self._decimal(digits, digits) for digits in range(4)}
        self._numbers = self._decimal(0, _MOST)
        self._percents = parse_pattern(locale.percent_formats[None].pattern)
        self._percents.frac_prec = (0, 4)

    def _decimal(self, least: int, most: int) -> NumberPattern:
        pattern = parse_pattern(self._locale.decimal_formats[None].pattern)
        pattern.frac_prec = (least, most)
        return pattern

    def amount(self, money: Money) -> str:
        """Return the amount with all decimals of its currency and without the currency."""
        return str(self._amounts[minor_digits(money.currency)].apply(money.decimal, self._locale))

    def money(self, money: Money) -> str:
        """Return currency code and amount, kept on one line."""
        return f"{money.currency}\u00a0{self.amount(money)}"

    def number(self, value: Decimal) -> str:
        """Return a quantity with the decimals it has."""
        return str(self._numbers.apply(value, self._locale))

    def percent(self, value: Decimal) -> str:
        """Return a percentage; 13 is 13 %."""
        return str(self._percents.apply(value / 100, self._locale))

    def day(self, day: date) -> str:
        """Return a date in words, short enough for a table."""
        return format_date(day, "medium", self._locale)

    def long_day(self, day: date) -> str:
        """Return a date in words."""
        return format_date(day, "long", self._locale)

    def span(self, period: Period) -> str:
        """Return the first and the last day."""
        return f"{self.day(period.starts_on)} \u2013 {self.day(period.ends_on)}"

    def country(self, code: str) -> str:
        """Return the name of a country, or its code where CLDR has no name."""
        return str(self._locale.territories.get(code, code))


@cache
def figures_for(language: Language, country: str | None) -> Figures:
    """Return the figures of a language as written in a country, or of the language where CLDR has no such pair."""
    try:
        return Figures(Locale(language.value, country))
    except UnknownLocaleError:
        return Figures(Locale(language.value))
