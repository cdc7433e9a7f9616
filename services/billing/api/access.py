"""Who may do what: finance of a partner in its own book, the programme manager everywhere in the programme."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import AwareDatetime

from shared.auth.actor import Role
from shared.events.vocabulary import ProgrammeCode
from shared.web.access import ReadAccess, Reading, WriteAccess, Writing
from shared.web.listing import Listing, listing

FinanceWrites = Annotated[Writing, Depends(WriteAccess(Role.PARTNER_FINANCE, Role.PROGRAMME_MANAGER))]
ManagerWrites = Annotated[Writing, Depends(WriteAccess(Role.PROGRAMME_MANAGER))]
Reads = Annotated[Reading, Depends(ReadAccess())]
Asked = Annotated[Listing, Depends(listing)]
Programme = ProgrammeCode
RecordedAt = Annotated[AwareDatetime | None, Query(description="Only what had been recorded by this moment.")]
