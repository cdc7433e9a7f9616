"""What several routes share."""

import secrets
from typing import Annotated

from fastapi import Depends, Path

from services.certification.domain.number import SUFFIX_ALPHABET, SUFFIX_LENGTH, SuffixSource
from shared.auth.actor import Role
from shared.events.vocabulary import ProgrammeCode
from shared.web.access import ReadAccess, Reading, WriteAccess, Writing


def unguessable_suffix() -> str:
    """Return the end of a certificate number, from the system's random source."""
    return "".join(secrets.choice(SUFFIX_ALPHABET) for _ in range(SUFFIX_LENGTH))


def suffix_source() -> SuffixSource:
    """Dependency: where the ends of certificate numbers come from; tests put their own in its place."""
    return unguessable_suffix


Programme = Annotated[ProgrammeCode, Path(description="The programme's code, for example `bolivia`.")]
Suffixes = Annotated[SuffixSource, Depends(suffix_source)]

Read = Annotated[Reading, Depends(ReadAccess())]
BoardRead = Annotated[
    Reading,
    Depends(ReadAccess(Role.BOARD_SECRETARY, Role.BOARD_MEMBER, Role.PROGRAMME_MANAGER, Role.AUDITOR)),
]
VotesRead = Annotated[Reading, Depends(ReadAccess(Role.BOARD_SECRETARY, Role.AUDITOR))]

RegistrarWrite = Annotated[
    Writing, Depends(WriteAccess(Role.PARTNER_ADMIN, Role.PROGRAMME_MANAGER, Role.BOARD_SECRETARY))
]
TrainingWrite = Annotated[Writing, Depends(WriteAccess(Role.PROGRAMME_MANAGER, Role.BOARD_SECRETARY))]
# Not the secretary: who enters a recommendation does not record the decision on it.
RecommenderWrite = Annotated[Writing, Depends(WriteAccess(Role.TRAINER, Role.PROGRAMME_MANAGER))]
SecretaryWrite = Annotated[Writing, Depends(WriteAccess(Role.BOARD_SECRETARY))]
BoardWrite = Annotated[Writing, Depends(WriteAccess(Role.BOARD_SECRETARY, Role.BOARD_MEMBER))]
