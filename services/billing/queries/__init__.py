"""Reads: one noun per file, the list query and how a row is shown."""
