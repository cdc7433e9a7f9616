"""Roles and databases of one service: an owner nobody logs in as, and an application role with few rights."""

import re
from dataclasses import dataclass
from typing import Final

import asyncpg
from sqlalchemy.engine import make_url

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")


@dataclass(frozen=True, slots=True)
class Provisioned:
    """Where a service's database is: for migrations, and for the application."""

    admin_url: str
    application_url: str
    owner: str
    application: str


async def provision(admin_url: str, prefix: str, service: str, password: str) -> Provisioned:
    """Make roles and database of `service` where they are missing, and set the application role's password.

    `admin_url` may create roles and databases. Raises ValueError for a bad prefix, asyncpg errors as they come.
    """
    name = f"{prefix}_{service}"
    if not _NAME.fullmatch(name):
        raise ValueError(f"database prefix {prefix!r} is not lower-case letters, digits and underscores")
    owner = f"{name}_owner"
    url = make_url(admin_url).set(drivername="postgresql")
    admin = await asyncpg.connect(url.render_as_string(hide_password=False), timeout=10)
    try:
        # Two commands may start at once; creating roles is not idempotent by itself.
        await admin.execute("SELECT pg_advisory_lock(hashtext('scorebook-provision'))")
        for role, options in ((owner, "NOLOGIN"), (name, "LOGIN")):
            if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
                await admin.execute(f'CREATE ROLE "{role}" {options}')
        quoted = await admin.fetchval("SELECT quote_literal($1::text)", password)
        await admin.execute(f'ALTER ROLE "{name}" PASSWORD {quoted}')
        await admin.execute(f'GRANT "{owner}" TO CURRENT_USER')
        if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await admin.execute(f'CREATE DATABASE "{name}" OWNER "{owner}" ENCODING \'UTF8\' TEMPLATE template0')
    finally:
        await admin.close()
    inside = url.set(database=name)
    session = await asyncpg.connect(inside.render_as_string(hide_password=False), timeout=10)
    try:
        await session.execute(
            f"""
            REVOKE ALL ON DATABASE "{name}" FROM PUBLIC;
            GRANT CONNECT ON DATABASE "{name}" TO "{name}";
            ALTER SCHEMA public OWNER TO "{owner}";
            REVOKE CREATE ON SCHEMA public FROM PUBLIC;
            GRANT USAGE ON SCHEMA public TO "{name}";
            SET ROLE "{owner}";
            ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{name}";
            ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO "{name}";
            """
        )
    finally:
        await session.close()
    application_url = inside.set(username=name, password=password)
    return Provisioned(
        admin_url=inside.render_as_string(hide_password=False),
        application_url=application_url.render_as_string(hide_password=False),
        owner=owner,
        application=name,
    )
