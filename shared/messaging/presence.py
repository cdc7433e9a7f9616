"""Whether the broker answers, asked again and again: without messages an idle broker looks like a dead one.

Asked in the background and not when somebody wants to know, so that a broker that answers nobody never holds up an
answer about health.
"""

import asyncio
import contextlib
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.logs import logger
from shared.settings import ServiceSettings

log = logger(__name__)

_PAUSE_SECONDS: Final = 3.0
_ANSWER_MS: Final = 2_000


class Presence:
    """What is known of the broker; `problem` is None while it answers, else a sentence."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._stopping = asyncio.Event()
        self.problem: str | None = None

    async def run(self) -> None:
        """Ask until `stop`."""
        while not self._stopping.is_set():
            before, self.problem = self.problem, await self._ask()
            if (before is None) != (self.problem is None):
                log.warning("broker_lost" if self.problem else "broker_back", kafka=self._settings.kafka)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE_SECONDS):
                    await self._stopping.wait()

    def stop(self) -> None:
        """End after the question that is being asked: cut off in the middle, its connection would stay open."""
        self._stopping.set()

    async def _ask(self) -> str | None:
        client = AIOKafkaAdminClient(bootstrap_servers=self._settings.kafka, request_timeout_ms=_ANSWER_MS)
        try:
            await client.start()
        except (KafkaError, OSError, TimeoutError) as error:
            return f"the broker does not answer: {error or type(error).__name__}"[:300]
        except Exception as error:
            log.exception("broker_not_asked", kafka=self._settings.kafka)
            return f"the broker could not be asked: {type(error).__name__}"
        finally:
            await client.close()
        return None
