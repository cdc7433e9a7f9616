"""Who may do what; where an enterprise's partner is named, a token bound to another partner is refused as well."""

from typing import Final

from shared.auth.actor import Role

RECORDERS: Final = frozenset({Role.TRAINER, Role.PARTNER_ADMIN, Role.PROGRAMME_MANAGER})
"""Record assessments, satisfaction, improvements and drafts of case studies."""
PUBLISHERS: Final = frozenset({Role.PROGRAMME_MANAGER})
"""Publish a case study."""
CATALOGUERS: Final = frozenset({Role.PROGRAMME_MANAGER})
"""Define KPIs."""
