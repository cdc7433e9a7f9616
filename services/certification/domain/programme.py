"""What certification needs to know of a programme: its modules, which of them come first, its regions."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.certification.errors.common import UnknownModule, UnknownRegion


@dataclass(frozen=True, slots=True)
class Programme:
    """Catalogue of a programme; `modules` says of each code whether it may come first."""

    code: str
    modules: Mapping[str, bool]
    regions: frozenset[str]

    @property
    def first_modules(self) -> frozenset[str]:
        """The modules one of which precedes every other (Workplace Cooperation, or Basics)."""
        return frozenset(code for code, is_first in self.modules.items() if is_first)

    def require_module(self, module: str) -> None:
        """Raise UnknownModule unless the catalogue has `module`."""
        if module not in self.modules:
            raise UnknownModule(self.code, module)

    def require_region(self, region: str | None) -> None:
        """Raise UnknownRegion unless `region` is none or one of the programme's."""
        if region is not None and region not in self.regions:
            raise UnknownRegion(self.code, region)

    def needs_first(self, module: str) -> bool:
        """Tell whether another module has to come before `module` [S22]."""
        return module not in self.first_modules
