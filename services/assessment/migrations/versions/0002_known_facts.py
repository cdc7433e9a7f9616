"""Copies of facts that other services own."""

from pathlib import Path

from alembic import op

from shared.database.sql import run_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    run_file(Path(__file__).with_name("0002_known_facts.sql"))


def downgrade() -> None:
    """Remove them."""
    op.execute(
        "DROP TABLE known_participant, known_session, known_enrollment, known_training, known_trainer, "
        "known_enterprise, known_partner, known_module, known_programme"
    )
