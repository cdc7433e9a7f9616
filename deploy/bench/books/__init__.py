"""Measurements of billing's ledger: posting beside bare inserts, an invoice run, and a book of a million entries."""
