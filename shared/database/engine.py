"""The connection pool of a service."""

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.settings import ServiceSettings


def database_engine(settings: ServiceSettings) -> AsyncEngine:
    """Return the asyncpg engine of `settings.database_url`, READ COMMITTED.

    Explicit row locks do what SERIALIZABLE would, without its retries (measured: reference/ledger.md 2c.2).
    """
    url = make_url(settings.database_url).set(drivername="postgresql+asyncpg")
    return create_async_engine(
        url,
        pool_size=settings.database_pool,
        max_overflow=0,
        pool_timeout=20,
        # Errors are logged and kept with parked messages; names and amounts of people do not belong there.
        hide_parameters=True,
        connect_args={
            "timeout": 10,
            "command_timeout": 60,
            "server_settings": {
                "application_name": "scorebook",
                "timezone": "UTC",
                "jit": "off",
                "idle_in_transaction_session_timeout": f"{settings.database_idle_seconds}s",
            },
        },
    )
