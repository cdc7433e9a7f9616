"""Local copies of what enrollment says."""

from pathlib import Path

from alembic import op

from shared.database.sql import run_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make them."""
    run_file(Path(__file__).with_name("0002_enrollment_copies.sql"))


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP TABLE enrollment, training_candidate, training, partner, module, region, programme")
