"""The account PostgreSQL runs under."""

import os
import pwd
import stat
from pathlib import Path

import pytest

from deploy.local.account import hand_over, let_in, server_account
from deploy.local.child import silent

_as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root switches accounts")

ACCOUNT = "nobody"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_ordinary_user_runs_it_as_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert server_account(tmp_path, silent) is None


@_as_root
def test_root_takes_an_account_made_for_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = pwd.getpwnam(ACCOUNT)

    def only_postgres(name: str) -> pwd.struct_passwd:
        if name != "postgres":
            raise KeyError(name)
        return pwd.struct_passwd(("postgres", *known[1:]))

    monkeypatch.setattr(pwd, "getpwnam", only_postgres)

    assert server_account(tmp_path / "not yet", silent) == "postgres"


@_as_root
def test_the_owner_of_existing_data_stays_its_owner(tmp_path: Path) -> None:
    entry = pwd.getpwnam(ACCOUNT)
    os.chown(tmp_path, entry.pw_uid, entry.pw_gid)

    assert server_account(tmp_path, silent) == ACCOUNT


@_as_root
def test_directories_on_the_way_may_be_passed_through_but_not_listed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    target = closed / "open" / "data"
    target.mkdir(parents=True)
    closed.chmod(0o700)
    (closed / "open").chmod(0o755)
    target.chmod(0o700)
    heard: list[str] = []

    let_in(target, ACCOUNT, heard.append)

    assert _mode(closed) == 0o701
    assert _mode(closed / "open") == 0o755
    assert _mode(target) == 0o700
    assert sum(str(closed) in line for line in heard) == 1


@_as_root
def test_data_is_handed_over_with_all_in_it_but_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("")
    data = tmp_path / "data"
    (data / "base").mkdir(parents=True)
    (data / "base" / "1").write_text("")
    (data / "link").symlink_to(outside)

    hand_over(data, ACCOUNT)

    uid = pwd.getpwnam(ACCOUNT).pw_uid
    assert {path.lstat().st_uid for path in (data, data / "base", data / "base" / "1", data / "link")} == {uid}
    assert outside.stat().st_uid == 0
