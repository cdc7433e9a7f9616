"""Amounts in the book's currency beside those in another, exchange rates, accounts per currency and bank account."""

from pathlib import Path
from typing import Final

from shared.database.sql import run_file

revision = "0004"
down_revision = "0003"

_HERE: Final = Path(__file__).parent


def upgrade() -> None:
    """Make them; what is posted keeps its amount as its base amount."""
    for part in ("tables", "guards", "posting", "balances", "recovery"):
        run_file(_HERE / f"currencies_{part}.sql")
    run_file(_HERE / "ledger_privileges.sql")
    run_file(_HERE / "currencies_privileges.sql")


def downgrade() -> None:
    """Go back to one currency per book; refused while something is posted in another."""
    run_file(_HERE / "currencies_drop.sql")
    for part in ("accounts", "posting", "reading", "recovery", "privileges"):
        run_file(_HERE / f"ledger_{part}.sql")
