"""The certification service: what goes in and what comes out."""

from pathlib import Path
from typing import Final

from services.certification.api import board, cases, certificates, figures, path, scheme, status, trainers
from services.certification.checks import CHECKS
from services.certification.handlers import handlers
from shared.process import run
from shared.runtime import Service

SERVICE: Final = Service(
    name="certification",
    title="Scorebook certification",
    handlers=handlers,
    routers=(
        scheme.router,
        trainers.router,
        path.router,
        status.router,
        board.router,
        cases.router,
        certificates.router,
        figures.router,
    ),
    migrations=Path(__file__).parent / "migrations",
    checks=CHECKS,
)

if __name__ == "__main__":
    run(SERVICE, consume=False)
