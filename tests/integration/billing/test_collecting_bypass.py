"""What the database itself refuses of credit notes, write-offs and reminders, whoever asks; and named races."""

import asyncio
from collections import Counter
from datetime import timedelta

import asyncpg
import pytest

from shared.ids import new_id
from tests.integration.billing.collecting import credit, owing, paid, send_as
from tests.integration.billing.facts import START
from tests.integration.billing.raw import WHO, connected
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)

REFUSED = {
    "a credit above what was issued": """
        INSERT INTO credit_note (id, programme, partner_id, invoice_id, kind, state, total_minor, reason)
        VALUES ('{new}', 'bolivia', '{partner}', '{invoice}', 'credit', 'draft', 99999, 'x');
        INSERT INTO credit_note_part (credit_note_id, share_id, programme, amount_minor)
        VALUES ('{new}', '{share}', 'bolivia', 99999);
        UPDATE credit_note SET state = 'issued', number = 'CN-9', fiscal_year = 2016, serial = 9,
        issued_on = '2016-02-01' WHERE id = '{new}'""",
    "a note that is not its parts": """
        UPDATE credit_note SET state = 'issued', number = 'CN-9', fiscal_year = 2016, serial = 9,
        issued_on = '2016-02-01', total_minor = total_minor + 1 WHERE id = '{draft}'""",
    "a part for an issued note": """
        INSERT INTO credit_note_part (credit_note_id, share_id, programme, amount_minor)
        VALUES ('{note}', '{other_share}', 'bolivia', 1)""",
    "a note that changes": "UPDATE credit_note SET reason = 'another' WHERE id = '{note}'",
    "a note that goes back": """
        UPDATE credit_note SET state = 'draft', number = NULL, fiscal_year = NULL, serial = NULL, issued_on = NULL
        WHERE id = '{note}'""",
    "a part that changes": "UPDATE credit_note_part SET released_minor = 0 WHERE credit_note_id = '{note}'",
    "a note that goes away": "DELETE FROM credit_note WHERE id = '{draft}'",
    "a void note whose money was used": """
        UPDATE credit_note SET state = 'void', ended_on = '2016-03-01', end_reason = 'x' WHERE id = '{note}'""",
    "a refund above what a note gave back": """
        INSERT INTO credit_use (id, programme, credit_note_id, kind, used_on, amount_minor, method, reference)
        VALUES ('{new}', 'bolivia', '{note}', 'refund', '2016-03-01', 2001, 'bank', '')""",
    "a refund of a funder's money that a note never had": """
        INSERT INTO credit_use (id, programme, credit_note_id, agreement_id, kind, used_on, amount_minor, method,
        reference) VALUES ('{new}', 'bolivia', '{note}', '{agreement}', 'refund', '2016-03-01', 1, 'bank', '')""",
    "an offset against another payer's invoice": """
        INSERT INTO credit_use (id, programme, credit_note_id, kind, used_on, amount_minor, invoice_id)
        VALUES ('{new}', 'bolivia', '{note}', 'offset', '2016-03-01', 100, '{other}');
        INSERT INTO credit_use_part (credit_use_id, share_id, programme, amount_minor)
        VALUES ('{new}', '{other_share}', 'bolivia', 100)""",
    "a write-off above what is open": """
        INSERT INTO write_off (id, programme, partner_id, invoice_id, cause, amount_minor, currency, written_on, reason,
        written_by)
        VALUES ('{new}', 'bolivia', '{partner}', '{invoice}', 'bad-debt', 20000, 'BOB', '2016-03-01', 'x', 'y');
        INSERT INTO write_off_part (write_off_id, share_id, programme, amount_minor)
        VALUES ('{new}', '{share}', 'bolivia', 20000)""",
    "a write-off that is not its parts": """
        INSERT INTO write_off (id, programme, partner_id, invoice_id, cause, amount_minor, currency, written_on, reason,
        written_by) VALUES ('{new}', 'bolivia', '{partner}', '{other}', 'bad-debt', 20, 'BOB', '2016-03-01', 'x', 'y');
        INSERT INTO write_off_part (write_off_id, share_id, programme, amount_minor)
        VALUES ('{new}', '{other_share}', 'bolivia', 19)""",
    "a second reversal": """
        INSERT INTO write_off_reversal (id, programme, write_off_id, reversed_on, reason, reversed_by)
        VALUES ('{new}', 'bolivia', '{reversed}', '2016-03-01', 'x', 'y')""",
    "tax beyond what a share has": """
        INSERT INTO write_off (id, programme, partner_id, invoice_id, cause, amount_minor, currency, written_on, reason,
        written_by) VALUES ('{new}', 'bolivia', '{partner}', '{other}', 'bad-debt', 20, 'BOB', '2016-03-01', 'x', 'y');
        INSERT INTO write_off_part (write_off_id, share_id, programme, amount_minor, tax_minor)
        VALUES ('{new}', '{other_share}', 'bolivia', 20, 1)""",
    "a reminder of the same level": """
        INSERT INTO reminder_item (reminder_id, programme, invoice_id, due_on, level, open_minor)
        SELECT reminder_id, programme, invoice_id, due_on, level, open_minor FROM reminder_item""",
    "a write-off that changes": "UPDATE write_off SET amount_minor = 1",
    "a tolerance that changes": "UPDATE tolerance SET share_bp = 10000",
    "a reminder that goes away": "DELETE FROM reminder_item",
    "an allowance that changes": "UPDATE allowance SET target_minor = 0",
}


