"""Frozen documents."""

from uuid import UUID

from shared.web.access import Resource


class FrozenOut(Resource):
    """What was printed and sent: canonical JSON as text, and its SHA-256.

    `missing_fields` are what an e-invoice would still need. `id` is that of the invoice or other document it freezes.
    """

    partner_id: UUID
    kind: str
    body: str
    sha256: str
    missing_fields: list[str]
