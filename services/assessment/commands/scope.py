"""The second check of rights, inside the use case: role, programme and partner."""

from collections.abc import Collection
from uuid import UUID

from shared.auth.actor import Role
from shared.database.transaction import Transaction


def authorise(
    tx: Transaction, roles: Collection[Role], action: str, programme: str, partner_id: UUID | None = None
) -> None:
    """Raise NotAllowed or NotFound unless the actor may do this for the partner whose facts it concerns."""
    tx.actor.require_role(roles, action)
    tx.actor.require_programme(programme)
    if partner_id is not None:
        tx.actor.require_partner(partner_id)
