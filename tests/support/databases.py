"""A migrated database per test, copied from a template in milliseconds."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg
from sqlalchemy.engine import make_url

from shared.database.migrate import migrate
from shared.database.provision import Provisioned, provision

PASSWORD: Final = "for-tests-only"
_COUNTER = itertools.count(1)


@dataclass(slots=True)
class Databases:
    """Makes databases on one server; templates are made once per set of migrations."""

    admin_url: str
    _templates: dict[Path, Provisioned] = field(default_factory=dict)

    async def template(self, service: str, migrations: Path) -> Provisioned:
        """Return the migrated template of a service."""
        if migrations not in self._templates:
            made = await provision(self.admin_url, f"template{len(self._templates)}", service, PASSWORD)
            await migrate(made.admin_url, migrations, owner=made.owner, application=made.application)
            self._templates[migrations] = made
        return self._templates[migrations]

    @asynccontextmanager
    async def fresh(self, service: str, migrations: Path) -> AsyncIterator[Provisioned]:
        """Give a copy of the template and drop it afterwards."""
        template = await self.template(service, migrations)
        name = f"t{next(_COUNTER)}_{service}"
        source = make_url(template.admin_url).database
        # Copying files would make the server write everything out first, for this test and all others.
        await self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY wal_log')
        await self.execute(f'GRANT CONNECT ON DATABASE "{name}" TO "{template.application}"')
        try:
            yield Provisioned(
                admin_url=_named(template.admin_url, name),
                application_url=_named(template.application_url, name),
                owner=template.owner,
                application=template.application,
            )
        finally:
            await self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def execute(self, statement: str) -> None:
        """Run one statement as the administrator."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)
