"""The HTTP process of the assessment service, and what the service consists of."""

from pathlib import Path

from services.assessment.api import ROUTERS
from services.assessment.checks import CHECKS
from services.assessment.handlers import handlers
from shared.process import run
from shared.runtime import Service

SERVICE = Service(
    name="assessment",
    title="Assessment",
    handlers=handlers,
    routers=ROUTERS,
    migrations=Path(__file__).parent / "migrations",
    checks=CHECKS,
)

if __name__ == "__main__":
    run(SERVICE, consume=False)
