"""Our headers are CloudEvents: the `cloudevents` library, which is not ours, reads and writes the same."""

import json
from datetime import UTC
from typing import Any
from uuid import UUID

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st

from shared.events.catalogue import contracts
from shared.messaging.envelope import Envelope, from_headers, to_headers
from tests.contract.golden import all_samples

words = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=60)
traces = st.none() | st.just(f"00-{'1' * 32}-{'2' * 16}-01")


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    key = draw(st.uuids())
    return Envelope(
        id=draw(st.uuids()),
        type=draw(st.sampled_from(sorted(contracts()))),
        source="/scorebook/billing",
        subject=f"cost/{key}",
        time=draw(st.datetimes(timezones=st.just(UTC))),
        programme=draw(st.from_regex(r"[a-z][a-z0-9-]{1,30}", fullmatch=True)),
        key=str(key),
        sequence=draw(st.integers(1, 10**18 - 1)),
        correlation_id=draw(words),
        causation_id=draw(st.none() | st.uuids().map(str)),
        actor=draw(words),
        traceparent=draw(traces),
    )


def read_by_the_library(envelope: Envelope, value: bytes) -> Any:  # noqa: ANN401 - the library's event
    return from_binary(KafkaMessage(dict(to_headers(envelope)), envelope.key.encode(), value), JSONFormat())


@given(envelopes(), st.dictionaries(st.text(), st.integers() | st.text()))
def test_the_library_reads_what_we_write(envelope: Envelope, data: dict[str, object]) -> None:
    event = read_by_the_library(envelope, json.dumps(data).encode())

    assert event.get_specversion() == "1.0"
    assert UUID(event.get_id()) == envelope.id
    assert event.get_type() == envelope.type
    assert event.get_source() == envelope.source
    assert event.get_subject() == envelope.subject
    assert event.get_time() == envelope.time
    assert event.get_datacontenttype() == "application/json; charset=utf-8"
    assert event.get_data() == data
    assert {name: event.get_extension(name) for name in ("programme", "sequence", "correlationid", "actor")} == {
        "programme": envelope.programme,
        "sequence": str(envelope.sequence),
        "correlationid": envelope.correlation_id,
        "actor": envelope.actor,
    }
    assert event.get_extension("partitionkey") == envelope.key
    assert event.get_extension("causationid") == envelope.causation_id


@given(envelopes())
def test_we_read_what_the_library_writes_and_headers_come_back_as_they_were(envelope: Envelope) -> None:
    written = to_binary(read_by_the_library(envelope, b'{"x": 1}'), JSONFormat())

    assert written.key == envelope.key
    assert json.loads(written.value) == {"x": 1}
    ours = dict(to_headers(envelope))
    # The trace context is a header of its own, not an attribute; the library passes it over.
    traced = {name: ours.pop(name) for name in ("traceparent",) if name in ours}
    # Both spellings of UTC are RFC 3339; the library writes Z.
    ours["ce_time"] = ours["ce_time"].replace(b"+00:00", b"Z")
    assert written.headers == ours
    assert from_headers(envelope.key.encode(), {**written.headers, **traced}.items()) == envelope


def test_the_library_reads_every_golden_sample() -> None:
    for sample in all_samples(contracts()):
        record = sample.record
        headers = {name: value or b"" for name, value in record.headers}
        event = from_binary(KafkaMessage(headers, record.key, record.value or b""), JSONFormat())
        assert event.get_type() == sample.event_type
        assert event.get_data() == sample.value
        assert event.get_extension("partitionkey") == sample.key
