"""Writes the golden pages anew: the text of each, and the SHA-256 of its PDF with the typst that made it."""

import json
from importlib.metadata import version

from services.billing.domain.document import Language
from services.billing.paper.editions import printed
from tests.unit.billing.paper.samples import every_kind
from tests.unit.billing.paper.test_press import GOLDEN, sha, text_of


def main() -> None:
    """Write `golden/`."""
    GOLDEN.mkdir(exist_ok=True)
    codes = {}
    for language in Language:
        for kind, document in every_kind(language).items():
            pdf = printed(document)
            name = f"{language.value}-{kind}"
            codes[name] = sha(pdf)
            (GOLDEN / f"{name}.txt").write_text(text_of(pdf))
    (GOLDEN / "pdf.json").write_text(json.dumps({"typst": version("typst"), "sha256": codes}, indent=1) + "\n")


if __name__ == "__main__":
    main()
