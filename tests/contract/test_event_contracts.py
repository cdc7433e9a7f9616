"""Published contracts keep their word: frozen schemas, golden samples, generated documents."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from shared.events.asyncapi import asyncapi
from shared.events.base import service_of
from shared.events.catalogue import PRODUCERS, contracts
from shared.events.publish import DIRECTORY, differences, documents, events_table, main, read_consumers
from shared.events.schemas import json_schema, json_schemas, split_type
from shared.events.upcast import UPCASTERS
from shared.ids import new_id
from shared.messaging.envelope import Envelope, to_headers
from shared.messaging.record import parse
from tests.contract.compatibility import breaks
from tests.contract.consumers import FILE, all_handlers, consumers
from tests.contract.freeze import RELEASED, SUMS, checksums, freeze, frozen
from tests.contract.golden import Sample, all_samples, drafts, samples_of

CONTRACTS = contracts()
FROZEN = frozen()
FREEZE = "run: python -m tests.contract.freeze"


def check(schema: dict[str, Any], value: object) -> None:
    """Validate with formats: ids are ids and dates are dates."""
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.check_schema(schema)
    validator.validate(value)


def test_every_type_has_a_frozen_schema_and_samples_with_everything_and_with_as_little_as_possible() -> None:
    assert set(CONTRACTS) <= set(FROZEN), FREEZE
    for event_type, contract in CONTRACTS.items():
        samples = samples_of(event_type)
        assert len(samples) >= 2, FREEZE
        shown = {name for sample in samples for name, value in sample.value.items() if value not in (None, [])}
        assert shown == set(contract.model_fields), (event_type, FREEZE)


def test_nobody_edits_what_is_frozen() -> None:
    assert (RELEASED / SUMS).read_text("utf-8") == checksums(), "a frozen schema or a golden sample was edited by hand"


def test_every_type_ever_released_can_still_be_read() -> None:
    for event_type in FROZEN:
        newest = event_type
        while newest in UPCASTERS:
            newest = UPCASTERS[newest][0]
        assert newest in CONTRACTS, f"{event_type} has neither a contract nor an upcaster to one"


@pytest.mark.parametrize("event_type", sorted(set(CONTRACTS) & set(FROZEN)))
def test_a_contract_only_adds_to_what_was_released(event_type: str) -> None:
    assert breaks(FROZEN[event_type], json_schema(CONTRACTS[event_type])) == []


def test_the_frozen_schemas_are_those_of_today() -> None:
    assert {name: json_schema(contract) for name, contract in CONTRACTS.items()} == {
        name: schema for name, schema in FROZEN.items() if name in CONTRACTS
    }, FREEZE


@pytest.mark.parametrize("handlers", all_handlers(), ids=lambda each: each.consumer)
def test_every_consumer_reads_every_sample_of_what_it_reacts_to(handlers: Any) -> None:  # noqa: ANN401 - parametrized
    subscribed = {name: handlers.get(name).contract for name in handlers.types()}
    assert set(subscribed) <= set(CONTRACTS)
    samples = list(all_samples(subscribed))
    assert len(samples) >= 2 * len(subscribed)
    for sample in samples:
        assert subscribed[sample.event_type] is CONTRACTS[sample.event_type]
        assert isinstance(parse(subscribed, sample.event_type, sample.record.value), CONTRACTS[sample.event_type])


@pytest.mark.parametrize("event_type", FROZEN)
def test_every_sample_ever_released_is_read_today_and_what_is_written_today_fits_the_frozen_schema(
    event_type: str,
) -> None:
    for sample in samples_of(event_type):
        check(FROZEN[event_type], sample.value)
        data = parse(CONTRACTS, event_type, sample.record.value)
        written = json.loads(data.model_dump_json())
        check(FROZEN[data.type], written)
        check(json_schema(type(data)), written)
        if data.type == event_type:
            assert {name: written[name] for name in sample.value} == sample.value


@pytest.mark.parametrize("event_type", CONTRACTS)
def test_a_reader_ignores_fields_it_does_not_know(event_type: str) -> None:
    contract = CONTRACTS[event_type]
    for sample in samples_of(event_type):
        more = json.dumps({**sample.value, "added_later": {"x": 1}}).encode()
        assert parse(CONTRACTS, event_type, more) == contract.model_validate_json(json.dumps(sample.value))


@pytest.mark.parametrize("event_type", CONTRACTS)
def test_a_sample_without_a_required_field_is_refused_by_schema_and_contract(event_type: str) -> None:
    schema, contract = json_schema(CONTRACTS[event_type]), CONTRACTS[event_type]
    whole = samples_of(event_type)[0].value
    for name in schema["required"]:
        part = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(jsonschema.ValidationError):
            check(schema, part)
        with pytest.raises(ValueError, match=name):
            contract.model_validate_json(json.dumps(part))


def test_the_headers_of_a_sample_are_those_we_write() -> None:
    for sample in all_samples(CONTRACTS):
        envelope = sample.record.envelope
        assert isinstance(envelope, Envelope)
        assert envelope.type == sample.event_type
        assert dict(to_headers(envelope)) == dict(sample.record.headers)


def test_freezing_refuses_a_break_and_writes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    narrower = {name: dict(schema) for name, schema in FROZEN.items()}
    event_type = "billing.period-closed.v1"
    narrower[event_type] = {
        **narrower[event_type],
        "properties": {**narrower[event_type]["properties"], "gone": {"type": "string"}},
    }
    monkeypatch.setattr("tests.contract.freeze.frozen", lambda: narrower)
    monkeypatch.setattr("tests.contract.freeze.RELEASED", tmp_path)
    assert freeze(CONTRACTS) == [f"{event_type}: $.gone: removed: readers still look for it"]
    assert list(tmp_path.iterdir()) == []


def test_a_type_is_named_after_its_producer_and_has_a_version() -> None:
    for event_type, contract in CONTRACTS.items():
        name, version = split_type(event_type)
        assert event_type == f"{name}.v{version}"
        assert service_of(event_type) in PRODUCERS
        assert contract.__module__ == f"shared.events.{service_of(event_type)}"
    for wrong in ("billing.cost-recorded", "billing.cost-recorded.v0", "cost-recorded.v1", "billing.cost.v1"):
        with pytest.raises(ValueError, match="is not"):
            split_type(wrong)


def test_drafts_of_every_contract_are_valid() -> None:
    for contract in CONTRACTS.values():
        schema = json_schema(contract)
        for draft in drafts(contract, schema):
            check(schema, draft["value"])
            assert isinstance(Sample(contract.type, **draft).record.envelope, Envelope)


def test_the_generated_documents_are_up_to_date() -> None:
    assert json.loads(FILE.read_text("utf-8")) == consumers(), "run: python -m tests.contract.consumers"
    found = differences(DIRECTORY, documents(CONTRACTS, read_consumers(DIRECTORY)))
    assert found == [], "run: python -m shared.events.publish"


def test_publishing_writes_what_checking_then_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--directory", str(tmp_path), "--check"]) == 1
    assert main(["--directory", str(tmp_path)]) == 0
    assert main(["--directory", str(tmp_path), "--check"]) == 0
    stale = tmp_path / "billing.never-said" / "v1.json"
    stale.parent.mkdir()
    stale.write_text("{}")
    (tmp_path / "asyncapi.json").write_text("{}")
    (tmp_path / "billing.cost-recorded" / "v1.json").unlink()
    capsys.readouterr()
    assert main(["--directory", str(tmp_path), "--check"]) == 1
    assert capsys.readouterr().err.splitlines()[:-1] == [
        "billing.cost-recorded/v1.json: missing",
        "asyncapi.json: differs",
        "billing.never-said/v1.json: no contract of that name",
    ]
    assert main(["--directory", str(tmp_path)]) == 0
    assert main(["--directory", str(tmp_path), "--check"]) == 0
    assert not stale.parent.exists()


def test_the_table_names_type_producer_aggregate_and_consumers() -> None:
    event_type = "assessment.assessment-completed.v1"
    table = events_table(CONTRACTS, {event_type: ["enrollment", "billing"]})
    (row,) = (line for line in table.splitlines() if f"[`{event_type}`]" in line)
    link = f"[`{event_type}`](assessment.assessment-completed/v1.json)"
    assert row.startswith(f"| {link} | assessment | assessment | billing, enrollment |")
    assert len(table.splitlines()) == len(CONTRACTS) + 2


def references(node: object) -> Iterator[str]:
    """Return every reference inside a document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_the_asyncapi_document_is_whole_and_another_implementation_reads_it() -> None:
    document = asyncapi(CONTRACTS)
    assert document["asyncapi"] == "3.0.0"
    for reference in references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
    assert {channel["address"] for channel in document["channels"].values()} == {
        f"scorebook.{service}" for service in PRODUCERS
    }
    said = [name for channel in document["channels"].values() for name in channel["messages"]]
    assert sorted(said) == sorted(CONTRACTS) == sorted(document["components"]["messages"])
    for name, message in document["components"]["messages"].items():
        assert name in document["channels"][service_of(name)]["messages"]
        assert message["payload"] == {"$ref": f"#/components/schemas/{CONTRACTS[name].__name__}"}

    read = ApplicationSchema.model_validate(document)

    assert read.components is not None
    assert set(read.components.messages or ()) == set(CONTRACTS)
    assert {operation.action for operation in read.operations.values()} == {"send"}


