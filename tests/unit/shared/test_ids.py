"""Ids sort by the time they were made, never repeat, and are read in any spelling."""

import time
from uuid import RFC_4122, UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.ids import SequentialIds, new_id, parse_id

MANY = 5000


def milliseconds(made: UUID) -> int:
    """Return the time an id carries in its first 48 bits (RFC 9562, section 5.7)."""
    return made.int >> 80


def test_a_new_id_is_a_uuid_of_version_seven() -> None:
    for made in (new_id() for _ in range(100)):
        assert isinstance(made, UUID)
        assert made.version == 7
        assert made.variant == RFC_4122
        assert made.bytes[6] >> 4 == 7
        assert made.bytes[8] >> 6 == 0b10


def test_an_id_carries_the_millisecond_it_was_made_in() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    assert before <= milliseconds(made) <= time.time_ns() // 1_000_000


def test_ids_made_one_after_another_never_go_back_and_never_repeat() -> None:
    made = [new_id() for _ in range(MANY)]
    stamps = [milliseconds(one) for one in made]
    assert stamps == sorted(stamps)
    assert len(set(made)) == MANY


def test_an_id_made_a_moment_later_sorts_behind_as_number_text_and_bytes() -> None:
    first = new_id()
    time.sleep(0.002)
    second = new_id()
    assert first < second
    assert str(first) < str(second)
    assert first.bytes < second.bytes


@given(st.uuids())
def test_an_id_of_ours_equals_the_standard_one_and_hashes_alike(standard: UUID) -> None:
    ours = parse_id(str(standard))
    assert isinstance(ours, UUID)
    assert ours == standard
    assert standard == ours
    assert hash(ours) == hash(standard)
    assert {standard: "found"}[ours] == "found"
    assert (str(ours), ours.hex, ours.bytes, ours.int) == (
        *(str(standard), standard.hex),
        *(standard.bytes, standard.int),
    )


@given(st.uuids())
def test_an_id_is_read_in_every_spelling_of_the_standard_library(made: UUID) -> None:
    for text in (str(made), str(made).upper(), made.hex, made.urn, f"{{{made}}}"):
        assert parse_id(text) == made


@given(st.text("0123456789abcdefABCDEF-{}:urnid", max_size=48))
@example("")
@example("0" * 31)
@example("0" * 33)
@example("-" * 36)
@example("g" * 32)
@example("0198c0de-0000-7000-8000-00000000000a\x00")
@example("0198c0de-0000-7000-8000-00000000000a\n")
@example("\N{ARABIC-INDIC DIGIT ONE}" * 32)
def test_a_text_is_an_id_exactly_if_the_standard_library_says_so(text: str) -> None:
    try:
        wanted = UUID(text)
    except ValueError:
        with pytest.raises(ValueError):
            parse_id(text)
    else:
        assert parse_id(text) == wanted


def test_ids_of_tests_count_and_look_like_real_ones() -> None:
    made = SequentialIds(start=5)
    ids = [made() for _ in range(300)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 300
    assert {one.version for one in ids} == {7}
    assert {one.variant for one in ids} == {RFC_4122}
    assert ids[0].int & 0xFFFF == 5
    assert SequentialIds(start=5)() == ids[0]
