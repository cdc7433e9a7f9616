"""The wiring of billing: what comes in, what goes out."""

from pathlib import Path
from typing import Final

from services.billing.api import (
    agreements,
    allowances,
    bank,
    books,
    claims,
    costs,
    credit_notes,
    discounts,
    exports,
    fx_rates,
    invoices,
    measurements,
    papers,
    payables,
    payments,
    periods,
    pledges,
    prices,
    profiles,
    rate_cards,
    recovery,
    reminders,
    statements,
    targets,
    taxes,
    vouchers,
    write_offs,
)
from services.billing.checks import CHECKS
from services.billing.chores import CHORES
from services.billing.handlers import handlers
from shared.process import run
from shared.runtime import Service

SERVICE: Final = Service(
    name="billing",
    title="Billing",
    handlers=handlers,
    routers=(
        prices.router,
        taxes.router,
        discounts.router,
        profiles.router,
        agreements.router,
        invoices.router,
        papers.router,
        credit_notes.router,
        payments.router,
        bank.router,
        write_offs.router,
        statements.router,
        reminders.router,
        allowances.router,
        claims.router,
        pledges.router,
        rate_cards.router,
        costs.router,
        payables.router,
        books.router,
        exports.router,
        periods.router,
        vouchers.router,
        recovery.router,
        measurements.router,
        targets.router,
        fx_rates.router,
    ),
    migrations=Path(__file__).parent / "migrations",
    checks=CHECKS,
    chores=CHORES,
)

if __name__ == "__main__":
    run(SERVICE, consume=False)
