"""Alembic's entry: one environment for all services."""

from shared.database.migrate import run_environment

run_environment()
