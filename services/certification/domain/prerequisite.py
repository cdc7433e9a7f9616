"""No other module before the first: Workplace Cooperation, or Basics [S22]."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.certification.domain.certificate import Certificate
from services.certification.domain.cycle import Cycle, has_completed
from services.certification.domain.programme import Programme
from services.certification.domain.standing import State, allowed_actions
from services.certification.errors.path import FirstModuleMissing


def first_module_done(
    programme: Programme,
    module: str,
    on: date,
    certificates: Sequence[Certificate],
    cycles: Sequence[Cycle],
    minimum: int,
) -> bool:
    """Tell whether the trainer of `certificates` and `cycles` may begin `module` on `on`.

    They may when the module is itself a first one, or when by that day they were certified in a first one or had a
    complete cycle in it.
    """
    if not programme.needs_first(module):
        return True
    first = programme.first_modules
    certified = any(one.module in first and one.granted_by(on) for one in certificates)
    return certified or has_completed(cycles, first, by=on, minimum=minimum)


def require_first_module(
    programme: Programme,
    trainer: UUID,
    module: str,
    on: date,
    state: State,
    certificates: Sequence[Certificate],
    cycles: Sequence[Cycle],
    minimum: int,
) -> None:
    """Raise FirstModuleMissing, with the actions allowed in `state`, unless first_module_done."""
    if not first_module_done(programme, module, on, certificates, cycles, minimum):
        allowed = allowed_actions(state, first_module_done=False)
        raise FirstModuleMissing(trainer, module, programme.first_modules, on, allowed)
