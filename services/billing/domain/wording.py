"""The few words that an invoice gets from us, in the recipient's language; the rest is data as people wrote it."""

from typing import Final

from services.billing.domain.parts import Language

_TRAINING: Final = {
    Language.ENGLISH: "SCORE Training, module {module}",
    Language.SPANISH: "Capacitación SCORE, módulo {module}",
    Language.FRENCH: "Formation SCORE, module {module}",
}
_INSTALMENT: Final = {
    Language.ENGLISH: "instalment {number} of {count}",
    Language.SPANISH: "cuota {number} de {count}",
    Language.FRENCH: "échéance {number} sur {count}",
}
_UNTAXED: Final = {
    Language.ENGLISH: "Not subject to tax",
    Language.SPANISH: "No sujeto a impuesto",
    Language.FRENCH: "Non soumis à la taxe",
}


def training(language: Language, module: str, number: int, count: int) -> str:
    """Return what an invoice line sells; the instalment is named where there is more than one."""
    text = _TRAINING[language].format(module=module)
    return text if count == 1 else f"{text}, {_INSTALMENT[language].format(number=number, count=count)}"


def untaxed(language: Language) -> str:
    """Return why there is no tax where no rule was entered."""
    return _UNTAXED[language]
