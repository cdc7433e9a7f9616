"""The steps of a bank line: match, post, undo, ignore."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, update

from services.billing.commands import bank_matching as how
from services.billing.commands.bank_suggesting import suggest_for
from services.billing.commands.loading import happened, need_partner, need_programme, not_before, one
from services.billing.domain.banking import ONLY_IN, ONLY_OUT, OPEN, STEPS, LineState, MatchKind
from services.billing.domain.programme import Programme
from services.billing.errors import WrongMatch
from services.billing.queries.bank import read_bank_line
from services.billing.queries.scope import AnyRow
from services.billing.schemas.bank import (
    BankLineOut,
    Choice,
    IgnoreLines,
    LinesPosted,
    LookAgain,
    MatchLine,
    PostLines,
    PostResult,
    UndoLine,
)
from services.billing.tables import bank_line, bank_match
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition, ScorebookError
from shared.money import MoneyError

_POST: Final[Mapping[MatchKind, Callable[[Transaction, how.Booking], Awaitable[dict[str, Any]]]]] = {
    MatchKind.PAYMENT: how.as_payment,
    MatchKind.LINK: how.as_link,
    MatchKind.REFUND: how.as_refund,
    MatchKind.BOUNCE: how.as_bounce,
    MatchKind.BANK_CHARGE: how.as_charge,
}
_UNDO: Final[Mapping[MatchKind, Callable[[Transaction, AnyRow, AnyRow, date, str], Awaitable[None]]]] = {
    MatchKind.PAYMENT: how.no_payment,
    MatchKind.LINK: how.no_link,
    MatchKind.REFUND: how.no_refund,
    MatchKind.BOUNCE: how.no_bounce,
    MatchKind.BANK_CHARGE: how.no_charge,
}


async def _lock(tx: Transaction, programme: str, line_ids: Sequence[UUID], field: str = "id") -> list[AnyRow]:
    """Lock lines in order of their ids and return them in the order asked for; raises NotFound for any other's."""
    wanted = select(bank_line).where(bank_line.c.id.in_(line_ids), bank_line.c.programme == programme)
    rows = (await tx.connection.execute(wanted.order_by(bank_line.c.id).with_for_update())).all()
    seen = {row.id: row for row in rows if tx.actor.sees_partner(row.partner_id)}
    for line_id in line_ids:
        if line_id not in seen:
            raise NotFound("bank line", line_id, field=field)
    return [seen[line_id] for line_id in line_ids]


def _require(line: AnyRow, action: str) -> None:
    state = LineState(line.state)
    if action not in STEPS[state]:
        raise RefusedTransition("bank line", line.id, state.value, action, STEPS[state])


async def _set(tx: Transaction, line_id: UUID, state: LineState, **more: object) -> None:
    await tx.connection.execute(update(bank_line).where(bank_line.c.id == line_id).values(state=state.value, **more))


async def _live_match(tx: Transaction, line_id: UUID) -> AnyRow | None:
    return await one(tx, select(bank_match).where(bank_match.c.line_id == line_id, bank_match.c.state != "undone"))


async def match_line(tx: Transaction, programme: str, line_id: UUID, command: MatchLine) -> BankLineOut:
    """Say what a line is; nothing is booked before it is posted. Raises NotFound, RefusedTransition or WrongMatch."""
    [line] = await _lock(tx, programme, [line_id])
    await _match(tx, line, command)
    return await read_bank_line(tx.connection, tx.actor, programme, line_id)


async def _match(tx: Transaction, line: AnyRow, wish: MatchLine) -> None:
    _require(line, "match")
    if (wish.kind in ONLY_IN and line.amount_minor < 0) or (wish.kind in ONLY_OUT and line.amount_minor > 0):
        raise WrongMatch("kind", "direction", f"money that {'came in' if line.amount_minor > 0 else 'went out'}")
    if wish.counter_line_id == line.id:
        raise WrongMatch("counter_line_id", "other-line", "a transfer has two lines")
    await tx.connection.execute(
        insert(bank_match).values(
            id=tx.ids(),
            programme=line.programme,
            line_id=line.id,
            kind=wish.kind.value,
            state="chosen",
            wish=wish.model_dump(mode="json"),
            counter_line_id=wish.counter_line_id,
        )
    )
    await _set(tx, line.id, LineState.MATCHED)


