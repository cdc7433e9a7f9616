"""Certificates, their number series, and suspensions."""

from pathlib import Path

from alembic import op

from shared.database.sql import run_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make them."""
    run_file(Path(__file__).with_name("0005_certificates.sql"))


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP TABLE suspension, certificate, certificate_counter")
    op.execute("DROP FUNCTION certificate_stays_issued()")