def test_headers_and_payload_of_every_sample_fit_the_asyncapi_document() -> None:
    document = asyncapi(CONTRACTS)
    for sample in all_samples(CONTRACTS):
        message = document["components"]["messages"][sample.event_type]
        for part, value in (("headers", sample.headers), ("payload", sample.value)):
            check({**message[part], "components": document["components"]}, value)
    headers = samples_of("billing.cost-recorded.v1")[0].headers
    schema = {
        **document["components"]["messages"]["billing.cost-recorded.v1"]["headers"],
        "components": document["components"],
    }
    for name, wrong in (
        ("ce_type", "billing.invoice-issued.v1"),
        ("ce_subject", f"invoice/{new_id()}"),
        ("ce_sequence", "0"),
        ("ce_time", "yesterday"),
        ("ce_programme", "Bolivia!"),
        ("content-type", "text/plain"),
    ):
        with pytest.raises(jsonschema.ValidationError):
            check(schema, {**headers, name: wrong})
    for name in document["components"]["schemas"]["CloudEventHeaders"]["required"]:
        with pytest.raises(jsonschema.ValidationError):
            check(schema, {key: value for key, value in headers.items() if key != name})


def test_the_headers_schema_names_every_header_we_write() -> None:
    envelope = Envelope(
        id=new_id(),
        type="billing.cost-recorded.v1",
        source="/scorebook/billing",
        subject=f"cost/{(cost := new_id())}",
        time=datetime(2016, 5, 19, tzinfo=UTC),
        programme="bolivia",
        key=str(cost),
        sequence=1,
        correlation_id="c",
        causation_id=str(new_id()),
        actor="a",
        traceparent=f"00-{'1' * 32}-{'2' * 16}-01",
    )
    schema = asyncapi(CONTRACTS)["components"]["schemas"]["CloudEventHeaders"]
    assert {name for name, _ in to_headers(envelope)} == set(schema["properties"])
    assert set(json_schemas(CONTRACTS)) == set(CONTRACTS)
