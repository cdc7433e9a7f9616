"""Alembic environment of the certification service."""

from shared.database.migrate import run_environment

run_environment()
