"""The revision a service expects its database to be at."""

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from shared.database.migrate import expected_revision

_SERVICES = Path(__file__).parents[3] / "services"
_CHAINS = sorted(_SERVICES.glob("*/migrations"))


@pytest.mark.parametrize("migrations", _CHAINS, ids=lambda path: path.parent.name)
def test_every_service_expects_what_alembic_calls_the_head(migrations: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")

    assert expected_revision(migrations) == ScriptDirectory.from_config(config).get_current_head()


def _write(migrations: Path, revision: str, down: str | None) -> None:
    below = "None" if down is None else f'"{down}"'
    versions = migrations / "versions"
    versions.mkdir(exist_ok=True)
    (versions / f"{revision}_step.py").write_text(f'revision = "{revision}"\ndown_revision = {below}\n')


def test_two_newest_revisions_are_refused(tmp_path: Path) -> None:
    _write(tmp_path, "0001", None)
    _write(tmp_path, "0002", "0001")
    _write(tmp_path, "0003", "0001")

    with pytest.raises(ValueError, match="more than one newest revision: 0002, 0003"):
        expected_revision(tmp_path)


def test_no_migrations_expect_nothing(tmp_path: Path) -> None:
    assert expected_revision(tmp_path) is None
