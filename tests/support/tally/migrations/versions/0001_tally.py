"""Platform tables and the tally."""

from alembic import op

from shared.database.sql import PLATFORM, PLATFORM_DROP, run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    run_file(PLATFORM)
    op.execute(
        "CREATE TABLE tally (id uuid PRIMARY KEY, programme text NOT NULL, total bigint NOT NULL, applied int NOT NULL)"
    )
    op.execute(
        "CREATE TABLE tally_step (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tally_id uuid NOT NULL, "
        "sequence bigint NOT NULL, amount bigint NOT NULL CHECK (amount >= 0), UNIQUE (tally_id, sequence))"
    )
    op.execute("CREATE TABLE tally_badge (number bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)")


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP TABLE tally, tally_step, tally_badge")
    run_file(PLATFORM_DROP)
