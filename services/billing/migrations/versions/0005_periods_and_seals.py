"""Periods that are closed in two steps and reopened by two persons, balances kept per closed period, sealed entries."""

from pathlib import Path
from typing import Final

from shared.database.sql import run_file

revision = "0005"
down_revision = "0004"

_HERE: Final = Path(__file__).parent


def upgrade() -> None:
    """Make them; what is closed stays closed and gets its balances."""
    for part in ("periods_steps", "periods_functions", "checkpoints", "seals", "periods_and_seals_privileges"):
        run_file(_HERE / f"{part}.sql")


def downgrade() -> None:
    """Go back to periods that are only closed; seals, steps and kept balances go, entries stay."""
    for part in ("periods_and_seals_drop", "ledger_periods", "currencies_balances"):
        run_file(_HERE / f"{part}.sql")
    for part in ("ledger_privileges", "currencies_privileges"):
        run_file(_HERE / f"{part}.sql")
