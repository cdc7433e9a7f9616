"""What a request asks of cost recovery: window, scope, reporting currency, target."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import select

from services.billing.api.access import Programme, Reads
from services.billing.commands.loading import programme_of
from services.billing.domain.fx_rates import RateMethod, RateSource
from services.billing.domain.programme import Programme as Policy
from services.billing.domain.windows import WindowKind
from services.billing.errors import ModulesTwice
from services.billing.queries.asked import Asked, WindowAsked, first_modules, window_of
from services.billing.queries.reporting import Reporting
from services.billing.schemas.fx_rates import Currency
from services.billing.schemas.recovery import ModuleGroup, Scope
from services.billing.schemas.targets import TargetPercent
from services.billing.tables import programme as programme_table
from shared.days import Day
from shared.errors import FactMissing, NotFound
from shared.events.vocabulary import Basis, Code


async def policy_of(programme: Programme, read: Reads) -> Policy:
    """Return what is known of the programme; raises FactMissing."""
    query = select(programme_table).where(programme_table.c.programme == programme)
    row = (await read.connection.execute(query)).one_or_none()
    if row is None:
        raise FactMissing("programme", programme, field="programme")
    return programme_of(row)


Known = Annotated[Policy, Depends(policy_of)]


async def window_asked(
    window: Annotated[WindowKind, Query(description="How the window is named; see docs.")] = WindowKind.SPAN,
    since: Annotated[Day | None, Query(alias="from", description="First effective day that counts.")] = None,
    until: Annotated[Day | None, Query(alias="to", description="Last effective day that counts.")] = None,
    window_phase: Annotated[Code | None, Query(description="With window=phase: which.")] = None,
    year: Annotated[int | None, Query(ge=1990, le=2199, description="With window=year: which.")] = None,
    months: Annotated[int | None, Query(ge=1, le=240, description="With window=rolling: how many.")] = None,
) -> WindowAsked:
    """Return the window as it was named."""
    return WindowAsked(window, since, until, window_phase, year, months)


async def scope_of(
    read: Reads,
    module: Code | None = None,
    modules: Annotated[list[Code] | None, Query(max_length=100, description="Several modules together.")] = None,
    module_group: Annotated[
        ModuleGroup | None, Query(description="The first modules of the policy, or all the others.")
    ] = None,
    region: Code | None = None,
    partner: UUID | None = None,
    delivery: Literal["direct", "indirect"] | None = None,
    training: UUID | None = None,
    phase: Annotated[Code | None, Query(description="The phase that the fact itself fell into.")] = None,
) -> Scope:
    """Return the scope; a token bound to a partner asks of its own book, and of no other."""
    if partner is not None and not read.actor.sees_partner(partner):
        raise NotFound("partner", partner, field="partner")
    named = {"module": module, "modules": modules, "module_group": module_group}
    if sum(each is not None for each in named.values()) > 1:
        raise ModulesTwice(next(name for name in reversed(named) if named[name] is not None))
    return Scope(
        partner=read.actor.partner or partner,
        module=module,
        modules=None if modules is None else tuple(sorted(set(modules))),
        module_group=module_group,
        region=region,
        delivery=delivery,
        training=training,
        phase=phase,
    )


async def asked_of(
    policy: Known,
    read: Reads,
    basis: Annotated[Basis, Query(description="How far money has come: agreed, billed, or in the bank.")],
    window: Annotated[WindowAsked, Depends(window_asked)],
    scope: Annotated[Scope, Depends(scope_of)],
) -> Asked:
    """Return what is asked."""
    days = window.days(policy, read.runtime.clock().date())
    return Asked(policy.code, basis, window_of(days), scope, first_modules(policy))


WhatIsAsked = Annotated[Asked, Depends(asked_of)]
WhichScope = Annotated[Scope, Depends(scope_of)]


async def reporting_of(
    currency: Annotated[Currency | None, Query(description="Show the figure in this currency too.")] = None,
    rate_source: Annotated[RateSource, Query(description="Whose rates.")] = RateSource.UN_OPERATIONAL,
    rate_method: Annotated[
        RateMethod,
        Query(description="Each month at its last rate, at the mean of its rates, or all at one fixed rate."),
    ] = RateMethod.MONTH_END,
    rate_via: Annotated[Currency | None, Query(description="Make cross rates by way of this currency.")] = None,
    rate_id: Annotated[UUID | None, Query(description="With rate_method=fixed: which recorded rate.")] = None,
) -> Reporting | None:
    """Return the currency that is wanted beside the books' own."""
    return None if currency is None else Reporting(currency, rate_source, rate_method, rate_via, rate_id)


Wanted = Annotated[Reporting | None, Depends(reporting_of)]


async def target_of(
    target_percent: Annotated[TargetPercent, Query(description="What is to be reached, in per cent.")] = "100",
) -> Fraction:
    """Return the ratio that is to be reached."""
    return Fraction(Decimal(target_percent)) / 100


TargetRatio = Annotated[Fraction, Depends(target_of)]