async def unmatch_line(tx: Transaction, programme: str, line_id: UUID, command: UndoLine) -> BankLineOut:
    """Take back what somebody said a line is, before it was posted. Raises NotFound or RefusedTransition."""
    [line] = await _lock(tx, programme, [line_id])
    _require(line, "unmatch")
    happened(tx, "undone_on", command.undone_on)
    await _forget(tx, line, command)
    return await read_bank_line(tx.connection, tx.actor, programme, line_id)


async def _forget(tx: Transaction, line: AnyRow, command: UndoLine, **more: object) -> None:
    """End the match of a line; the line is open again."""
    await tx.connection.execute(
        update(bank_match)
        .where(bank_match.c.line_id == line.id, bank_match.c.state != "undone")
        .values(state="undone", undone_on=command.undone_on, undo_reason=command.reason)
    )
    await _set(tx, line.id, LineState.SUGGESTED if line.suggestions else LineState.IMPORTED, **more)


async def post_lines(tx: Transaction, programme: str, command: PostLines) -> LinesPosted:
    """Book what lines are, each by itself: one that is refused leaves nothing behind and keeps none of the others.

    Raises FactMissing, NotAllowed or FutureDate for the request as a whole.
    """
    policy = await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    if command.posted_on is not None:
        happened(tx, "posted_on", command.posted_on)
    results = [await _try(tx, policy, keeper.id, choice, command.posted_on) for choice in command.choices]
    done = sum(each.result == "posted" for each in results)
    return LinesPosted(
        id=tx.ids(),
        programme=programme,
        partner_id=keeper.id,
        posted=done,
        refused=len(results) - done,
        results=results,
    )


async def _try(tx: Transaction, policy: Programme, partner_id: UUID, choice: Choice, on: date | None) -> PostResult:
    said_before = len(tx.pending)
    try:
        async with tx.connection.begin_nested():
            await _post(tx, policy, partner_id, choice, on)
    except (ScorebookError, MoneyError) as refusal:
        # What the line had said is taken back with the rest of it.
        del tx.pending[said_before:]
        if isinstance(refusal, MoneyError):
            return PostResult(line_id=choice.line_id, result="refused", type=refusal.rule, message=str(refusal))
        first = refusal.errors[0] if refusal.errors else None
        return PostResult(
            line_id=choice.line_id,
            result="refused",
            type=refusal.code,
            field=None if first is None else first.field,
            rule=None if first is None else first.rule,
            message=refusal.detail,
        )
    return PostResult(line_id=choice.line_id, result="posted")


async def _post(tx: Transaction, policy: Programme, partner_id: UUID, choice: Choice, on: date | None) -> None:
    [line] = await _lock(tx, policy.code, [choice.line_id], "line_id")
    if line.partner_id != partner_id:
        raise NotFound("bank line", choice.line_id, field="line_id")
    _require(line, "post")
    if choice.suggestion is not None and line.state != LineState.MATCHED.value:
        if choice.suggestion >= len(line.suggestions):
            raise WrongMatch("suggestion", "exists", f"the line has {len(line.suggestions)} suggestions")
        await _match(tx, line, MatchLine.model_validate(line.suggestions[choice.suggestion]["match"]))
    match = await _live_match(tx, line.id)
    if match is None:
        raise WrongMatch(
            "suggestion", "matched-first", "nobody has said what the line is: match it or pick a suggestion"
        )
    day = on or line.booked_on
    not_before("posted_on", day, line.booked_on, "the day of the line")
    wish = MatchLine.model_validate(match.wish)
    if wish.kind is MatchKind.TRANSFER:
        await _post_transfer(tx, policy, line, match, wish, day)
        return
    done = await _POST[wish.kind](tx, how.Booking(policy, line, match.id, wish, day))
    await tx.connection.execute(
        update(bank_match).where(bank_match.c.id == match.id).values(state="posted", posted_on=day, **done)
    )
    await _set(tx, line.id, LineState.POSTED)


