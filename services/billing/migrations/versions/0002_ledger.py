"""The double-entry ledger: tables, guards, posting, periods, balances, and who may do what."""

from pathlib import Path
from typing import Final

from alembic import op

from shared.currencies import MINOR_UNIT_DIGITS
from shared.database.sql import run_file

revision = "0002"
down_revision = "0001"

_HERE: Final = Path(__file__).parent
_PARTS: Final = ("tables", "chart", "guards", "accounts", "periods", "posting", "reading", "recovery", "privileges")


def upgrade() -> None:
    """Make schema `ledger`; currencies come from the one list of ISO 4217 that the code uses too."""
    run_file(_HERE / "ledger_tables.sql")
    rows = ", ".join(f"('{code}', {digits})" for code, digits in sorted(MINOR_UNIT_DIGITS.items()))
    op.execute(f"INSERT INTO ledger.currency (code, digits) VALUES {rows}")
    for part in _PARTS[1:]:
        run_file(_HERE / f"ledger_{part}.sql")


def downgrade() -> None:
    """Remove it with everything posted."""
    op.execute("DROP SCHEMA ledger CASCADE")
