"""Migrations: alembic, one chain per service, run as the owner of the tables.

Alembic is imported where it works: a service that runs asks only for its expected revision, and would carry 10 MB.
"""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from alembic.config import Config

_REVISION: Final = re.compile(r'^(down_)?revision = "([^"]+)"$', re.MULTILINE)


def _config(migrations: Path) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def expected_revision(migrations: Path) -> str | None:
    """Return the newest revision in `migrations`: the one that none other builds on; raises ValueError for two."""
    found: dict[str, set[str]] = {"": set(), "down_": set()}
    for script in (migrations / "versions").glob("*.py"):
        for kind, revision in _REVISION.findall(script.read_text("utf-8")):
            found[kind].add(revision)
    newest = found[""] - found["down_"]
    if len(newest) > 1:
        raise ValueError(f"{migrations} has more than one newest revision: {', '.join(sorted(newest))}")
    return newest.pop() if newest else None


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
    from alembic import command

    config = _config(migrations)
    config.attributes["connection"] = connection
    if to == "base" or to.startswith("-"):
        command.downgrade(config, to)
    else:
        command.upgrade(config, to)


def run_environment() -> None:
    """Do the work of every service's `migrations/env.py`."""
    from alembic import context

    attributes: dict[str, Any] = context.config.attributes
    context.configure(connection=attributes["connection"], transactional_ddl=True)
    context.run_migrations()
