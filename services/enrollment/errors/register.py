"""What the registers of partners and enterprises refuse."""

from uuid import UUID

from services.enrollment.errors import RuleBroken
from shared.errors import Conflict


class TaxIdMalformed(RuleBroken):
    """A tax id is 3 to 32 letters and digits once spaces, dots and dashes are gone."""

    code = "tax-id-malformed"

    def __init__(self) -> None:
        super().__init__(
            "a tax id is 3 to 32 letters A-Z and digits; spaces, dots and dashes do not count", field="tax_id"
        )


class PartnerMisplaced(RuleBroken):
    """A regional chamber has a region and stands under the national partner, which has neither."""

    code = "partner-misplaced"

    def __init__(self, sentence: str, field: str = "parent_id") -> None:
        super().__init__(sentence, field=field)


class NationalPartnerExists(Conflict):
    """A programme has one national partner."""

    code = "national-partner-exists"

    def __init__(self, existing: UUID) -> None:
        super().__init__(f"the programme already has the national partner {existing}", field="kind")


class DuplicatePartner(Conflict):
    """Two partners of a programme do not share a name."""

    code = "duplicate-partner"

    def __init__(self, name: str) -> None:
        super().__init__(f"a partner named {name} is already registered", field="name")


class DuplicateEnterprise(Conflict):
    """A tax id is registered once in a programme; names the existing enterprise only to those who may see it."""

    code = "duplicate-enterprise"

    def __init__(self, tax_id: str, existing: UUID | None) -> None:
        named = f" as enterprise {existing}" if existing is not None else ""
        super().__init__(f"tax id {tax_id} is already registered{named}", field="tax_id")
