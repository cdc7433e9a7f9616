"""Routes of certificates."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from services.certification import tables
from services.certification.api.dependencies import Programme, Read
from services.certification.domain.certificate import Series
from services.certification.queries.certificates import CertificateFilter, certificates, present_certificate
from services.certification.schemas.certificates import CertificateOut
from shared.clock import today
from shared.days import Day
from shared.errors import NotFound
from shared.events.vocabulary import Code
from shared.web.listing import Listing, Page, answer_list, listing

router = APIRouter(prefix="/v1/programmes/{programme}/certificates", tags=["certificates"])

Number = Annotated[str, Path(pattern=r"^[A-Z0-9-]{10,60}$", examples=["BOLIVIA-2014-0007-K3QX9M"])]


@router.get("", response_model=Page[CertificateOut])
async def list_certificates(
    programme: Programme,
    read: Read,
    asked: Annotated[Listing, Depends(listing)],
    trainer_id: UUID | None = None,
    module: Code | None = None,
    series: Series | None = None,
    effect: Literal["active", "inactive"] | None = None,
    as_of: Day | None = None,
) -> Response:
    """List certificates, judged on the day `as_of`, today by default; `effect` keeps those with or without effect."""
    day = as_of or today(read.runtime.clock)
    wanted = CertificateFilter(
        trainer_id=trainer_id, module=module, series=series, is_active=None if effect is None else effect == "active"
    )
    query = certificates(programme, read.actor, wanted, day)
    return await answer_list(
        read.connection, query, tables.certificate.c.id, asked, lambda row: present_certificate(row, day)
    )


@router.get("/{number}")
async def get_certificate(programme: Programme, number: Number, read: Read, as_of: Day | None = None) -> CertificateOut:
    """Show the certificate with this number, as of the day `as_of`, today by default."""
    day = as_of or today(read.runtime.clock)
    query = certificates(programme, read.actor, CertificateFilter(number=number), day)
    row = (await read.connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound("certificate", number)
    return present_certificate(row, day)
