"""Whom a board member speaks for."""

from enum import StrEnum


class Constituency(StrEnum):
    """The sides of a tripartite board, and independent members."""

    EMPLOYERS = "employers"
    WORKERS = "workers"
    GOVERNMENT = "government"
    INDEPENDENT = "independent"
