"""The one base error: a stable code, an HTTP status and a sentence that names field and rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that breaks one rule; `field` is a dotted path into the request."""

    field: str
    rule: str
    message: str


class ScorebookError(Exception):
    """A refusal that a person can act on; subclasses fix `code`, `status` and `title` and build the sentence."""

    code = "refused"
    status = 422
    title = "The request was refused"

    def __init__(
        self,
        detail: str,
        *,
        field: str | None = None,
        rule: str | None = None,
        allowed_actions: Sequence[str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors: tuple[FieldError, ...] = (
            (FieldError(field, rule or self.code, detail),) if field is not None else ()
        )
        self.allowed_actions = None if allowed_actions is None else tuple(allowed_actions)


class NotFound(ScorebookError):
    """Nothing with that id is visible to the caller; also the answer for what belongs to another programme."""

    code = "not-found"
    status = 404
    title = "Not found"

    def __init__(self, noun: str, identifier: UUID | str, *, field: str | None = None) -> None:
        super().__init__(f"there is no {noun} {identifier}", field=field)


class Conflict(ScorebookError):
    """The request collides with what is already recorded."""

    code = "conflict"
    status = 409
    title = "Conflict with what is recorded"


class RefusedTransition(ScorebookError):
    """The thing is in a state that does not allow this step; carries the steps that are allowed."""

    code = "refused-transition"
    status = 409
    title = "The step is not allowed in this state"

    def __init__(self, noun: str, identifier: UUID | str, state: str, action: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"{noun} {identifier} is {state}: {action} is not allowed now",
            rule=self.code,
            allowed_actions=allowed,
        )


class NotAuthenticated(ScorebookError):
    """No valid bearer token."""

    code = "not-authenticated"
    status = 401
    title = "Sign in first"


class NotAllowed(ScorebookError):
    """The caller's role or scope does not permit this."""

    code = "not-allowed"
    status = 403
    title = "Not allowed"


class FactMissing(ScorebookError):
    """A fact of another aggregate has not arrived yet.

    In an event handler the message waits for it (architecture section 5, item 9); over HTTP the caller gets 409 and may
    try again with the same Idempotency-Key.
    """

    code = "fact-missing"
    status = 409
    title = "A fact has not arrived yet"

    def __init__(self, noun: str, aggregate_id: UUID | str, *, field: str | None = None) -> None:
        super().__init__(f"{noun} {aggregate_id} is not known here yet", field=field)
        self.aggregate_id = str(aggregate_id)


class Unavailable(ScorebookError):
    """The database cannot be reached; the same request with the same Idempotency-Key is safe to send again."""

    code = "unavailable"
    status = 503
    title = "Try again shortly"
