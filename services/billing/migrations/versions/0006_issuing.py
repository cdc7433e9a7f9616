"""Prices by delivery, tax rules, discounts, instalments, frozen documents with their parties, and void invoices."""

from pathlib import Path
from typing import Final

from shared.database.sql import run_file

revision = "0006"
down_revision = "0005"

_HERE: Final = Path(__file__).parent


def upgrade() -> None:
    """Make them; what was billed before is one untaxed instalment at the list price."""
    for part in ("tables", "guards", "posting", "recovery", "privileges"):
        run_file(_HERE / f"issuing_{part}.sql")


def downgrade() -> None:
    """Remove them; refused while there is anything that only they can hold."""
    run_file(_HERE / "issuing_drop.sql")
    run_file(_HERE / "documents_recovery.sql")
    run_file(_HERE / "issuing_view_privileges.sql")
