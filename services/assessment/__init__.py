"""Assessment: KPI catalogue, baselines and endlines, satisfaction, improvements, case studies, and their figures."""
