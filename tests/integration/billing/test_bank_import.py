"""Statements into the book: preview, refusal by a rule, confirmation, never twice."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from shared.web import limits
from tests.integration.billing.banking import (
    DAY,
    OTHER_IBAN,
    add_profile,
    confirm,
    file_body,
    lines,
    open_account,
    paid,
    post_as,
    preview,
    reconciled,
    take,
    took,
)
from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected, fingerprint
from tests.integration.billing.world import World
from tests.support.statements import Booking, Stmt, camt, english_csv, of, spanish_csv

pytestmark = pytest.mark.integration


async def test_a_preview_keeps_nothing_and_a_confirmation_books_every_line_against_suspense(world: World) -> None:
    account = await open_account(world, opening="1000.00")
    assert await world.balances() == {"1010": "1000.00", "3010": "-1000.00"}
    looked = await preview(
        world,
        camt(
            of(
                "1000.00",
                [paid("700.00"), paid("-12.50", START + DAY), Booking("9.00", START, state="PDNG")],
                START,
                START + DAY,
            )
        ),
    )
    [statement] = looked["statements"]
    assert (looked["state"], looked["can_confirm"], looked["needs_reason"]) == ("previewed", True, False)
    assert {name: statement[name] for name in ("new", "known", "skipped", "refused", "overlaps", "gap")} == {
        "new": 2, "known": 0, "skipped": 1, "refused": 0, "overlaps": False, "gap": None,
    }  # fmt: skip
    assert [(row["row"], row["result"], row["rule"]) for row in statement["rows"]] == [
        (1, "new", None), (2, "new", None), (3, "skipped", "pdng"),
    ]  # fmt: skip
    assert (await lines(world), await world.said("statement-imported")) == ([], [])
    done = await confirm(world, looked)
    assert (done["state"], done["can_confirm"]) == ("confirmed", False)
    assert await world.balances() == {"1010": "1687.50", "2120": "-687.50", "3010": "-1000.00"}
    assert [(line["amount"]["amount"], line["state"]) for line in await lines(world)] == [
        ("700.00", "imported"), ("-12.50", "imported"),
    ]  # fmt: skip
    [said] = await world.said("statement-imported")
    assert (said["lines"], said["opening"]["amount"], said["closing"]["amount"]) == (2, "1000.00", "1687.50")
    shown = await world.show(f"/bank-accounts/{account['id']}")
    assert (shown["balance"], shown["ledger"], shown["open_lines"]) == (
        world.money("1687.50"),
        world.money("1687.50"),
        2,
    )
    again = await world.send(f"/bank-imports/{looked['id']}/confirm", {})
    assert (again.status_code, again.json()["allowed_actions"]) == (409, [])
    assert await reconciled(world, START + DAY) == [("line", "is imported"), ("line", "is imported")]
    await world.clean()


async def test_the_same_file_and_one_that_overlaps_add_nothing_twice(world: World) -> None:
    await open_account(world)
    week = [paid("10.00", START + n * DAY, "fee") for n in (0, 0, 1, 2)]
    await take(world, of("0.00", week, START, START + 2 * DAY))
    before = await world.balances()
    again = await preview(world, camt(of("0.00", week, START, START + 2 * DAY)))
    assert (again["statements"][0]["known"], again["statements"][0]["new"]) == (4, 0)
    await confirm(world, again)
    assert await world.balances() == before
    later = [paid("10.00", START + 3 * DAY, "fee"), *week[2:]]
    looked = await preview(world, camt(of("20.00", later, START + DAY, START + 3 * DAY)))
    assert (looked["statements"][0]["overlaps"], looked["statements"][0]["new"]) == (True, 1)
    await confirm(world, looked)
    assert len(await lines(world)) == 5
    first, second = await world.all("/bank-statements")
    assert (first["closing"], second["opening"], second["closing"]) == (
        world.money("40.00"), world.money("40.00"), world.money("50.00"),
    )  # fmt: skip
    assert (await world.balances())["1010"] == "50.00"
    await world.clean()


async def test_one_import_confirmed_by_eight_at_once_is_taken_once(world: World) -> None:
    await open_account(world)
    content = camt(of("0.00", [paid("10.00"), paid("10.00")], START, START))
    looked = [await preview(world, content) for _ in range(3)]
    answers = await asyncio.gather(
        *(world.send(f"/bank-imports/{each['id']}/confirm", {}) for each in looked for _ in range(3))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 3, 409: 6}
    assert len(await lines(world)) == 2
    assert await world.balances() == {"1010": "20.00", "2120": "-20.00"}
    await world.clean()


async def test_a_gap_is_refused_unless_somebody_says_why_and_then_sits_in_suspense(world: World) -> None:
    await open_account(world)
    await took(world, [paid("10.00")])
    looked = await preview(world, camt(of("35.00", [paid("5.00", START + 9 * DAY)], START + 9 * DAY, START + 9 * DAY)))
    assert (looked["needs_reason"], looked["statements"][0]["gap"]) == (True, world.money("25.00"))
    before = await fingerprint(world)
    assert await world.refused(f"/bank-imports/{looked['id']}/confirm", {}) == (409, "gap_reason", "follows-the-last")
    assert await fingerprint(world) == before
    await confirm(world, looked, gap_reason="the bank lost the statement of 7 January")
    [gap] = [line for line in await lines(world) if line["is_gap"]]
    assert (gap["amount"], gap["said"]) == (world.money("25.00"), "the bank lost the statement of 7 January")
    assert await world.balances() == {"1010": "40.00", "2120": "-40.00"}
    assert (await world.show("/bank-imports", {}))["items"][-1]["gap_reason"].startswith("the bank lost")
    await world.clean()


REFUSED = [
    (camt(Stmt("0.00", "11.00", [paid("10.00")], START, START)), "closing-balance"),
    (camt(of("0.00", [paid("10.00")], START, START, iban=OTHER_IBAN)), "known-account"),
    (camt(of("0.00", [replace(paid("10.00"), currency="USD")], START, START, currency="USD")), "account-currency"),
    (camt(of("0.00", [replace(paid("10.00"), currency="USD")], START, START)), "one-currency"),
    (
        camt(of("0.00", [], START, START)).replace(b"<Document", b"<!DOCTYPE x [<!ENTITY e 'e'>]><Document"),
        "no-entities",
    ),
    (bytes(range(256)) * 100, "well-formed-xml"),
    (camt(of("0.00", [], date(2026, 1, 1), date(2026, 12, 31))), "not-in-the-future"),
    (camt(of("0.00", [], date(2015, 12, 1), date(2015, 12, 31))), "after-opening"),
]


async def test_a_file_is_refused_as_a_whole_with_the_rule_and_nothing_is_kept(world: World) -> None:
    await open_account(world)
    for content, rule in REFUSED:
        before = await fingerprint(world)
        status, _, found = await world.refused("/bank-imports", file_body(world, content))
        assert (status, found) == (422, rule)
        assert await fingerprint(world) == before
    assert await world.all("/bank-imports") == []
    await took(world, [paid("10.00", START + 5 * DAY)], to_on=START + 5 * DAY)
    early = camt(of("0.00", [paid("7.00", START + DAY)], START, START + DAY))
    assert await world.refused("/bank-imports", file_body(world, early)) == (422, "content", "in-order")
    body = file_body(world, b"x")
    assert (await world.refused("/bank-imports", {**body, "content": "no base64!"}))[2] == "base64"
    assert (await world.refused("/bank-imports", {**body, "format": "csv"}))[2] == "account-of-csv"
    large = {**body, "content": "A" * 2_000_004}
    assert (await world.refused("/bank-imports", large)) == (422, "content", "string-too-long")


async def test_a_hundred_megabytes_of_noise_are_refused_by_their_head_and_never_read(world: World) -> None:
    read = 0

    async def noise() -> object:
        nonlocal read
        for _ in range(1_600):
            read += 65_536
            yield b"\xff" * 65_536

    token = world.client.token("programme-manager", world.programme)
    headers = {
        "authorization": f"Bearer {token}",
        "idempotency-key": "a-hundred-megabytes",
        "content-type": "application/json",
    }
    told = await world.client.http.post(
        f"{world.path}/bank-imports", content=b"", headers={**headers, "content-length": str(100 * 1024 * 1024)}
    )
    assert told.status_code == 413
    streamed = await world.client.http.post(f"{world.path}/bank-imports", content=noise(), headers=headers)  # type: ignore[arg-type]
    assert streamed.status_code == 413
    assert limits._LARGEST_BODY < 3 * 1024 * 1024
    assert await world.all("/bank-imports") == []


async def test_rows_that_break_a_rule_are_named_one_by_one_and_none_is_taken(world: World) -> None:
    await open_account(world)
    bookings = [paid("10.00"), paid("10.005"), paid("5.00", START - 40 * DAY)]
    looked = await preview(world, camt(Stmt("0.00", "25.00", bookings, START, START)))
    rows = looked["statements"][0]["rows"]
    assert not looked["can_confirm"]
    assert [(row["row"], row["result"], row["rule"]) for row in rows] == [
        (1, "new", None), (2, "refused", "over-precise-amount"), (3, "refused", "after-opening"),
    ]  # fmt: skip
    answer = await world.send(f"/bank-imports/{looked['id']}/confirm", {})
    assert answer.status_code == 422
    assert [(each["field"], each["rule"]) for each in answer.json()["errors"]] == [
        ("rows.2.Amt", "over-precise-amount"), ("rows.3.booked_on", "after-opening"),
    ]  # fmt: skip
    assert await lines(world) == []
    await world.clean()


async def test_a_closed_account_takes_nothing_and_an_empty_one_only_closes(world: World) -> None:
    account = await open_account(world)
    await took(world, [paid("10.00")])
    closing = {"closed_on": str(START + DAY), "reason": "moved to another bank"}
    path = f"/bank-accounts/{account['id']}/close"
    assert await world.refused(path, closing) == (422, "closed_on", "empty")
    line = (await took(world, [paid("-10.00", START + DAY)], opening="10.00"))[-1]
    assert line["amount"]["amount"] == "-10.00"
    closed = await world.done(path, closing)
    assert closed["closed_on"] == str(START + DAY)
    assert (await world.refused(path, closing))[0] == 409
    later = camt(of("0.00", [paid("1.00", START + 5 * DAY)], START + 5 * DAY, START + 5 * DAY))
    assert await world.refused("/bank-imports", file_body(world, later)) == (422, "content", "before-closing")
    firm = await world.enterprise()
    by_hand = {
        "partner_id": str(world.partner), "enterprise_id": str(firm), "received_on": str(START + 5 * DAY),
        "amount": world.money("1.00"), "bank_account_id": account["id"],
    }  # fmt: skip
    assert await world.refused("/payments", by_hand) == (422, "bank_account_id", "before-closing")
    await world.clean()


ACCOUNT_FAULTS: list[tuple[Json, tuple[int, str, str]]] = [
    ({"iban": "DE02120300000000202052"}, (422, "iban", "iban-check-digits")),
    ({"country": "BO"}, (422, "country", "iban-country")),
    ({"currency": "USD"}, (422, "opening", "book-currency")),
    ({"currency": "USD", "opening": {"amount": "0.00", "currency": "USD"}}, (422, "currency", "book-currency")),
    ({"opened_on": "2030-01-01"}, (422, "opened_on", "not-in-the-future")),
    ({"number": "1000"}, (422, "body", "one-number")),
    ({"iban": None}, (422, "body", "one-number")),
    ({"name": ""}, (422, "name", "string-too-short")),
]


async def test_bank_accounts_are_refused_by_field_and_rule(world: World) -> None:
    await open_account(world)
    body = {
        "partner_id": str(world.partner), "name": "Another", "iban": OTHER_IBAN, "country": "DE", "currency": "BOB",
        "opened_on": str(START), "opening": world.money("0.00"),
    }  # fmt: skip
    for wrong, expected in ACCOUNT_FAULTS:
        status, field, rule = await world.refused("/bank-accounts", {**body, **wrong})
        assert (status, rule) == (expected[0], expected[2]), (wrong, field, rule)
    again = {**body, "iban": "DE02 1203 0000 0000 2020 51"}
    assert await world.refused("/bank-accounts", again) == (409, "number", "unique")


async def test_a_csv_is_read_by_the_newest_profile_of_its_account(world: World) -> None:
    account = await open_account(world, number="1000-2345 678", country="BO")
    body = file_body(world, b"x", bank_account_id=account["id"])
    assert await world.refused("/bank-imports", body) == (422, "bank_account_id", "profile-needed")
    assert (await add_profile(world, account, "comma-signed"))["version"] == 1
    plain = english_csv([[str(START), "", "10.00", "BOB", "Illimani", "", "x"]])
    assert (await world.refused("/bank-imports", file_body(world, plain, bank_account_id=account["id"])))[2] == (
        "balance-needed"
    )
    wrong = file_body(
        world, plain, bank_account_id=account["id"], opening=world.money("0.00"), closing=world.money("9.00")
    )
    assert (await world.refused("/bank-imports", wrong))[2] == "closing-balance"
    await confirm(world, await preview(world, plain, bank_account_id=account["id"], closing=world.money("10.00")))
    assert (await add_profile(world, account, "semicolon-debit-credit"))["version"] == 2
    rows = [["05/01/2016", "T1", "Glosa", "Ñandú", "", "1.700,00", "1.710,00"]]
    await confirm(world, await preview(world, spanish_csv(rows), bank_account_id=account["id"]))
    assert [line["amount"]["amount"] for line in await lines(world)] == ["10.00", "1700.00"]
    assert (await lines(world))[-1]["party_name"] == "Ñandú"
    assert (await world.refused("/bank-imports", file_body(world, plain, bank_account_id=account["id"])))[
        2
    ] == "columns"
    assert [row["version"] for row in await world.all("/bank-profiles")] == [1, 2]
    bad = {"columns": {"booked_on": "Date"}}
    assert await world.refused(f"/bank-accounts/{account['id']}/profiles", bad) == (422, "profile", "amount-columns")
    await world.clean()


async def test_one_file_brings_statements_of_several_accounts_and_days(world: World) -> None:
    await open_account(world)
    await open_account(world, opening="5.00", number="1000 2345", country="BO", name="Savings")
    await take(
        world,
        of("10.00", [paid("1.00", START + DAY)], START + DAY, START + DAY, identifier="S-2"),
        of("0.00", [paid("10.00")], START, START),
        of("5.00", [paid("-2.00")], START, START, number="1000-2345"),
    )
    balances = {row["number"]: row["balance"]["amount"] for row in await world.all("/bank-accounts")}
    assert balances["10002345"] == "3.00"
    assert sorted(balances.values()) == ["11.00", "3.00"]
    await world.clean()


async def test_lines_of_a_closed_month_are_refused_or_go_to_the_open_one_as_the_caller_says(world: World) -> None:
    await open_account(world)
    await took(world, [paid("0.01"), paid("-0.01")])
    one, two = await lines(world)
    await world.done("/bank-omissions", {"line_ids": [one["id"], two["id"]], "reason": "cancel each other"})
    [january] = await world.all("/periods")
    async with connected(world, "owner") as connection:
        # Whatever a close asks for besides, the month is closed here.
        await connection.execute(
            "UPDATE ledger.period SET state = 'closed', closed_at = clock_timestamp(), closed_by = 'x' WHERE id = $1",
            january["id"],
        )
    looked = await preview(world, camt(of("0.00", [paid("7.00", START + DAY)], START + DAY, START + DAY)))
    before = await fingerprint(world)
    assert await world.refused(f"/bank-imports/{looked['id']}/confirm", {}) == (409, "date", "open-period")
    assert await fingerprint(world) == before
    await confirm(world, looked, into_open_period=True)
    entry = (await world.all(f"/books/{world.partner}/entries"))[-1]
    assert (entry["effective_on"], entry["fact_on"]) == ("2016-02-01", str(START + DAY))
    line = (await lines(world))[-1]
    result = await post_as(world, line, kind="bank-charge")
    assert (result["result"], result["rule"]) == ("refused", "open-period")


async def test_nobody_writes_around_the_statements(world: World) -> None:
    account = await open_account(world)
    await took(world, [paid("10.00"), paid("5.00")])
    changes = {
        "UPDATE bank_line SET amount_minor = 1": ("23001",),
        "UPDATE bank_line SET state = 'posted'": ("23001",),
        "DELETE FROM bank_line": ("42501", "23001"),
        "UPDATE bank_statement SET closing_minor = 1": ("42501", "23001"),
        "UPDATE bank_account SET opening_minor = 1": ("23001",),
        "UPDATE bank_import SET content = ''": ("23001",),
        "DELETE FROM payment_reversal": ("42501", "23001"),
        "INSERT INTO bank_line SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(), "
        "'occurrence', 7))).* FROM bank_line l LIMIT 1": ("23514",),
        "INSERT INTO bank_line SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid()))).* "
        "FROM bank_line l LIMIT 1": ("23505", "23514"),
        f"INSERT INTO bank_statement SELECT gen_random_uuid(), 'bolivia', '{account['id']}', import_id, 9, '', "
        f"from_on, to_on, 1, 1 FROM bank_statement": ("23514",),
        f"INSERT INTO bank_statement SELECT gen_random_uuid(), 'bolivia', '{account['id']}', import_id, 2, '', "
        f"from_on, to_on, closing_minor, closing_minor + 1 FROM bank_statement": ("23514",),
    }
    for who in ("application", "owner", "superuser", "replica"):
        for change, states in changes.items():
            async with connected(world, who) as connection:
                state = "committed"
                try:
                    await connection.execute(change)
                except Exception as error:  # noqa: BLE001 - whatever it is, its state is compared
                    state = str(getattr(error, "sqlstate", error))
            assert state in states, (who, change, state)
    await world.clean()
