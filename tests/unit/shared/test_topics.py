"""Names of topics and groups, and the shard that sends an aggregate."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.base import service_of
from shared.events.catalogue import PRODUCERS, contracts
from shared.ids import SequentialIds, new_id, parse_id
from shared.messaging.topics import SHARDS, group_of, shard_of, topic_of

_ROOT: Final = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("service", "topic"),
    [
        ("enrollment", "scorebook.enrollment"),
        ("assessment", "scorebook.assessment"),
        ("certification", "scorebook.certification"),
        ("billing", "scorebook.billing"),
    ],
)
def test_every_producer_has_the_topic_the_architecture_names(service: str, topic: str) -> None:
    assert topic_of("scorebook", service) == topic
    assert service in PRODUCERS


def test_two_installations_on_one_broker_share_neither_topic_nor_group() -> None:
    for name in (topic_of, group_of):
        assert not {name("one", service) for service in PRODUCERS} & {name("other", service) for service in PRODUCERS}


def test_every_contract_is_published_by_a_known_producer() -> None:
    assert {service_of(event_type) for event_type in contracts()} == set(PRODUCERS)


def test_every_name_is_one_that_a_broker_takes() -> None:
    for service in PRODUCERS:
        for name in (topic_of("scorebook", service), group_of("scorebook", service)):
            assert len(name) <= 249
            assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")


@given(st.uuids())
def test_a_shard_is_one_of_the_relays_shards(aggregate_id: UUID) -> None:
    assert 0 <= shard_of(aggregate_id) < SHARDS


@given(st.uuids())
def test_the_shard_is_that_of_the_id_not_of_its_spelling_or_class(aggregate_id: UUID) -> None:
    spelled = {shard_of(parse_id(text)) for text in (str(aggregate_id), aggregate_id.hex, aggregate_id.urn)}
    assert spelled == {shard_of(aggregate_id)}


@pytest.mark.parametrize(
    ("aggregate_id", "shard"),
    [
        ("00000000-0000-0000-0000-000000000000", 5),
        ("0198c0de-0000-7000-8000-00000000000a", 6),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", 2),
    ],
)
def test_the_shard_of_an_id_never_changes_because_rows_keep_it(aggregate_id: str, shard: int) -> None:
    assert shard_of(UUID(aggregate_id)) == shard


def test_another_process_finds_the_same_shards() -> None:
    ids = [new_id() for _ in range(20)]
    program = "import sys; from uuid import UUID; from shared.messaging.topics import shard_of\n"
    program += "print(*[shard_of(UUID(text)) for text in sys.argv[1:]])"
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, ids)], capture_output=True, text=True, check=True, cwd=_ROOT
    )
    assert done.stdout.split() == [str(shard_of(one)) for one in ids]


@pytest.mark.parametrize("ids", [SequentialIds(), new_id], ids=["ids of tests", "real ids"])
def test_aggregates_spread_over_all_shards(ids: SequentialIds) -> None:
    spread = Counter(shard_of(ids()) for _ in range(4000))
    assert sorted(spread) == list(range(SHARDS))
    assert max(spread.values()) < 2 * min(spread.values())
