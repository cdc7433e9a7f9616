"""What `scorebook verify` re-derives in enrollment."""

from typing import Final

from services.enrollment.checks.events import EVENT_CHECKS
from services.enrollment.checks.rules import RULE_CHECKS
from shared.runtime import Check

CHECKS: Final[tuple[Check, ...]] = (*RULE_CHECKS, *EVENT_CHECKS)
