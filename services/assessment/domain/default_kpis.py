"""The catalogue a new programme starts with.

Ours, not SCORE's: no official definition was readable. What is measured is attested (domain/score.md 1.1); units,
labels and means of verification are Scorebook's proposal, and a programme replaces them by versions of its own.
"""

from typing import Final

from services.assessment.domain.kpi import KpiTerms, Measure
from shared.events.vocabulary import Direction

DEFAULT_KPIS: Final = (
    KpiTerms(
        measure=Measure("defect-rate", "percent", Direction.LOWER, 100),
        name="Defect rate",
        means_of_verification="Quality or rework log of the last three months; spot check of one day's output.",
        numerator_label="units rejected or reworked",
        denominator_label="units produced",
        whole_numbers=True,
        is_share=True,
    ),
    KpiTerms(
        measure=Measure("absenteeism-rate", "percent", Direction.LOWER, 100),
        name="Absenteeism rate",
        means_of_verification="Attendance records of the last three months; leave agreed in advance is not counted.",
        numerator_label="working days lost to absence",
        denominator_label="working days scheduled",
        whole_numbers=False,
        is_share=True,
    ),
    KpiTerms(
        measure=Measure("accidents", "per-100-workers", Direction.LOWER, 100),
        name="Accidents at work",
        means_of_verification="Accident register of the last three months, compared with first-aid use.",
        numerator_label="accidents that needed first aid or more",
        denominator_label="workers",
        whole_numbers=True,
        is_share=False,
    ),
    KpiTerms(
        measure=Measure("labour-productivity", "units-per-person-day", Direction.HIGHER, 1),
        name="Labour productivity",
        means_of_verification="Production and attendance records of the same months, for the main product.",
        numerator_label="good units produced",
        denominator_label="person-days worked",
        whole_numbers=False,
        is_share=False,
    ),
    KpiTerms(
        measure=Measure("good-practices", "percent", Direction.HIGHER, 100),
        name="Good practices in place",
        means_of_verification="Yes/no checklist, each yes seen on the shop floor or in a document.",
        numerator_label="checklist items answered yes",
        denominator_label="checklist items that apply",
        whole_numbers=True,
        is_share=True,
    ),
    KpiTerms(
        measure=Measure("employee-turnover", "percent", Direction.LOWER, 100),
        name="Employee turnover",
        means_of_verification="Personnel records of the last three months; ends of fixed-term contracts are counted.",
        numerator_label="employees who left",
        denominator_label="employees on average",
        whole_numbers=False,
        is_share=False,
    ),
    KpiTerms(
        measure=Measure("energy-use", "kwh-per-unit", Direction.LOWER, 1),
        name="Energy use",
        means_of_verification="Energy bills of the last three months and production records of the same months.",
        numerator_label="kilowatt-hours used",
        denominator_label="units produced",
        whole_numbers=False,
        is_share=False,
    ),
    KpiTerms(
        measure=Measure("on-time-delivery", "percent", Direction.HIGHER, 100),
        name="On-time delivery",
        means_of_verification="Order book of the last three months: promised day against day of dispatch.",
        numerator_label="orders dispatched on time",
        denominator_label="orders due",
        whole_numbers=True,
        is_share=True,
    ),
)
