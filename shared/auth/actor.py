"""The person or process behind a command, and what it may do."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from shared.errors import NotAllowed, NotFound

EVERY_PROGRAMME = "*"


class Role(StrEnum):
    """The roles of architecture section 7."""

    PROGRAMME_MANAGER = "programme-manager"
    PARTNER_ADMIN = "partner-admin"
    PARTNER_FINANCE = "partner-finance"
    TRAINER = "trainer"
    BOARD_SECRETARY = "board-secretary"
    BOARD_MEMBER = "board-member"
    OPS = "ops"
    AUDITOR = "auditor"


READERS = frozenset(Role)
"""Every role may read what lies in its scope."""

PARTNER_ROLES = frozenset({Role.PARTNER_ADMIN, Role.PARTNER_FINANCE})
"""Roles that only make sense for one implementing partner; a token for them names it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Subject, roles and scope of a caller.

    `programme` is a programme code or `*` (ops and auditors of a whole installation); `partner` narrows partner
    roles to one implementing partner. `system` marks a handler that reacts to an event: it carries out what was
    already decided.
    """

    subject: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    programme: str = ""
    partner: UUID | None = None
    system: bool = False

    def has_any(self, roles: Collection[Role]) -> bool:
        """Tell whether the actor holds one of `roles`."""
        return self.system or not self.roles.isdisjoint(roles)

    def require_role(self, roles: Collection[Role], action: str) -> None:
        """Raise NotAllowed unless the actor holds one of `roles`."""
        if not self.has_any(roles):
            wanted = ", ".join(sorted(roles))
            raise NotAllowed(f"{action} needs one of these roles: {wanted}", field="authorization", rule="role")

    def sees_programme(self, programme: str) -> bool:
        """Tell whether `programme` lies in the actor's scope."""
        return self.system or self.programme in (programme, EVERY_PROGRAMME)

    def require_programme(self, programme: str) -> None:
        """Raise NotFound unless `programme` lies in the actor's scope: others' programmes do not exist for them."""
        if not self.sees_programme(programme):
            raise NotFound("programme", programme, field="programme")

    def sees_partner(self, partner: UUID) -> bool:
        """Tell whether the actor may see what belongs to `partner`."""
        return self.system or self.partner is None or self.partner == partner

    def require_partner(self, partner: UUID) -> None:
        """Raise NotAllowed when the actor is bound to another partner."""
        if not self.sees_partner(partner):
            raise NotAllowed(
                f"the token is for another partner than {partner}", field="partner_id", rule="partner-scope"
            )


def system_actor(name: str) -> Actor:
    """Return the actor a handler works as, for example `billing`."""
    return Actor(subject=f"system:{name}", programme=EVERY_PROGRAMME, system=True)
