"""Headers make an envelope, or say which rule they break; different messages are never taken for one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.messaging.envelope import (
    CONTENT_TYPE,
    Envelope,
    MalformedEvent,
    from_headers,
    to_headers,
    valid_traceparent,
)
from shared.messaging.record import Record

Headers = Sequence[tuple[str, bytes | None]]

KEY: Final = UUID("0198c0de-0000-7000-8000-00000000000a")
TRACE: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PLAIN: Final = Envelope(
    id=UUID("0198c0de-0000-7000-8000-00000000000b"),
    type="billing.invoice-issued.v1",
    source="/scorebook/billing",
    subject=f"invoice/{KEY}",
    time=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    programme="bolivia",
    key=str(KEY),
    sequence=3,
    correlation_id="c-1",
    causation_id="0198c0de-0000-7000-8000-00000000000c",
    actor="ana",
    traceparent=TRACE,
)
REQUIRED: Final = (
    *("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time"),
    *("ce_programme", "ce_sequence", "ce_correlationid", "ce_actor"),
)
ATTRIBUTES: Final = (*REQUIRED, "ce_causationid", "ce_partitionkey")

words = st.text("aZ0éñ☃/:.-_ ", min_size=1, max_size=80)
zones = st.timedeltas(timedelta(hours=-14), timedelta(hours=14)).map(
    lambda off: timezone(timedelta(minutes=off // timedelta(minutes=1)))
)


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    key = draw(st.uuids())
    return Envelope(
        id=draw(st.uuids()),
        type=draw(words),
        source=draw(words),
        subject=draw(st.sampled_from([f"{key}", f"thing/{key}", f"/a/b/{key}"])),
        time=draw(st.datetimes(timezones=zones)),
        programme=draw(words),
        key=str(key),
        sequence=draw(st.integers(1, 10**18 - 1)),
        correlation_id=draw(words),
        causation_id=draw(st.none() | words),
        actor=draw(words),
        traceparent=draw(st.none() | st.just(TRACE)),
    )


def headers_with(name: str, *values: bytes | None) -> Headers:
    """Return the headers of PLAIN with `name` once for each of `values`, in its old place or else at the end."""
    headers: list[tuple[str, bytes | None]] = []
    for known, value in to_headers(PLAIN):
        headers += [(name, new) for new in values] if known == name else [(known, value)]
    return headers if any(known == name for known, _ in to_headers(PLAIN)) else headers + [(name, v) for v in values]


def read(headers: Headers, key: bytes | None = str(KEY).encode()) -> Envelope:
    """Read headers as they come with a record of PLAIN's aggregate."""
    return from_headers(key, headers)


def rule_of(headers: Headers, key: bytes | None = str(KEY).encode()) -> str:
    """Return the rule that the refusal names; its sentence must be short and printable, whatever was sent."""
    with pytest.raises(MalformedEvent) as raised:
        from_headers(key, headers)
    assert raised.value.detail.isprintable()
    assert 0 < len(raised.value.detail) < 200
    return raised.value.rule


@settings(max_examples=60)
@given(envelopes())
def test_an_envelope_comes_back_from_its_headers_in_any_order(envelope: Envelope) -> None:
    headers = to_headers(envelope)
    for ordered in (headers, headers[::-1], sorted(headers)):
        assert from_headers(envelope.key.encode(), ordered) == envelope


def test_headers_are_those_of_the_kafka_binding_with_our_extensions() -> None:
    headers = dict(to_headers(PLAIN))
    assert set(headers) == {*ATTRIBUTES, "content-type", "traceparent"}
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_partitionkey"] == str(KEY).encode()
    assert headers["content-type"] == CONTENT_TYPE.encode()
    assert len(headers) == len(to_headers(PLAIN))


def test_what_an_envelope_has_not_gets_no_header() -> None:
    bare = replace(PLAIN, causation_id=None, traceparent=None)
    assert not {"ce_causationid", "traceparent"} & dict(to_headers(bare)).keys()


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("values", [(), (None,), (b"",)], ids=["left out", "null", "empty"])
def test_every_required_attribute_has_to_be_there(name: str, values: tuple[bytes | None, ...]) -> None:
    assert rule_of(headers_with(name, *values)) == "missing-header"


