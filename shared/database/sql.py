"""Running a .sql file inside a migration."""

from pathlib import Path

from alembic import op

PLATFORM = Path(__file__).with_name("platform.sql")
PLATFORM_DROP = Path(__file__).with_name("platform_drop.sql")


def run_file(path: Path) -> None:
    """Execute every statement of `path` in the current migration.

    asyncpg prepares one statement at a time, so the file goes to the server by the simple protocol, which takes many.
    """
    adapted = op.get_bind().connection.dbapi_connection
    if adapted is None:
        raise RuntimeError("a migration runs on an open connection")
    adapted.run_async(lambda driver: driver.execute(path.read_text("utf-8")))
