"""The KPI catalogue of each programme, versioned."""

from pathlib import Path

from alembic import op

from shared.database.sql import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    run_file(Path(__file__).with_name("0003_kpi_catalogue.sql"))


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP TABLE kpi_version, kpi")
    op.execute("DROP FUNCTION keep_append_only(regclass)")
