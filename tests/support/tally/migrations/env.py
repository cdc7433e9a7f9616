"""Alembic environment of the tally."""

from shared.database.migrate import run_environment

run_environment()
