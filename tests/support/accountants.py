"""Programs of other people that read our books: Beancount and hledger, always as processes."""

import csv
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

Balances = dict[str, Decimal]
"""Amounts by account; the last part of an account's name is its currency."""

_BIN: Final = Path(sys.executable).parent
_BRANCH: Final = re.compile(
    r"^(?P<indent>(?:[|`] {3}|    |\|-- |`-- )*)(?P<name>\S+)(?: +(?P<amount>-?[0-9.,]+) [A-Z]{3})? *$"
)

no_hledger = pytest.mark.skipif(
    shutil.which("hledger") is None, reason="hledger is not installed (Debian and Ubuntu: apt-get install hledger)"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a program said and whether it was content."""

    ok: bool
    text: str


def bean_check(journal: Path) -> Said:
    """Let Beancount check a journal."""
    return _ask(str(_BIN / "bean-check"), "--no-cache", str(journal))


def hledger_check(journal: Path) -> Said:
    """Let hledger check a journal as strictly as it can."""
    checks = ("ordereddates", "accounts", "commodities", "balancednoautoconversion", "assertions")
    return _ask("hledger", "-f", str(journal), "check", "--strict", *checks)


def bean_balances(journal: Path) -> Balances:
    """Return the balances that Beancount computes from a journal; nothing where it says nothing."""
    lines = journal.read_text("utf-8").count("\n") + 1
    said = _ask(str(_BIN / "bean-doctor"), "region", str(journal), f"1:{lines}")
    assert said.ok, said.text
    balances: Balances = {}
    names: list[str] = []
    for line in said.text[said.text.rindex("\n|-- Assets") :].splitlines():
        found = _BRANCH.match(line)
        if found is None:
            continue
        depth = len(found["indent"]) // 4 - 1
        names[depth:] = [found["name"]]
        if found["amount"] is not None:
            balances[":".join(names)] = Decimal(found["amount"].replace(",", ""))
    return balances


def hledger_balances(journal: Path) -> Balances:
    """Return the balances that hledger computes from a journal."""
    said = _ask("hledger", "-f", str(journal), "balance", "--flat", "--empty", "--no-total", "-O", "csv")
    assert said.ok, said.text
    rows = list(csv.reader(said.text.splitlines()))[1:]
    return {account: Decimal(amount.partition(" ")[0]) for account, amount in rows}


def _ask(*arguments: str) -> Said:
    # hledger reads text as the locale says.
    done = subprocess.run(
        arguments, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    return Said(done.returncode == 0, done.stdout + done.stderr)
