"""What every request may break: dates, modules, regions."""

from datetime import date

from shared.errors import ScorebookError


class RuleBroken(ScorebookError):
    """The request breaks a rule of the programme, whatever the state of things."""

    code = "rule-broken"
    status = 422
    title = "A rule of the programme is broken"


class UnknownModule(RuleBroken):
    """The programme's catalogue has no such module."""

    code = "unknown-module"

    def __init__(self, programme: str, module: str) -> None:
        super().__init__(f"programme {programme} has no module {module}", field="module", rule=self.code)


class UnknownRegion(RuleBroken):
    """The programme has no such region."""

    code = "unknown-region"

    def __init__(self, programme: str, region: str) -> None:
        super().__init__(f"programme {programme} has no region {region}", field="region", rule=self.code)


class DateInFuture(RuleBroken):
    """What has happened cannot lie after today."""

    code = "date-in-future"

    def __init__(self, field: str, value: date, today: date) -> None:
        super().__init__(f"{field} {value} lies after today, {today}", field=field, rule="not-in-future")


class DateOrder(RuleBroken):
    """Two dates stand in the wrong order."""

    code = "date-order"

    def __init__(self, field: str, value: date, other: str, bound: date) -> None:
        super().__init__(f"{field} {value} lies before {other} {bound}", field=field, rule=self.code)
