"""A setting has a type, a default that works, a description and one place; a wrong one is named."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.settings import ServiceSettings

FIELDS = ServiceSettings.model_fields


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have settings of his own."""
    for name in os.environ:
        if name.upper().startswith("SCOREBOOK_"):
            monkeypatch.delenv(name)


def errors_with(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    """Return the sentence that starting with a wrong setting ends in."""
    monkeypatch.setenv(f"SCOREBOOK_{name.upper()}", value)
    with pytest.raises(ValidationError) as raised:
        ServiceSettings()
    assert raised.value.error_count() == 1
    return str(raised.value)


def test_without_any_setting_the_defaults_work() -> None:
    settings = ServiceSettings()
    assert settings.database_url == "postgresql://localhost/scorebook"
    assert settings.kafka == "127.0.0.1:9092"
    assert (settings.topic_prefix, settings.topic_partitions, settings.topic_replication) == ("scorebook", 12, 1)
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8100)
    assert (settings.token_issuer, settings.token_audience) == ("scorebook", "scorebook")
    assert (settings.log_level, settings.log_json) == ("INFO", True)
    assert settings.outbox_retention_days == 0


def test_what_weakens_a_guarantee_is_off_unless_somebody_says_so() -> None:
    settings = ServiceSettings()
    assert settings.kafka_idempotence
    assert settings.faults == ""
    assert settings.jwks == ""
    assert settings.parent_pid is None


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_has_a_default_and_says_in_a_sentence_what_it_is(name: str) -> None:
    assert not FIELDS[name].is_required()
    description = FIELDS[name].description or ""
    assert len(description) > 15
    assert description[0].isupper()


def test_every_default_keeps_its_own_rule() -> None:
    values = ServiceSettings().model_dump()
    assert ServiceSettings.model_validate(values).model_dump() == values


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("database_pool", "3", 3),
        ("kafka_idempotence", "false", False),
        ("kafka_idempotence", "0", False),
        ("log_json", "no", False),
        ("parent_pid", "4711", 4711),
        ("kafka", "a:1,b:2", "a:1,b:2"),
        ("token_issuer", "https://id.example/realm", "https://id.example/realm"),
        ("http_port", "0", 0),
        ("log_level", "DEBUG", "DEBUG"),
    ],
)
def test_a_setting_comes_from_the_environment_as_its_type(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(f"SCOREBOOK_{name.upper()}", text)
    assert getattr(ServiceSettings(), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("database_pool", "many"),
        ("database_pool", "0"),
        ("database_pool", "-1"),
        ("database_pool", "1.5"),
        ("database_pool", ""),
        ("database_idle_seconds", "0"),
        ("topic_partitions", "0"),
        ("topic_replication", "0"),
        ("http_port", "-1"),
        ("http_port", "65536"),
        ("batch_records", "0"),
        ("batch_wait_ms", "0"),
        ("group_session_ms", "5999"),
        ("relay_batch", "0"),
        ("relay_lease_seconds", "1"),
        ("outbox_retention_days", "-1"),
        ("kafka_idempotence", "perhaps"),
        ("log_json", "2"),
        ("log_level", "LOUD"),
        ("log_level", ""),
        ("parent_pid", "nobody"),
    ],
)
def test_a_setting_that_breaks_its_rule_is_named(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    assert name in errors_with(monkeypatch, name, text)


def test_the_environment_of_others_is_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PORT", "1")
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")
    monkeypatch.setenv("SCOREBOOK_HOME", "/somewhere")
    assert ServiceSettings() == ServiceSettings.model_construct()


def test_no_file_that_happens_to_lie_about_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SCOREBOOK_HTTP_PORT=1\nHTTP_PORT=2\n")
    monkeypatch.chdir(tmp_path)
    assert ServiceSettings().http_port == 8100


def test_the_password_of_the_database_is_not_shown() -> None:
    settings = ServiceSettings(database_url="postgresql://billing:hunter2@db/billing", kafka="broker:9092")
    assert "broker:9092" in repr(settings)
    for shown in (repr(settings), str(settings), f"{settings}"):
        assert "hunter2" not in shown


def test_the_password_of_the_database_is_not_shown_when_another_setting_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCOREBOOK_DATABASE_URL", "postgresql://billing:hunter2@db/billing")
    assert "hunter2" not in errors_with(monkeypatch, "http_port", "x")


def test_settings_do_not_change_while_a_process_runs() -> None:
    settings = ServiceSettings()
    with pytest.raises(ValidationError, match="frozen"):
        setattr(settings, "http_port", 1)  # noqa: B010 - the type checker knows it too


@pytest.mark.parametrize(
    ("jwks", "path"),
    [
        ("", None),
        ("https://id.example/jwks", None),
        ("http://127.0.0.1:1/", None),
        ("/etc/scorebook/jwks.json", Path("/etc/scorebook/jwks.json")),
        ("jwks.json", Path("jwks.json")),
    ],
)
def test_keys_lie_in_a_file_unless_an_address_is_given(jwks: str, path: Path | None) -> None:
    assert ServiceSettings(jwks=jwks).jwks_path == path
