"""A book for people who check it: tables as CSV, XLSX or JSON, Beancount and hledger journals, and the audit file.

Everything is read through one snapshot and written in a fixed order: the same book gives the same bytes.
"""
