"""Partners and enterprises."""

from pathlib import Path

from alembic import op

from shared.database.sql import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make them."""
    run_file(Path(__file__).with_suffix(".sql"))


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP TABLE enterprise, partner")
    op.execute("DROP FUNCTION require_size_class_fits()")
