"""What stands between an enterprise and its place, and between a place and its completion."""

from datetime import date
from uuid import UUID

from services.enrollment.errors import RuleBroken
from shared.errors import Conflict


class OtherPartnersEnterprise(RuleBroken):
    """An enterprise is trained by its own partner."""

    code = "other-partners-enterprise"

    def __init__(self, enterprise: UUID) -> None:
        super().__init__(f"enterprise {enterprise} belongs to another partner than the training", field="enterprise_id")


class FirstModuleMissing(RuleBroken):
    """No module before the first one is completed."""

    code = "first-module-missing"

    def __init__(self, enterprise: UUID, day: date) -> None:
        super().__init__(f"enterprise {enterprise} had not completed the first module by {day}", field="enterprise_id")


class TrainingFull(Conflict):
    """Every place of the training is taken."""

    code = "training-full"

    def __init__(self, training: UUID, places: int) -> None:
        super().__init__(f"all {places} places of training {training} are taken", field="training_id")


class AlreadyInTraining(Conflict):
    """An enterprise is enrolled once in a training."""

    code = "already-in-training"

    def __init__(self, enrollment: UUID) -> None:
        super().__init__(f"the enterprise is in this training by enrollment {enrollment}", field="enterprise_id")


class ModuleAlreadyTaken(Conflict):
    """An enterprise takes a module once, unless it withdrew."""

    code = "module-already-taken"

    def __init__(self, module: str, enrollment: UUID) -> None:
        super().__init__(f"the enterprise takes {module} by enrollment {enrollment}", field="enterprise_id")


class ClassroomNotFinished(Conflict):
    """Visits and completion come after all classroom days."""

    code = "classroom-not-finished"

    def __init__(self, held: int, classroom_days: int) -> None:
        super().__init__(
            f"{held} of {classroom_days} classroom days are held",
            field="enrollment_id",
            allowed_actions=("record-session", "withdraw"),
        )


class NeverPresent(Conflict):
    """Nobody of the enterprise was in the classroom."""

    code = "never-present"

    def __init__(self, enrollment: UUID) -> None:
        super().__init__(
            f"nobody of enrollment {enrollment} was present on a classroom day",
            field="enrollment_id",
            allowed_actions=("withdraw",),
        )


class VisitsOutstanding(Conflict):
    """Completion comes after all planned visits."""

    code = "visits-outstanding"

    def __init__(self, done: int, planned: int) -> None:
        super().__init__(
            f"{done} of {planned} planned visits are done",
            field="enrollment_id",
            allowed_actions=("record-visit", "abort-visit", "withdraw"),
        )
