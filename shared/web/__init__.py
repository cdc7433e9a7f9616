"""HTTP conventions of every service: problems, idempotent writes, pages, health and the ops interface."""
