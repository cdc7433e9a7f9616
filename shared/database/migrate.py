"""Migrations: alembic, one chain per service, run as the owner of the tables."""

from functools import cache
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def expected_revision(migrations: Path) -> str | None:
    """Return the newest revision in `migrations`."""
    return ScriptDirectory.from_config(_config(migrations)).get_current_head()


async def migrate(url: str, migrations: Path, *, owner: str, application: str, to: str = "head") -> None:
    """Bring the database at `url` to revision `to`, up or down, in one transaction.

    Everything made belongs to `owner`; `application` is the role that serves requests and gets only what the migration
    grants. Several processes may call at the same time: an advisory lock lets one work.
    """
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('scorebook-migrate'))"))
            await connection.execute(text(f'SET LOCAL ROLE "{owner}"'))
            await connection.execute(
                text("SELECT set_config('scorebook.application_role', :role, true)"), {"role": application}
            )
            await connection.run_sync(_run, migrations, to)
    finally:
        await engine.dispose()


def _run(connection: Connection, migrations: Path, to: str) -> None:
    config = _config(migrations)
    config.attributes["connection"] = connection
    if to == "base" or to.startswith("-"):
        command.downgrade(config, to)
    else:
        command.upgrade(config, to)


def run_environment() -> None:
    """Do the work of every service's `migrations/env.py`."""
    attributes: dict[str, Any] = context.config.attributes
    context.configure(connection=attributes["connection"], transactional_ddl=True)
    context.run_migrations()
