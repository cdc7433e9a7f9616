"""Enrollment over a real database."""
