"""What a request may hold, before any rule is asked."""

import pytest
from pydantic import ValidationError

from services.certification.schemas.board import CastVote
from services.certification.schemas.path import TotResult
from services.certification.schemas.trainers import RegisterTrainer

TRAINER = {"name": "Trainer 01", "sex": "female", "registered_on": "2014-01-10"}


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "a\x00b"},
        {"name": "a\u202eb"},
        {"name": "a\nb"},
        {"name": "x" * 201},
        {"sex": "f"},
        {"registered_on": "10.01.2014"},
        {"unknown": 1},
        {"subject": " "},
    ],
)
def test_names_are_one_bounded_line_and_unknown_fields_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RegisterTrainer.model_validate(TRAINER | change)


def test_names_in_any_script_are_fine_and_trimmed() -> None:
    assert (
        RegisterTrainer.model_validate(TRAINER | {"name": " Ñusta Qhispi-O'Neill 李 "}).name
        == "Ñusta Qhispi-O'Neill 李"
    )


@pytest.mark.parametrize("score", [-1, 101, 79.5, "80", True])
def test_a_score_is_a_whole_number_of_a_hundred(score: object) -> None:
    with pytest.raises(ValidationError):
        TotResult.model_validate({"module": "WPC", "outcome": "passed", "taken_on": "2014-03-21", "score": score})


@pytest.mark.parametrize("digest", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64])
def test_a_vote_cites_a_hash(digest: str) -> None:
    with pytest.raises(ValidationError):
        CastVote.model_validate({"choice": "for", "voted_on": "2014-09-25", "dossier_hash": digest})
