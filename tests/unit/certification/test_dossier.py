"""The manifest is canonical: the same evidence has the same hash, any change another."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.certification.domain.cycle import EnrollmentOutcome
from services.certification.domain.dossier import Dossier, TotEvidence, digest, manifest
from tests.unit.certification.boards import cycle, enrollment

PLACES = (
    enrollment(2, EnrollmentOutcome.COMPLETED, date(2014, 7, 1)),
    enrollment(1, EnrollmentOutcome.WITHDRAWN, date(2014, 5, 1)),
)
DOSSIER = Dossier(
    programme="bolivia",
    trainer_id=UUID(int=1),
    module="WPC",
    version=1,
    scheme_version=1,
    expert_id=UUID(int=77),
    recommended_on=date(2014, 7, 23),
    statement="Dirigió el taller con confianza.",
    tot=TotEvidence(UUID(int=5), date(2014, 3, 21), 93),
    cycles=(cycle(1, "WPC", UUID(int=77), date(2014, 4, 23), *PLACES),),
    minimum_completed=1,
)


def test_the_manifest_is_canonical_json() -> None:
    text = manifest(DOSSIER)
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert "Dirigió" in text
    document = json.loads(text)
    assert document["format"] == "scorebook-dossier-1"
    assert document["cycles"][0]["completed_on"] == "2014-07-01"
    assert [one["enrollment_id"][-1] for one in document["cycles"][0]["enrollments"]] == ["1", "2"]


def test_the_order_in_which_enrollments_were_read_does_not_change_the_hash() -> None:
    turned = (cycle(1, "WPC", UUID(int=77), date(2014, 4, 23), *reversed(PLACES)),)
    assert digest(manifest(replace(DOSSIER, cycles=turned))) == digest(manifest(DOSSIER))


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, statement=None),
        lambda one: replace(one, version=2),
        lambda one: replace(one, scheme_version=2),
        lambda one: replace(one, recommended_on=date(2014, 7, 24)),
        lambda one: replace(one, tot=replace(one.tot, score=92)),
        lambda one: replace(one, cycles=()),
        lambda one: replace(one, cycles=(replace(one.cycles[0], event_ids=(UUID(int=9),)),)),
    ],
)
def test_any_change_of_evidence_changes_the_hash(change: Callable[[Dossier], Dossier]) -> None:
    assert digest(manifest(change(DOSSIER))) != digest(manifest(DOSSIER))


def test_the_digest_is_sha_256_in_hexadecimal() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
