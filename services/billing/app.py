"""The wiring of billing: what comes in, what goes out."""

from pathlib import Path
from typing import Final

from services.billing.api import (
    agreements,
    books,
    claims,
    costs,
    invoices,
    payments,
    periods,
    pledges,
    prices,
    recovery,
    vouchers,
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
        agreements.router,
        invoices.router,
        payments.router,
        claims.router,
        pledges.router,
        costs.router,
        books.router,
        periods.router,
        vouchers.router,
        recovery.router,
    ),
    migrations=Path(__file__).parent / "migrations",
    checks=CHECKS,
    chores=CHORES,
)

if __name__ == "__main__":
    run(SERVICE, consume=False)