async def _stage(world: World) -> dict[str, str]:
    await world.price("100.00")
    deal = await world.agreement("G-1", "G", {"small": "10"})
    training = await world.training()
    owed, other = await owing(world, training, due=START), await owing(world, training)
    await paid(world, owed, "100.00", START + DAY)
    note = await credit(world, owed, START + DAY, amount=world.money("30.00"))
    spent = {"refunded_on": str(START + DAY), "amount": world.money("10.00"), "reference": "transfer"}
    await world.done(f"/credit-notes/{note['id']}/refunds", spent)
    body = {"invoice_id": other.id, "amount": world.money("20.00"), "reason": "a draft"}
    draft = await world.done("/credit-notes", body)
    loss = {"invoice_id": other.id, "cause": "bad-debt", "written_on": str(START + DAY), "reason": "bankrupt"}
    gone = await world.done("/write-offs", {**loss, "amount": world.money("1.00")})
    await world.done(f"/write-offs/{gone['id']}/reverse", {"reversed_on": str(START + DAY), "reason": "not yet"})
    book = f"/books/{world.partner}"
    await world.done(f"{book}/write-off-tolerances", {"amount": world.money("1.00"), "share_pct": "1"})
    schedule = {"valid_from": str(START), "days_after_due": [7], "minimum": world.money("0.00")}
    await world.done(f"{book}/reminder-schedules", schedule)
    late = await owing(world, training, due=START)
    assert len((await world.done(f"{book}/reminder-runs", {"run_on": str(START + 7 * DAY)}))["reminders"]) == 1
    rates = [{"age": "over-90", "rate_pct": "10"}]
    await world.done(f"{book}/allowances", {"as_of": str(START + 200 * DAY), "rates": rates, "reason": "review"})
    assert late.invoice["number"]
    return {
        "partner": str(world.partner),
        "agreement": deal["id"],
        "invoice": owed.id,
        "share": owed.invoice["shares"][0]["id"],
        "other": other.id,
        "other_share": other.invoice["shares"][0]["id"],
        "note": note["id"],
        "draft": draft["id"],
        "reversed": gone["id"],
    }


async def test_the_database_refuses_it_from_everybody(world: World) -> None:
    ids = await _stage(world)
    for who in WHO:
        async with connected(world, who) as connection:
            for statements in REFUSED.values():
                attempt = connection.transaction()
                await attempt.start()
                with pytest.raises((asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)):
                    await connection.execute(statements.format(**ids, new=new_id()))
                await attempt.rollback()
    await world.clean()


async def test_of_many_who_credit_refund_or_write_off_the_same_money_only_as_many_succeed_as_there_is(
    world: World,
) -> None:
    await world.price("100.00")
    training = await world.training()
    owed = await owing(world, training)
    loss = {"invoice_id": owed.id, "cause": "bad-debt", "written_on": str(START), "reason": "bankrupt"}
    note = {"issued_on": str(START), "reason": "a day was not held", "amount": world.money("30.00")}
    answers = await asyncio.gather(
        *(world.send("/write-offs", {**loss, "amount": world.money("30.00")}) for _ in range(4)),
        *(world.send(f"/invoices/{owed.id}/credit-notes", note) for _ in range(4)),
    )
    assert Counter(answer.status_code for answer in answers) == {201: 3, 422: 5}
    shown = await world.show(f"/invoices/{owed.id}")
    assert shown["enterprise_open"]["amount"] == "10.00"
    await world.clean()
    given = await owing(world, training)
    await paid(world, given, "100.00", START)
    made = await credit(world, given, START, amount=world.money("50.00"))
    refund = {"refunded_on": str(START), "amount": world.money("20.00"), "reference": "transfer"}
    answers = await asyncio.gather(
        *(send_as(world, f"person {number}", f"/credit-notes/{made['id']}/refunds", refund) for number in range(6))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 2, 422: 4}
    await world.clean()


async def test_of_many_who_let_a_debt_live_again_one_succeeds(world: World) -> None:
    await world.price("100.00")
    owed = await owing(world, await world.training())
    loss = {"invoice_id": owed.id, "cause": "bad-debt", "written_on": str(START), "reason": "bankrupt"}
    made = await world.done("/write-offs", loss)
    back = {"reversed_on": str(START), "reason": "paid after all"}
    answers = await asyncio.gather(*(world.send(f"/write-offs/{made['id']}/reverse", back) for _ in range(6)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 5}
    assert len(await world.said("invoice-reopened")) == 1
    await world.clean()
