"""Routes of the certification scheme."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from services.certification import tables
from services.certification.api.dependencies import Programme, Read, SecretaryWrite
from services.certification.commands.scheme import add_scheme_version
from services.certification.queries.schemes import present_scheme, scheme_versions
from services.certification.schemas.scheme import AddSchemeVersion, SchemeVersionOut
from shared.web.listing import Listing, Page, answer_list, listing

router = APIRouter(prefix="/v1/programmes/{programme}/scheme-versions", tags=["scheme"])


@router.post("", status_code=201, response_model=SchemeVersionOut)
async def post_scheme_version(programme: Programme, body: AddSchemeVersion, write: SecretaryWrite) -> Response:
    """Add a version of the scheme, in force from a day on."""
    return await write.run(add_scheme_version, programme, body)


@router.get("", response_model=Page[SchemeVersionOut])
async def list_scheme_versions(
    programme: Programme, read: Read, asked: Annotated[Listing, Depends(listing)]
) -> Response:
    """List the versions of the scheme, oldest first."""
    query = scheme_versions(programme)
    return await answer_list(read.connection, query, tables.scheme_version.c.id, asked, present_scheme)
