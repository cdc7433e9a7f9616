"""Asking servers whether they really serve; every function answers None, or what is wrong."""

import asyncio
import contextlib

import asyncpg
import httpx
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.errors import LoginRefused
from deploy.local.http import http_client

_SECONDS = 5.0


async def postgres_missing(url: str) -> str | None:
    """Log in at `url` (postgresql://) and ask a question; raises `LoginRefused` where asking again is no use."""
    try:
        connection = await asyncpg.connect(url, timeout=_SECONDS)
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise LoginRefused(str(error)) from None
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"{type(error).__name__}: {error}"
    try:
        await connection.fetchval("SELECT 1", timeout=_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.close(timeout=_SECONDS)
    return None


async def kafka_missing(bootstrap: str) -> str | None:
    """Ask a broker at `bootstrap` (host:port, comma separated) for its topics."""
    reason = await _unreachable(bootstrap)
    if reason is not None:
        return reason
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(_SECONDS * 1000))
    try:
        await admin.start()
        await admin.list_topics()
    except (KafkaError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        await admin.close()
    return None


async def http_missing(url: str) -> str | None:
    """Expect 200 from `url`; the answer quotes what came instead."""
    # Proxies of the environment are for the world outside, not for 127.0.0.1.
    async with http_client(timeout=_SECONDS, trust_env=False) as client:
        try:
            response = await client.get(url)
        except httpx.HTTPError as error:
            return f"GET {url}: {type(error).__name__} {error}".rstrip()
    if response.status_code == httpx.codes.OK:
        return None
    return f"GET {url}: {response.status_code} {response.text[:500]}"


async def _unreachable(bootstrap: str) -> str | None:
    """Why no address of `bootstrap` accepts a connection; asked first because the Kafka client complains loudly."""
    reason: str | None = "no address given"
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        if not port.isdecimal():
            return f"{address!r} is not HOST:PORT"
        try:
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError as error:
            reason = f"{address}: {error.strerror or error}"
            continue
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return None
    return reason
