"""Reads: lists, items and figures."""