async def _post_transfer(
    tx: Transaction, policy: Programme, line: AnyRow, match: AnyRow, wish: MatchLine, day: date
) -> None:
    """Close two lines of two accounts with each other; suspense holds both, so nothing more is booked."""
    if wish.counter_line_id is None:
        raise WrongMatch("counter_line_id", "required", "name the line of the other account")
    [other] = await _lock(tx, policy.code, [wish.counter_line_id], "counter_line_id")
    if other.partner_id != line.partner_id or other.bank_account_id == line.bank_account_id:
        raise WrongMatch("counter_line_id", "own-other-account", "a transfer is between two accounts of one book")
    if (other.amount_minor, other.currency) != (-line.amount_minor, line.currency):
        raise WrongMatch("counter_line_id", "opposite-amount", "the two lines of a transfer cancel each other")
    theirs = await _live_match(tx, other.id)
    if theirs is None:
        await _match(tx, other, MatchLine(kind=MatchKind.TRANSFER, counter_line_id=line.id))
        theirs = await _live_match(tx, other.id)
    if theirs is None or theirs.counter_line_id != line.id or theirs.state != "chosen":
        raise WrongMatch("counter_line_id", "same-transfer", "somebody said that the other line is something else")
    for each, its_match in ((line, match), (other, theirs)):
        await tx.connection.execute(
            update(bank_match).where(bank_match.c.id == its_match.id).values(state="posted", posted_on=day)
        )
        await _set(tx, each.id, LineState.POSTED)


async def ignore_lines(tx: Transaction, programme: str, command: IgnoreLines) -> BankLineOut:
    """Set aside lines of one account that cancel each other, such as a booking and its correction.

    A line that cancels nothing is money that somebody has to explain. Raises NotFound, RefusedTransition or WrongMatch.
    """
    ids = list(dict.fromkeys(command.line_ids))
    lines = await _lock(tx, programme, ids, "line_ids")
    for line in lines:
        _require(line, "ignore")
    if len({line.bank_account_id for line in lines}) > 1 or sum(line.amount_minor for line in lines) != 0:
        raise WrongMatch(
            "line_ids", "cancel-each-other", "lines that are ignored are of one account and sum to nothing"
        )
    last = max(line.booked_on for line in lines)
    for line in lines:
        await tx.connection.execute(
            insert(bank_match).values(
                id=tx.ids(),
                programme=programme,
                line_id=line.id,
                kind=MatchKind.IGNORE.value,
                state="posted",
                wish={"line_ids": [str(each) for each in ids]},
                posted_on=last,
            )
        )
        await _set(tx, line.id, LineState.IGNORED, ignore_reason=command.reason)
    return await read_bank_line(tx.connection, tx.actor, programme, lines[0].id)


async def undo_line(tx: Transaction, programme: str, line_id: UUID, command: UndoLine) -> BankLineOut:
    """Take back what a line was posted as, by entries of `undone_on`; the line is in suspense again.

    Both halves of a transfer, and all lines that were ignored together, come back together. Raises NotFound,
    RefusedTransition, StillRefunded, FutureDate, DateOrder or PeriodClosed.
    """
    [line] = await _lock(tx, programme, [line_id])
    _require(line, "undo")
    happened(tx, "undone_on", command.undone_on)
    match = await _live_match(tx, line_id)
    if match is None or match.posted_on is None:
        raise LookupError(f"line {line_id} is {line.state} and has no match")
    not_before("undone_on", command.undone_on, match.posted_on, "the day the line was posted")
    kind = MatchKind(match.kind)
    together = [line_id]
    if kind is MatchKind.TRANSFER:
        together = [line_id, match.counter_line_id]
    elif kind is MatchKind.IGNORE:
        together = [UUID(each) for each in match.wish["line_ids"]]
    else:
        await _UNDO[kind](tx, line, match, command.undone_on, command.reason)
    for each in await _lock(tx, programme, together):
        await _forget(tx, each, command, ignore_reason=None)
    await suggest_for(tx, programme, line.partner_id, together)
    return await read_bank_line(tx.connection, tx.actor, programme, line_id)


async def suggest_again(tx: Transaction, programme: str, line_id: UUID, _command: LookAgain) -> BankLineOut:
    """Look again what an open line may be; raises NotFound or RefusedTransition."""
    [line] = await _lock(tx, programme, [line_id])
    if LineState(line.state) not in OPEN:
        raise RefusedTransition("bank line", line_id, line.state, "suggest", STEPS[LineState(line.state)])
    await suggest_for(tx, programme, line.partner_id, [line_id])
    return await read_bank_line(tx.connection, tx.actor, programme, line_id)
