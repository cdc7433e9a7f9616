"""Parameters the routes share."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query

from services.assessment.domain.rights import CATALOGUERS, PUBLISHERS, RECORDERS
from shared.days import Day
from shared.events.vocabulary import Code, ProgrammeCode
from shared.web.access import ReadAccess, Reading, WriteAccess, Writing
from shared.web.listing import Listing, listing

PREFIX = "/v1/programmes/{programme}"

Programme = Annotated[ProgrammeCode, Path(description="Code of the programme.", examples=["bolivia"])]
Recording = Annotated[Writing, Depends(WriteAccess(*RECORDERS))]
Publishing = Annotated[Writing, Depends(WriteAccess(*PUBLISHERS))]
Cataloguing = Annotated[Writing, Depends(WriteAccess(*CATALOGUERS))]
Reader = Annotated[Reading, Depends(ReadAccess())]
Asked = Annotated[Listing, Depends(listing)]

ByEnterprise = Annotated[UUID | None, Query(description="Only of this enterprise.")]
ByTraining = Annotated[UUID | None, Query(description="Only of this training.")]
ByPartner = Annotated[UUID | None, Query(description="Only of this partner; a partner's token sees only its own.")]
ByRegion = Annotated[Code | None, Query(description="Only of this region.")]
AsOf = Annotated[Day, Query(description="Facts up to this business day, which is not in the future.")]
