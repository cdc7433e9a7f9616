"""Assessments with their readings, satisfaction, improvements, case studies."""

from pathlib import Path

from alembic import op

from shared.database.sql import run_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    run_file(Path(__file__).with_name("0004_assessments.sql"))


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP TABLE case_study, improvement, satisfaction, reading, assessment")
    op.execute("DROP FUNCTION keep_case_study_final()")
