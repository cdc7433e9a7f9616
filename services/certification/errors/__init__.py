"""Refusals of the certification service; each names the field and the rule."""
