"""What the rules of enrollment refuse, each named after the rule; 422 breaks a rule, 409 collides with a record."""

from shared.errors import ScorebookError


class RuleBroken(ScorebookError):
    """A rule of the programme refuses the request as it is."""

    title = "A rule of the programme is broken"
