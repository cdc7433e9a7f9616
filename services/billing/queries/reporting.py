"""Figures in a reporting currency: finding the rates of the months, translating, rounding once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.fx_rates import (
    NoRate,
    Pair,
    Quoted,
    Rate,
    RateMethod,
    RateSource,
    apportion,
    fixed_rate,
    rate_of,
    round_half_up,
    standing,
    translated,
)
from services.billing.domain.recovery import COSTS, Component, measure
from services.billing.domain.windows import Month
from services.billing.errors import RateMissing, WrongRate
from services.billing.queries.asked import Asked
from services.billing.queries.recovery import Sums, present_components, present_ratios
from services.billing.queries.scope import AnyRow
from services.billing.schemas.recovery import RateUsedOut, RecordedRateOut, ReportedOut
from services.billing.tables import fx_rate
from shared.money import minor_digits


@dataclass(frozen=True, slots=True)
class Reporting:
    """The currency that figures are wanted in, and which rates are to be used."""

    currency: str
    source: RateSource
    method: RateMethod
    via: str | None
    rate_id: UUID | None


@dataclass(slots=True)
class Translator:
    """Translates sums of months; remembers which rates it used."""

    pair: Pair
    reporting: Reporting
    find: Callable[[Month], Rate]
    used: dict[Month | None, Rate] = field(default_factory=dict)

    def of_month(self, month: Month, minor: int) -> Fraction:
        """Return an amount of a month in the reporting currency, exact; raises RateMissing."""
        if not minor:
            return Fraction(0)
        try:
            rate = self.find(month)
        except NoRate as missing:
            raise RateMissing(str(missing.month), str(missing.pair), self.reporting.source.value) from None
        self.used[rate.month] = rate
        return translated(minor, rate, (minor_digits(self.pair.base), minor_digits(self.pair.quote)))

    def sums(self, months: Mapping[Month, Sums]) -> dict[Component, int]:
        """Return the components of several months together, rounded once: payers and costs each add up exactly."""
        exact = dict.fromkeys(Component, Fraction(0))
        for month, sums in months.items():
            for component, minor in sums.items():
                exact[component] += self.of_month(month, minor)
        costs = apportion({component: exact[component] for component in COSTS})
        return {**apportion({each: exact[each] for each in Component if each not in COSTS}), **costs}

    @property
    def rates(self) -> list[RateUsedOut]:
        """The rates that were used, in order of their months."""
        ordered = sorted(self.used.values(), key=lambda rate: 0 if rate.month is None else rate.month.index)
        return [present_used(rate) for rate in ordered]


_SHOWN_DECIMALS = 10


def decimal_text(exact: Fraction) -> str:
    """Write a rate with ten decimals, rounded half up."""
    return format(Decimal(round_half_up(exact * 10**_SHOWN_DECIMALS)).scaleb(-_SHOWN_DECIMALS), "f")


def present_used(rate: Rate) -> RateUsedOut:
    """Show a rate with the recorded ones that it comes from."""
    return RateUsedOut(
        month=None if rate.month is None else str(rate.month),
        rate=decimal_text(rate.value),
        derivation=rate.derivation,
        recorded=[
            RecordedRateOut(
                id=quote.id,
                base=quote.pair.base,
                quote=quote.pair.quote,
                rate=format(quote.rate, "f"),
                on_date=quote.on,
            )
            for quote in rate.sources
        ],
    )


def quoted(row: AnyRow) -> Quoted:
    """Return a stored rate."""
    return Quoted(row.id, Pair(row.base, row.quote), row.rate, row.on_date, row.captured_at)


async def translator(
    connection: AsyncConnection, programme: str, currency: str, reporting: Reporting, until: date | None
) -> Translator:
    """Return what translates `currency` as asked; rates dated after `until` are not looked at. Raises WrongRate."""
    pair = Pair(currency, reporting.currency)
    if pair.base == pair.quote:
        raise WrongRate("currency", f"the books are kept in {currency} already", "another-currency")
    if reporting.method is RateMethod.FIXED:
        fixed = await _fixed(connection, programme, pair, reporting)
        return Translator(pair, reporting, lambda _month: fixed)
    quotes = await _standing(connection, programme, (*_names(pair), reporting.via), reporting.source, until)
    known: dict[Month, Rate] = {}

    def find(month: Month) -> Rate:
        if month not in known:
            known[month] = rate_of(month, pair, quotes, reporting.method, reporting.via)
        return known[month]

    return Translator(pair, reporting, find)


def _names(pair: Pair) -> tuple[str, str]:
    return pair.base, pair.quote


async def _fixed(connection: AsyncConnection, programme: str, pair: Pair, reporting: Reporting) -> Rate:
    if reporting.rate_id is None:
        raise WrongRate("rate_id", "a fixed rate is named by its id", "fixed-rate")
    query = select(fx_rate).where(fx_rate.c.id == reporting.rate_id, fx_rate.c.programme == programme)
    row = (await connection.execute(query)).one_or_none()
    found = None if row is None else fixed_rate(pair, quoted(row))
    if found is None:
        raise WrongRate(
            "rate_id", f"rate {reporting.rate_id} is none between {pair.base} and {pair.quote}", "this-pair"
        )
    return found


async def _standing(
    connection: AsyncConnection,
    programme: str,
    currencies: Iterable[str | None],
    source: RateSource,
    until: date | None,
) -> Sequence[Quoted]:
    wanted = [currency for currency in currencies if currency is not None]
    query = select(fx_rate).where(
        fx_rate.c.programme == programme,
        fx_rate.c.base.in_(wanted),
        fx_rate.c.quote.in_(wanted),
        fx_rate.c.source == source.value,
    )
    if until is not None:
        query = query.where(fx_rate.c.on_date <= until)
    return standing(quoted(row) for row in await connection.execute(query))


def present_reported(asked: Asked, months: Mapping[Month, Sums], into: Translator) -> ReportedOut:
    """Show sums of months in the reporting currency; raises RateMissing."""
    currency = into.pair.quote
    sums = into.sums(months)
    return ReportedOut(
        currency=currency,
        source=into.reporting.source,
        method=into.reporting.method,
        via=into.reporting.via,
        rates=into.rates,
        components=present_components(sums, currency),
        ratios=present_ratios(measure(sums, currency, overhead_in_scope=asked.overhead_in_scope)),
    )
