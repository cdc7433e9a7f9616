"""Facts of other services, prices, agreements, invoices, payments, claims, costs and what proves them consistent."""

from pathlib import Path
from typing import Final

from shared.database.sql import run_file

revision = "0003"
down_revision = "0002"

_HERE: Final = Path(__file__).parent


def upgrade() -> None:
    """Make them."""
    for part in ("facts", "tables", "guards", "recovery", "privileges"):
        run_file(_HERE / f"documents_{part}.sql")


def downgrade() -> None:
    """Remove them."""
    run_file(_HERE / "documents_drop.sql")
