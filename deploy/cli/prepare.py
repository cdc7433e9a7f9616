"""What servers need before services start on them: databases, migrations, topics, keys."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.cli.services import NAMES, migrations
from deploy.local.broker import PARTITIONS
from deploy.local.home import Home
from shared.auth.signing import SigningKey
from shared.database.migrate import migrate
from shared.database.provision import provision
from shared.messaging.broker import ensure_topics
from shared.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Preparation:
    """How an installation is named on its servers.

    `prefix` begins every database, role, topic and group name. `embedded_broker`: few partitions and no idempotent
    producer, which that broker cannot.
    """

    home: Home
    prefix: str = "scorebook"
    embedded_broker: bool = True
    partitions: int | None = None

    @property
    def topic_prefix(self) -> str:
        """First part of topic and group names."""
        return self.prefix.replace("_", "-")

    def signing_key(self) -> SigningKey:
        """Return the installation's own token key, made on first use."""
        self.home.prepare()
        return SigningKey.load_or_create(self.home.path / "secrets" / "signing-key.json", self.jwks)

    @property
    def jwks(self) -> Path:
        """The public keys that services trust where no identity provider is configured."""
        return self.home.path / "jwks.json"

    async def __call__(self, admin_url: str, kafka: str) -> Mapping[str, Mapping[str, str]]:
        """Provision, migrate and create topics; return each service's environment. Safe to repeat."""
        self.signing_key()
        broker = self._broker(kafka)
        settings = ServiceSettings.model_validate(broker)
        urls, _ = await asyncio.gather(self.databases(admin_url), ensure_topics(settings, NAMES))
        environment = {f"SCOREBOOK_{name.upper()}": str(value) for name, value in broker.items()}
        return {
            name: {**environment, "SCOREBOOK_DATABASE_URL": urls[name], "SCOREBOOK_JWKS": str(self.jwks)}
            for name in NAMES
        }

    async def databases(self, admin_url: str, to: str = "head") -> dict[str, str]:
        """Provision and migrate every service's database; return the application URLs."""
        password = self.home.secret("application-password")
        urls: dict[str, str] = {}
        for name in NAMES:
            made = await provision(admin_url, self.prefix, name, password)
            await migrate(made.admin_url, migrations(name), owner=made.owner, application=made.application, to=to)
            urls[name] = made.application_url
        return urls

    def _broker(self, kafka: str) -> dict[str, str | int | bool]:
        # The embedded broker lets every join wait for half the session: the shortest one keeps starts short.
        return {
            **({"group_session_ms": 6_000} if self.embedded_broker else {}),
            "kafka": kafka,
            "kafka_idempotence": not self.embedded_broker,
            "topic_prefix": self.topic_prefix,
            "topic_partitions": self.partitions or (PARTITIONS if self.embedded_broker else 12),
        }
