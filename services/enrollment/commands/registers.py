"""Registering partners and enterprises."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.enrollment.domain.dates import require_happened
from services.enrollment.domain.eligibility import require_eligible
from services.enrollment.domain.partner import require_place_of_partner
from services.enrollment.domain.tax_id import normalise_tax_id
from services.enrollment.errors.register import DuplicateEnterprise, DuplicatePartner, NationalPartnerExists
from services.enrollment.queries.policies import policy_in_force
from services.enrollment.queries.registers import find_partner
from services.enrollment.schemas.register import EnterpriseOut, PartnerOut, RegisterEnterprise, RegisterPartner
from services.enrollment.tables import enterprise, partner
from shared.database.transaction import Transaction
from shared.events.enrollment import EnterpriseRegistered, PartnerRegistered
from shared.events.vocabulary import PartnerKind


async def register_partner(tx: Transaction, code: str, command: RegisterPartner) -> PartnerOut:
    """Register the national partner or a regional chamber.

    Raises NotFound, NoPolicyInForce, DateInFuture, PartnerMisplaced, RegionNotEligible, NationalPartnerExists or
    DuplicatePartner.
    """
    tx.actor.require_programme(code)
    require_happened("registered_on", command.registered_on, today=tx.now.date())
    in_force = await policy_in_force(tx.connection, code, command.registered_on, field="registered_on")
    parent_kind = None
    if command.parent_id is not None:
        parent = await find_partner(tx.connection, code, command.parent_id, tx.actor, field="parent_id")
        parent_kind = PartnerKind(parent.kind)
    require_place_of_partner(in_force, command.kind, region=command.region, parent_kind=parent_kind)
    added = await tx.connection.execute(
        upsert(partner)
        .values(
            id=tx.ids(),
            programme=code,
            **command.model_dump(),
            policy_version=in_force.version,
            recorded_at=tx.now,
        )
        .on_conflict_do_nothing()
        .returning(partner)
    )
    row = added.one_or_none()
    if row is None:
        await _refuse_partner(tx, code, command)
        raise DuplicatePartner(command.name)
    tx.emit(
        PartnerRegistered(
            partner_id=row.id, name=row.name, kind=command.kind, region=row.region, parent_id=row.parent_id
        ),
        aggregate_id=row.id,
        programme=code,
    )
    return PartnerOut.model_validate(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name


async def _refuse_partner(tx: Transaction, code: str, command: RegisterPartner) -> None:
    if command.kind is not PartnerKind.NATIONAL:
        return
    national = select(partner.c.id).where(partner.c.programme == code, partner.c.kind == PartnerKind.NATIONAL)
    existing = (await tx.connection.execute(national)).scalar_one_or_none()
    if existing is not None:
        raise NationalPartnerExists(existing)


async def register_enterprise(tx: Transaction, code: str, command: RegisterEnterprise) -> EnterpriseOut:
    """Register an enterprise that the policy in force on its day of registration admits.

    Raises NotAllowed (another partner's), NotFound, DateInFuture, NoPolicyInForce, TaxIdMalformed, RegionNotEligible,
    SectorNotEligible, HeadcountOutsideWindow or DuplicateEnterprise.
    """
    tx.actor.require_programme(code)
    tx.actor.require_partner(command.partner_id)
    require_happened("registered_on", command.registered_on, today=tx.now.date())
    in_force = await policy_in_force(tx.connection, code, command.registered_on, field="registered_on")
    await find_partner(tx.connection, code, command.partner_id, tx.actor, field="partner_id")
    tax_id = normalise_tax_id(command.tax_id)
    band = require_eligible(
        in_force, sector=command.sector, region=command.region, women=command.women, men=command.men
    )
    added = await tx.connection.execute(
        upsert(enterprise)
        .values(
            {
                **command.model_dump(),
                "id": tx.ids(),
                "programme": code,
                "tax_id": tax_id,
                "size_class": band.code,
                "policy_version": in_force.version,
                "recorded_at": tx.now,
            }
        )
        .on_conflict_do_nothing(index_elements=["programme", "tax_id"])
        .returning(enterprise)
    )
    row = added.one_or_none()
    if row is None:
        raise await _duplicate(tx, code, tax_id)
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
    tx.emit(
        EnterpriseRegistered.model_validate({"enterprise_id": row.id, **fields}), aggregate_id=row.id, programme=code
    )
    return EnterpriseOut.model_validate({**fields, "baseline_on": None})


async def _duplicate(tx: Transaction, code: str, tax_id: str) -> DuplicateEnterprise:
    query = select(enterprise.c.id, enterprise.c.partner_id)
    found = (
        await tx.connection.execute(query.where(enterprise.c.programme == code, enterprise.c.tax_id == tax_id))
    ).one()
    return DuplicateEnterprise(tax_id, found.id if tx.actor.sees_partner(found.partner_id) else None)
