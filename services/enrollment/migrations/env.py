"""Alembic environment of enrollment."""

from shared.database.migrate import run_environment

run_environment()
