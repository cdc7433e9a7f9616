"""Who may do what: the dependencies of the routes."""

from typing import Annotated, Final

from fastapi import Depends, Path

from shared.auth.actor import Role
from shared.events.vocabulary import ProgrammeCode
from shared.web.access import ReadAccess, Reading, WriteAccess, Writing
from shared.web.listing import Listing, listing

PREFIX: Final = "/v1/programmes/{programme}"

Programme = Annotated[ProgrammeCode, Path(description="The programme's code, for example `bolivia`.")]
Read = Annotated[Reading, Depends(ReadAccess())]
Asked = Annotated[Listing, Depends(listing)]

ByProgrammeManager = Annotated[Writing, Depends(WriteAccess(Role.PROGRAMME_MANAGER))]
ByEither = Annotated[Writing, Depends(WriteAccess(Role.PROGRAMME_MANAGER, Role.PARTNER_ADMIN))]
ByPartnerAdmin = Annotated[Writing, Depends(WriteAccess(Role.PARTNER_ADMIN))]
ByPartnerAdminOrTrainer = Annotated[Writing, Depends(WriteAccess(Role.PARTNER_ADMIN, Role.TRAINER))]
