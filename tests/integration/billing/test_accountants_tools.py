"""Beancount and hledger on a populated book: they accept it, see its balances, and catch one cent."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from tests.integration.billing.world import World
from tests.support.accountants import bean_balances, bean_check, hledger_balances, hledger_check, no_hledger

pytestmark = pytest.mark.integration

CENT = Decimal("0.01")
LINE = re.compile(
    r"^(?P<account> +(?:Assets|Liabilities|Equity|Income|Expenses):\S+)  (?P<amount>-?\d+\.\d\d) BOB", re.M
)
"""A line of an entry, in either journal, in the currency of the book."""


@pytest_asyncio.fixture(scope="module")
async def journals(busy: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The book as Beancount and as hledger journal."""
    directory = tmp_path_factory.mktemp("journals")
    made = {}
    for name in ("beancount", "hledger"):
        answer = await busy.get(f"/books/{busy.partner}/exports/{name}")
        assert answer.status_code == 200, answer.text
        made[name] = directory / f"book.{name}"
        made[name].write_bytes(answer.content)
    return made


async def ours(world: World) -> dict[str, Decimal]:
    """Return the balances of the accounts by their names in text journals, as our own trial balance has them."""
    exported = await world.show(f"/books/{world.partner}/exports/trial-balance", {"format": "json", "by": "account"})
    accounts = {row["account"]: row for row in exported["rows"]}
    listed = {account["id"]: account for account in await world.all(f"/books/{world.partner}/accounts")}
    assert accounts.keys() == listed.keys()
    named = {}
    for uid, row in accounts.items():
        balance = Decimal(row["own_closing"]["amount"])
        side = 1 if listed[uid]["normal_side"] == "debit" else -1
        assert balance == side * Decimal(listed[uid]["balance"]["amount"]), row
        named[row["text_name"]] = balance
    return named


async def test_beancount_accepts_the_book_and_has_every_balance_of_ours(busy: World, journals: dict[str, Path]) -> None:
    said = bean_check(journals["beancount"])
    assert said.ok, said.text
    balances = await ours(busy)
    seen = bean_balances(journals["beancount"])
    assert {name: seen.get(name, Decimal(0)) for name in balances} == balances
    assert seen.keys() <= balances.keys()
    assert len([balance for balance in seen.values() if balance]) > 20


@no_hledger
async def test_hledger_accepts_the_book_and_has_every_balance_of_ours(busy: World, journals: dict[str, Path]) -> None:
    said = hledger_check(journals["hledger"])
    assert said.ok, said.text
    assert hledger_balances(journals["hledger"]) == await ours(busy)


def off_by_a_cent(text: str) -> str:
    """Change one amount."""
    return _changed(text, 1, CENT)


def off_by_a_cent_on_both_sides(text: str) -> str:
    """Change an entry so that it still balances: only the balances asserted can tell."""
    return _changed(text, 2, CENT)


def _changed(text: str, lines: int, by: Decimal) -> str:
    found = [line for line in LINE.finditer(text) if "9110" not in line["account"]][:lines]
    signs = (1, -1)
    for line, sign in reversed(list(zip(found, signs, strict=False))):
        amount = Decimal(line["amount"]) + sign * by
        text = text[: line.start("amount")] + str(amount) + text[line.end("amount") :]
    return text


def without_an_entry(text: str) -> str:
    """Lose the first invoice."""
    start = text.index(" * ", text.index("invoice INV-2016-00001") - 20) - 10
    return text[:start] + text[text.index("\n\n", start) + 2 :]


def twice_an_entry(text: str) -> str:
    """Write the first invoice twice."""
    start = text.index(" * ", text.index("invoice INV-2016-00001") - 20) - 10
    end = text.index("\n\n", start) + 2
    return text[:end] + text[start:]


def on_another_account(text: str) -> str:
    """Move a cost from venue to catering."""
    first = text.index("Expenses:5020-Venue:BOB  123.45")
    return text[:first] + text[first:].replace("Expenses:5020-Venue:BOB", "Expenses:5050-Catering:BOB", 1)


def with_another_price(text: str) -> str:
    """Change what dollars were worth on one line."""
    return text.replace("@@ 691.01 BOB", "@@ 691.02 BOB", 1)


def on_another_account_name(text: str) -> str:
    """Post to an account that was never opened."""
    first = text.index("Expenses:5020-Venue:BOB  123.45")
    return text[:first] + text[first:].replace("Expenses:5020-Venue:BOB", "Expenses:5020-Venues:BOB", 1)


def as_asserted_by_a_cent(text: str) -> str:
    """Change a balance that is asserted."""
    return re.sub(r"(Expenses:5020-Venue:BOB .*?)123\.45( ~| BOB$)", r"\g<1>123.46\2", text, count=1, flags=re.M)


WRONG = (
    off_by_a_cent,
    off_by_a_cent_on_both_sides,
    without_an_entry,
    twice_an_entry,
    on_another_account,
    with_another_price,
    on_another_account_name,
    as_asserted_by_a_cent,
)


@pytest.mark.parametrize("wrong", WRONG)
def test_beancount_catches_what_is_wrong(
    wrong: Callable[[str], str], journals: dict[str, Path], tmp_path: Path
) -> None:
    text = journals["beancount"].read_text("utf-8")
    changed = wrong(text)
    assert changed != text
    (tmp_path / "wrong.beancount").write_text(changed, "utf-8")
    said = bean_check(tmp_path / "wrong.beancount")
    assert not said.ok
    assert "wrong.beancount:" in said.text, said.text


@no_hledger
@pytest.mark.parametrize("wrong", WRONG)
def test_hledger_catches_what_is_wrong(wrong: Callable[[str], str], journals: dict[str, Path], tmp_path: Path) -> None:
    text = journals["hledger"].read_text("utf-8")
    changed = wrong(text)
    assert changed != text
    (tmp_path / "wrong.journal").write_text(changed, "utf-8")
    said = hledger_check(tmp_path / "wrong.journal")
    assert not said.ok
    assert "wrong.journal" in said.text, said.text


async def test_a_book_with_nothing_in_it_is_accepted_too(world: World, tmp_path: Path) -> None:
    for name, check in (("beancount", bean_check), ("hledger", hledger_check)):
        answer = await world.get(f"/books/{world.partner}/exports/{name}")
        assert answer.status_code == 200, answer.text
        (tmp_path / name).write_bytes(answer.content)
        if name == "beancount" or not no_hledger.args[0]:
            said = check(tmp_path / name)
            assert said.ok, said.text
