"""A book as tables and as an audit file: complete, exact, of one moment, the same bytes twice."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import textwrap
import zipfile
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from services.billing.chores import CHORES
from services.billing.exports.beancount import as_beancount
from services.billing.exports.book import Cut, read_exported, snapshot
from services.billing.exports.ledgers import By, journal, trial_balance
from services.billing.exports.table import Totals
from services.billing.exports.texts import as_csv
from shared.auth.actor import Actor, Role
from shared.chores import do
from shared.ids import new_id
from tests.integration.billing.busy import NASTY, busy_book
from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected
from tests.integration.billing.world import World
from tests.support.accountants import bean_check, hledger_check, no_hledger
from tests.support.spreadsheet import read_workbook

pytestmark = pytest.mark.integration

AUDITOR = Actor("tester", frozenset({Role.AUDITOR}), "*")
EPOCH = date(1899, 12, 30)
"""Day 0 of a spreadsheet."""


async def fetched(world: World, name: str, **cut: object) -> bytes:
    """Return an export of the world's book; `from_` stands for `from`."""
    asked = {key.rstrip("_"): value for key, value in cut.items()}
    answer = await world.get(f"/books/{world.partner}/exports/{name}", asked)
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    return answer.content


def rows_of(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


async def table(world: World, name: str, **cut: object) -> list[dict[str, str]]:
    """Return the rows of an export as CSV."""
    return rows_of(await fetched(world, name, **cut))


def minor(text: str) -> int:
    """Return the cents of a decimal string; nothing of an empty cell."""
    return int(Decimal(text or "0") * 100)


async def test_the_journal_has_every_line_of_every_entry_as_the_book_lists_them(busy: World) -> None:
    entries = {entry["id"]: entry for entry in await busy.all(f"/books/{busy.partner}/entries")}
    lines: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in await table(busy, "journal"):
        lines[row["entry"]].append(row)
    assert lines.keys() == entries.keys()
    for uid, entry in entries.items():
        assert [int(row["line"]) for row in lines[uid]] == [posting["line"] for posting in entry["postings"]]
        for row, posting in zip(lines[uid], entry["postings"], strict=True):
            assert (row["effective_on"], row["fact_on"]) == (entry["effective_on"], entry["fact_on"])
            assert datetime.fromisoformat(row["recorded_at"]) == datetime.fromisoformat(entry["recorded_at"])
            assert (row["kind"], row["actor"], row["reverses"]) == (
                entry["kind"], entry["actor"], entry["reverses"] or "",
            )  # fmt: skip
            signed = minor(row["debit"]) - minor(row["credit"])
            assert (signed, row["currency"]) == (
                minor(posting["amount"]["amount"]), posting["amount"]["currency"],
            )  # fmt: skip
            assert (row["code"], row["account"]) == (posting["account_code"], posting["account_id"])
            for name in ("phase", "training_id", "module", "region", "delivery", "payer_class", "cost_kind"):
                assert row[name] == (posting[name] or ""), name
        assert sum(minor(row["base_debit"]) - minor(row["base_credit"]) for row in lines[uid]) == 0


async def test_the_journal_names_documents_and_pairs_reversals(busy: World) -> None:
    rows = await table(busy, "journal")
    numbers = {row["document"] for row in rows if row["kind"] == "invoice"}
    assert numbers == {"INV-2016-00001", "INV-2016-00002", "INV-2016-00003"}
    assert {row["document"] for row in rows if row["kind"] == "credit-note"} == {"CN-2016-00001"}
    assert {row["document"] for row in rows if row["kind"] == "claim-approval"} == {"CL-2016-00001"}
    assert {row["document"] for row in rows if row["kind"] == "receipt"} == {"'=1+1", ""}
    reversals = {row["entry"]: row["reverses"] for row in rows if row["reverses"]}
    assert len(reversals) >= 2
    assert {row["reversed_by"]: row["entry"] for row in rows if row["reversed_by"]} == reversals
    late = [row for row in rows if row["fact_on"] < row["effective_on"]]
    assert {(row["kind"], row["fact_on"], row["effective_on"]) for row in late} == {
        ("cost", "2016-01-19", "2016-02-01")
    }


async def test_a_span_has_its_opening_and_closing_balances(busy: World) -> None:
    whole = await table(busy, "trial-balance", by="account")
    opened = {
        row["account"]: minor(row["own_closing"])
        for row in await table(busy, "trial-balance", by="account", to="2016-01-31")
    }
    february = await table(busy, "trial-balance", by="account", from_="2016-02-01", to="2016-02-29")
    march = await table(busy, "trial-balance", by="account", from_="2016-03-01")
    closed = {}
    for row in february:
        assert minor(row["own_opening"]) == opened.get(row["account"], 0)
        moved = minor(row["own_debits"]) - minor(row["own_credits"])
        assert minor(row["own_closing"]) == minor(row["own_opening"]) + moved
        closed[row["account"]] = minor(row["own_closing"])
    assert {row["account"]: minor(row["own_opening"]) for row in march} == closed
    assert {row["account"]: minor(row["own_closing"]) for row in march} == {
        row["account"]: minor(row["own_closing"]) for row in whole
    }
    for rows in (whole, february, march):
        assert sum(minor(row["closing"]) for row in rows) == 0
        assert sum(minor(row["opening"]) for row in rows) == 0
        assert sum(minor(row["debits"]) for row in rows) == sum(minor(row["credits"]) for row in rows) > 0


async def test_by_code_is_the_sum_of_the_accounts_and_the_trial_balance_of_the_book(busy: World) -> None:
    for cut in ({}, {"to": "2016-01-31"}, {"to": "2016-02-15"}):
        codes = {row["code"]: row for row in await table(busy, "trial-balance", **cut)}
        folded: defaultdict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for row in await table(busy, "trial-balance", by="account", **cut):
            for name in ("opening", "debits", "credits", "closing"):
                folded[row["code"]][name] += minor(row[name])
        assert folded == {
            code: {name: minor(row[name]) for name in ("opening", "debits", "credits", "closing")}
            for code, row in codes.items()
        }
        held = await (busy.balances(as_of=cut["to"]) if cut else busy.balances())
        balances = {code: minor(text) for code, text in held.items()}
        assert {code: minor(row["closing"]) for code, row in codes.items() if minor(row["closing"])} == balances


async def test_an_account_runs_from_its_opening_to_its_closing_balance(busy: World) -> None:
    trial = await table(busy, "trial-balance", by="account", from_="2016-01-08", to="2016-02-28")
    assert len(trial) > 30
    for listed in trial:
        rows = await table(busy, f"accounts/{listed['account']}", from_="2016-01-08", to="2016-02-28")
        first, *lines, last = rows
        assert (first["kind"], last["kind"]) == ("opening balance", "closing balance")
        running = minor(first["balance"])
        assert running == minor(listed["own_opening"])
        for row in lines:
            running += minor(row["debit"]) - minor(row["credit"])
            assert minor(row["balance"]) == running
        assert minor(last["balance"]) == running == minor(listed["own_closing"])
        assert minor(last["base_balance"]) == minor(listed["closing"])
        assert sum(minor(row["debit"]) for row in lines) == minor(listed["own_debits"])


async def test_an_account_of_another_book_or_of_none_is_not_found(busy: World) -> None:
    for account in (new_id(), busy.partner):
        answer = await busy.get(f"/books/{busy.partner}/exports/accounts/{account}")
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize(
    ("name", "cut", "field"),
    [
        ("journal", {"format": "pdf"}, "format"),
        ("journal", {"from": "01/02/2016"}, "from"),
        ("journal", {"recorded_at": "2016-01-01T00:00:00"}, "recorded_at"),
        ("trial-balance", {"by": "phase"}, "by"),
        ("accounts/nobody", {}, "account_id"),
    ],
)
async def test_a_wrong_question_is_refused_with_the_field(busy: World, name: str, cut: Json, field: str) -> None:
    answer = await busy.get(f"/books/{busy.partner}/exports/{name}", cut)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_as_recorded_by_a_moment_later_entries_are_not_there_and_reversals_not_either(busy: World) -> None:
    rows = await table(busy, "journal")
    [reversed_at] = {row["recorded_at"] for row in rows if row["reverses"] and row["kind"] == "transfer"}
    before = datetime.fromisoformat(reversed_at) - timedelta(microseconds=1)
    then = await table(busy, "journal", recorded_at=before.isoformat())
    assert {row["entry"] for row in rows} - {row["entry"] for row in then} == {
        row["entry"] for row in rows if row["recorded_at"] == reversed_at
    }
    assert not any(row["reversed_by"] for row in then if row["kind"] == "transfer")
    closing = {
        row["code"]: row["closing"] for row in await table(busy, "trial-balance", recorded_at=before.isoformat())
    }
    now = {row["code"]: row["closing"] for row in await table(busy, "trial-balance")}
    assert minor(closing["3010"]) - minor(now["3010"]) == -69_101


async def test_the_same_book_gives_the_same_bytes(busy: World) -> None:
    for name, cut in (
        ("journal", {}), ("journal", {"format": "xlsx"}), ("journal", {"format": "json"}),
        ("trial-balance", {"by": "account", "format": "xlsx"}), ("beancount", {}), ("hledger", {}), ("audit-file", {}),
    ):  # fmt: skip
        assert await fetched(busy, name, **cut) == await fetched(busy, name, **cut), (name, cut)


async def test_a_workbook_shows_the_journal_exactly_and_runs_nothing(busy: World) -> None:
    expected = await table(busy, "journal")
    cover, sheet = read_workbook(await fetched(busy, "journal", format="xlsx"))
    assert (cover.name, sheet.name) == ("Cover", "Rows")
    for read in (cover, sheet):
        assert b"<f>" not in read.xml
        assert b"<f " not in read.xml
    assert b'state="frozen"' in sheet.xml
    assert b"<autoFilter" in sheet.xml
    assert b'orientation="landscape"' in sheet.xml
    got = sheet.table()
    assert len(got) == len(expected)
    for row, wanted in zip(got, expected, strict=True):
        for name in ("debit", "credit", "base_debit", "base_credit"):
            assert (row.get(name) is None) == (wanted[name] == ""), name
            if wanted[name]:
                assert row[name] == Decimal(wanted[name]), name
        day = row["effective_on"]
        assert isinstance(day, Decimal)
        assert str(EPOCH + timedelta(days=int(day))) == wanted["effective_on"]
        assert str(row.get("account")) == wanted["account"]
    assert NASTY in {row.get("reason") for row in got}
    assert "=1+1" in {row.get("document") for row in got}
    facts = {row.get("A"): row.get("B") for row in cover.rows}
    assert facts["partner"] == "Chamber (demo)"
    assert facts["rows"] == str(len(expected))
    debits = sum(Decimal(row["debit"] or 0) for row in expected if row["currency"] == "BOB")
    assert facts["total debit, BOB"] == debits


async def test_json_has_the_rows_and_their_totals(busy: World) -> None:
    shown = json.loads(await fetched(busy, "trial-balance", format="json"))
    rows = await table(busy, "trial-balance")
    assert [row["closing"]["amount"] for row in shown["rows"]] == [row["closing"] for row in rows]
    totals = {total["column"]: Decimal(total["amount"]) for total in shown["totals"]}
    assert totals["debits"] == totals["credits"] == sum(Decimal(row["debits"]) for row in rows)
    assert totals["opening"] == totals["closing"] == Decimal(0)
    assert shown["count"] == len(rows)


async def test_cells_that_a_spreadsheet_would_run_are_text_in_csv(busy: World) -> None:
    rows = await table(busy, "journal")
    assert any(row["reason"].startswith("'=HYPERLINK") for row in rows)
    assert not any(value.startswith(("=", "+", "@", "\t", "\r")) for row in rows for value in row.values())


async def test_what_is_posted_while_an_export_runs_is_not_in_it(world: World) -> None:
    await busy_book(world)
    before = await fetched(world, "beancount")
    before_csv = await fetched(world, "journal")
    async with snapshot(world.client.runtime.engine) as connection:
        book = await read_exported(connection, AUDITOR, world.programme, world.partner)
        chunks = as_beancount(book)
        text = [await anext(chunks) for _ in range(8)]
        await world.cost("1.00", "venue", START + timedelta(days=40), await world.training())
        await world.pay("55.00", START + timedelta(days=41), enterprise_id=await world.enterprise())
        text += [chunk async for chunk in chunks]
        rows = journal(book)
        lines = [chunk async for chunk in as_csv(rows, Totals(rows.layout))]
    assert "".join(text).encode() == before
    assert "".join(lines).encode() == before_csv
    assert await fetched(world, "beancount") != before
    await world.clean()


async def test_the_audit_file_checks_itself_and_adds_up(busy: World, tmp_path: Path) -> None:
    content = await fetched(busy, "audit-file")
    extract(content, tmp_path)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = archive.namelist()
    listed = (line.partition("  ") for line in (tmp_path / "SHA256SUMS").read_text().splitlines())
    sums = {name: digest for digest, _, name in listed}
    assert sorted(sums) == sorted(set(names) - {"SHA256SUMS"})
    for name, digest in sums.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest, name
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert manifest["entries"] == len(await busy.all(f"/books/{busy.partner}/entries"))
    files = {file["file"]: file for file in manifest["files"]}
    for name, file in files.items():
        assert file["sha256"] == sums[name]
        if name.endswith(".csv"):
            assert file["rows"] == len(rows_of((tmp_path / name).read_bytes())), name
    assert bean_check(tmp_path / "book.beancount").ok
    described = {(row["file"], row["column"]) for row in rows_of((tmp_path / "schema.csv").read_bytes())}
    for name in files:
        if name.endswith(".csv") and name != "schema.csv":
            heading = next(csv.reader(io.StringIO((tmp_path / name).read_bytes().decode(), newline="")))
            assert {(name, column) for column in heading} == {each for each in described if each[0] == name}
    assert "bean-check book.beancount" in (tmp_path / "README.txt").read_text("utf-8")


@no_hledger
async def test_hledger_accepts_the_journal_in_the_audit_file(busy: World, tmp_path: Path) -> None:
    extract(await fetched(busy, "audit-file"), tmp_path)
    assert hledger_check(tmp_path / "book.journal").ok


def extract(content: bytes, place: Path) -> None:
    """Unpack an audit file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(place)


def run_check(place: Path) -> subprocess.CompletedProcess[str]:
    """Do what the README asks a stranger to do with the program printed in it."""
    text = (place / "README.txt").read_text("utf-8")
    program = text[text.index("     import csv") : text.index("WHAT IS WHAT")]
    (place / "check.py").write_text(textwrap.dedent(program), "utf-8")
    return subprocess.run([sys.executable, "-I", "check.py"], cwd=place, capture_output=True, text=True, check=False)


async def test_the_program_in_the_readme_follows_the_chain_and_names_what_was_changed(
    world: World, tmp_path: Path
) -> None:
    await busy_book(world)
    [sealing] = [chore for chore in CHORES if chore.name == "seal-ledger"]
    await do(sealing, world.client.runtime.transactions)
    await world.cost("3.00", "coordination", START + timedelta(days=50))
    extract(await fetched(world, "audit-file"), tmp_path)
    said = run_check(tmp_path)
    assert said.returncode == 0, said.stderr
    heads = [event["hash"] for event in await world.said("ledger-sealed")]
    assert len(heads) >= 2
    assert said.stdout == f"27 entries are as they were sealed; 1 are not sealed yet. Head: {heads[-1]}\n"
    for name, before, after, complaint in (
        ("journal.csv", "123.45", "123.46", "not as sealed"),
        ("seals/contents.txt", "12345", "12346", "was changed after it was sealed"),
        ("seals/blocks.csv", heads[-1][:8], "00000000", "is not what was sealed"),
    ):
        kept = (tmp_path / name).read_bytes()
        assert before.encode() in kept
        (tmp_path / name).write_bytes(kept.replace(before.encode(), after.encode()))
        said = run_check(tmp_path)
        assert said.returncode != 0
        assert complaint in said.stderr
        (tmp_path / name).write_bytes(kept)


async def test_an_entry_rewritten_in_the_database_is_named_by_the_program_of_the_readme(
    world: World, tmp_path: Path
) -> None:
    await busy_book(world)
    async with connected(world, "superuser") as connection:
        await connection.execute("ALTER TABLE ledger.posting DISABLE TRIGGER ALL")
        uid = await connection.fetchval(
            "UPDATE ledger.posting p SET cost_kind = 'catering' FROM ledger.entry e "
            "WHERE e.id = p.entry_id AND p.amount_minor = 12345 RETURNING e.uid"
        )
    extract(await fetched(world, "audit-file"), tmp_path)
    said = run_check(tmp_path)
    assert f"entry {uid} was changed after it was sealed" in said.stderr


async def test_documents_in_the_audit_file_agree_with_the_ledger(busy: World) -> None:
    with zipfile.ZipFile(io.BytesIO(await fetched(busy, "audit-file"))) as archive:
        rows = {name: rows_of(archive.read(name)) for name in archive.namelist() if name.endswith(".csv")}
    lines = rows["journal.csv"]
    for name, kind, identity, amount in (
        ("invoices", "invoice", "invoice_id", "total"),
        ("credit-notes", "credit-note", "note_id", "total"),
        ("payments", "receipt", "payment_id", "amount"),
        ("allocations", "allocation", "allocation_id", "amount"),
        ("costs", "cost", "cost_id", "amount"),
    ):
        posted: defaultdict[str, int] = defaultdict(int)
        for line in lines:
            if line["kind"] in (kind, "in-kind" if kind == "cost" else kind):
                posted[line["source_id"]] += minor(line["base_debit"])
        documents = {
            row[identity]: minor(row[amount])
            for row in rows[f"documents/{name}.csv"]
            if name != "invoices" or row["number"]
        }
        assert documents == posted, name
    states = {row["state"] for row in rows["documents/invoices.csv"]}
    assert states == {"issued", "credited", "cancelled"}
    assert [row["statement"] for row in rows["documents/number-series.csv"]] == ["complete"] * 3
    assert [row["state"] for row in rows["periods.csv"]][:2] == ["closed", "open"]
    closing = [row for row in rows["trial-balances.csv"] if row["period_to"] == rows["periods.csv"][-1]["ends_on"]]
    accounts = {row["account"]: row["balance"] for row in rows["accounts.csv"]}
    assert {row["account"]: row["own_closing"] for row in closing} == accounts


async def test_a_gap_in_a_series_is_stated_with_the_missing_number(world: World) -> None:
    await busy_book(world)
    async with connected(world, "replica") as connection:
        # Only a superuser who walks past the guards can make one.
        await connection.execute("ALTER TABLE invoice DISABLE TRIGGER USER")
        await connection.execute(
            "UPDATE invoice SET serial = 7, number = 'INV-2016-00007' WHERE number = 'INV-2016-00002'"
        )
    with zipfile.ZipFile(io.BytesIO(await fetched(world, "audit-file"))) as archive:
        series = {row["kind"]: row for row in rows_of(archive.read("documents/number-series.csv"))}
    assert (series["invoice"]["statement"], series["invoice"]["missing"]) == ("GAP", "2 4 5 6")
    assert series["claim"]["statement"] == "complete"


async def test_another_partners_finance_gets_nothing_and_the_own_gets_the_file(busy: World) -> None:
    other = await busy.join()
    for name in ("journal", "trial-balance", "beancount", "hledger", "audit-file"):
        path = f"/books/{busy.partner}/exports/{name}"
        assert (await busy.get(path, role="partner-finance", partner=other)).status_code == 404
        assert (await busy.get(path, role="partner-finance", partner=busy.partner)).status_code == 200
        assert (await busy.get(path, role="trainer", partner=busy.partner)).status_code == 403


async def test_a_book_is_never_mixed_with_another(busy: World) -> None:
    other = await busy.join()
    await busy.cost("17.00", "coordination", START, partner=other)
    async with snapshot(busy.client.runtime.engine) as connection:
        book = await read_exported(connection, AUDITOR, busy.programme, other, Cut())
        text = "".join([chunk async for chunk in as_beancount(book)])
        shown = trial_balance(book, By.CODE)
        codes = [row[0] async for row in shown.rows]
    assert (book.entries, codes) == (1, ["2010", "6010"])
    assert str(busy.partner) not in text
    assert UUID(str(book.id)) == other
