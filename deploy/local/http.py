"""HTTP clients of the command line, the demo and whoever watches over the services."""

import ssl
from functools import cache
from typing import Any

import httpx


@cache
def _authorities() -> ssl.SSLContext:
    # Reading every certificate authority takes 30 ms of a processor: too much for those who ask again and again.
    return httpx.create_ssl_context()


def http_client(**options: Any) -> httpx.AsyncClient:  # noqa: ANN401 - passed on
    """Return a client with `options` as `httpx.AsyncClient` takes them."""
    return httpx.AsyncClient(verify=_authorities(), **options)
