"""Requests and answers of the HTTP interface, one noun per file."""