@pytest.mark.parametrize("values", [(), (None,), (b"",)], ids=["left out", "null", "empty"])
def test_an_event_without_a_cause_is_one(values: tuple[bytes | None, ...]) -> None:
    assert read(headers_with("ce_causationid", *values)) == replace(PLAIN, causation_id=None)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_attribute_that_comes_twice_is_refused_whatever_the_two_say(name: str) -> None:
    value = dict(to_headers(PLAIN))[name]
    for twice in ((value, value), (value, b"other"), (b"other", value), (None, value), (value, b"")):
        assert rule_of(headers_with(name, *twice)) == "duplicate-header"


@pytest.mark.parametrize("name", [*ATTRIBUTES, "ce_unheardof"])
def test_an_attribute_that_is_not_utf8_is_refused(name: str) -> None:
    for value in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"ok\xfe"):
        assert rule_of(headers_with(name, value)) == "header-not-utf8", value


@pytest.mark.parametrize("name", [*ATTRIBUTES, "ce_unheardof"])
def test_an_attribute_that_could_forge_or_flood_a_log_line_is_refused(name: str) -> None:
    for value in (b"a\x00", b"a\nb", b"\r", b"\x1b[2J", b"a\tb", "\u202e".encode(), b"x" * 501):
        assert rule_of(headers_with(name, value)) == "bad-header", value


def test_the_longest_attribute_that_is_taken_has_five_hundred_characters() -> None:
    assert read(headers_with("ce_actor", ("é" * 500).encode())).actor == "é" * 500
    assert rule_of(headers_with("ce_actor", ("é" * 501).encode())) == "bad-header"


@pytest.mark.parametrize("name", ["b3", "content-type", "CE_ID", "ce-id", "ce", "", "x" * 1000])
def test_headers_that_are_no_attributes_are_others_business(name: str) -> None:
    for value in (None, b"", b"\xff\x00", b"x" * 2000):
        assert read([*to_headers(PLAIN), (name, value), (name, value)]) == PLAIN


def test_an_attribute_from_a_later_extension_is_passed_over() -> None:
    assert read([*to_headers(PLAIN), ("ce_dataclassification", b"public")]) == PLAIN


@pytest.mark.parametrize("version", [b"0.3", b"1", b"1.0.0", b"2.0", b"1.0 "])
def test_only_cloudevents_one_is_read(version: bytes) -> None:
    assert rule_of(headers_with("ce_specversion", version)) == "bad-specversion"


@pytest.mark.parametrize("text", [b"42", b"x", str(KEY).encode()[:-1], str(KEY).encode() + b"0"])
def test_an_id_is_a_uuid(text: bytes) -> None:
    assert rule_of(headers_with("ce_id", text)) == "bad-id"


@pytest.mark.parametrize("text", [str(PLAIN.id).upper(), PLAIN.id.hex, f"urn:uuid:{PLAIN.id}", f"{{{PLAIN.id}}}"])
def test_an_id_in_another_spelling_is_the_same_id(text: str) -> None:
    assert read(headers_with("ce_id", text.encode())).id == PLAIN.id


@pytest.mark.parametrize("text", ["1", "3", "007", "9" * 18])
def test_a_sequence_counts_from_one(text: str) -> None:
    assert read(headers_with("ce_sequence", text.encode())).sequence == int(text)


