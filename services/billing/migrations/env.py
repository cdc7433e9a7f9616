"""Alembic environment of billing."""

from shared.database.migrate import run_environment

run_environment()
