"""The HTTP process of enrollment: the one place where the service is wired."""

from pathlib import Path
from typing import Final

from services.enrollment.api import enrollments, enterprises, figures, partners, programmes, trainers, trainings
from services.enrollment.checks import CHECKS
from services.enrollment.handlers import handlers
from shared.process import run
from shared.runtime import Service

SERVICE: Final = Service(
    name="enrollment",
    title="Enrollment",
    handlers=handlers,
    routers=(
        programmes.overview,
        programmes.router,
        partners.router,
        enterprises.router,
        trainers.router,
        trainings.router,
        enrollments.router,
        figures.router,
    ),
    migrations=Path(__file__).parent / "migrations",
    checks=CHECKS,
)

if __name__ == "__main__":
    run(SERVICE, consume=False)