@pytest.mark.parametrize(
    "text",
    ["0", "000", "-1", "+1", "1.0", "1e3", "0x1", "1_0", " 1", "one", "9" * 19, "\N{ARABIC-INDIC DIGIT ONE}", "²"],
)
def test_a_sequence_is_a_number_from_one_that_the_database_can_hold(text: str) -> None:
    assert rule_of(headers_with("ce_sequence", text.encode())) == "bad-sequence"


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-02T09:00:00+00:00", "2026-03-02T09:00:00Z", "2026-03-02T09:00:00.000000Z", "2026-03-02T09:00:00.0Z"),
        *("2026-03-02T05:00:00-04:00", "2026-03-03T00:00:00+15:00", "2026-03-02 09:00:00Z"),
    ],
)
def test_a_time_of_any_zone_is_the_moment_it_names(text: str) -> None:
    assert read(headers_with("ce_time", text.encode())).time == PLAIN.time


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-02T09:00:00", "2026-03-02", "09:00:00Z", "yesterday", "1772442000", "02/03/2026 09:00:00Z"),
        *("2026-02-29T09:00:00Z", "2026-13-01T09:00:00Z", "2026-03-02T25:00:00Z", "2026-03-02T09:00:60Z"),
        *("2026-03-02T09:00:00+25:00", "Mon, 02 Mar 2026 09:00:00 GMT", "-2026-03-02T09:00:00Z"),
    ],
)
def test_a_time_has_a_date_an_hour_and_a_zone(text: str) -> None:
    assert rule_of(headers_with("ce_time", text.encode())) == "bad-time"


@pytest.mark.parametrize("key", [None, b"", b"x", b"\xff" * 16, str(KEY).encode() + b"\x00", KEY.bytes])
def test_a_record_key_is_an_aggregate_id(key: bytes | None) -> None:
    assert rule_of(to_headers(PLAIN), key) == "bad-key"


@pytest.mark.parametrize("key", [str(KEY).upper(), KEY.hex, f"urn:uuid:{KEY}", f"{{{KEY}}}"])
def test_a_key_in_another_spelling_would_be_another_partition_and_is_refused(key: str) -> None:
    assert rule_of(to_headers(PLAIN), key.encode()) == "bad-key"


@pytest.mark.parametrize("subject", [str(KEY), f"invoice/{KEY}", f"/scorebook/billing/invoice/{KEY}"])
def test_a_subject_ends_with_its_aggregate(subject: str) -> None:
    assert read(headers_with("ce_subject", subject.encode())).subject == subject


@pytest.mark.parametrize(
    "subject", ["invoice", "invoice/", f"invoice/{UUID(int=1)}", f"invoice/{KEY}/", f"x{KEY}", f"invoice/{KEY}?a=b"]
)
def test_a_subject_that_names_another_aggregate_than_the_key_is_refused(subject: str) -> None:
    assert rule_of(headers_with("ce_subject", subject.encode())) == "bad-key"


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", TRACE.upper(), TRACE[:-1], TRACE + "0", f" {TRACE}", f"{TRACE}\n", f"ff{TRACE[2:]}"),
        *(f"00-{'0' * 32}-{'1' * 16}-01", f"00-{'1' * 32}-{'0' * 16}-01", TRACE.replace("-", "_")),
    ],
)
def test_nothing_fails_for_a_trace_context_that_is_none(text: str) -> None:
    assert valid_traceparent(text) is None
    assert read(headers_with("traceparent", text.encode())) == replace(PLAIN, traceparent=None)


@pytest.mark.parametrize("value", [None, b"\xff" * 900, TRACE.encode() + b"\xff"])
def test_a_trace_context_that_is_not_even_text_is_left_out(value: bytes | None) -> None:
    assert read(headers_with("traceparent", value)) == replace(PLAIN, traceparent=None)


@settings(max_examples=60)
@given(
    st.none() | st.binary(max_size=40) | st.just(str(KEY).encode()),
    st.lists(st.tuples(st.sampled_from([*ATTRIBUTES, "b3"]), st.none() | st.binary(max_size=20)), max_size=4),
)
def test_whatever_comes_is_read_or_refused_in_a_printable_sentence(key: bytes | None, extra: Headers) -> None:
    for headers in (extra, [*to_headers(PLAIN), *extra]):
        found = Record("t", 0, 0, key, tuple(headers), b"{}").envelope
        assert isinstance(found, Envelope) or found.detail.isprintable()
