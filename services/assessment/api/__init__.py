"""HTTP: thin routes over commands and queries."""

from services.assessment.api.assessments import router as assessments
from services.assessment.api.case_studies import router as case_studies
from services.assessment.api.figures import router as figures
from services.assessment.api.improvements import router as improvements
from services.assessment.api.kpis import router as kpis
from services.assessment.api.satisfaction import router as satisfaction

ROUTERS = (kpis, assessments, satisfaction, improvements, case_studies, figures)
