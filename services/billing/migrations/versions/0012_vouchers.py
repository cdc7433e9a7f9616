"""Entries by hand and the closing of a year, each with its voucher."""

from pathlib import Path
from typing import Final

from alembic import op

from shared.database.sql import run_file

revision = "0012"
down_revision = "0010"

_HERE: Final = Path(__file__).parent


def upgrade() -> None:
    """Make the table."""
    run_file(_HERE / "vouchers.sql")


def downgrade() -> None:
    """Remove it; the entries stay in the ledger."""
    op.execute("DROP TABLE voucher")
