"""Event contracts: one module per producing service, registered under their published type."""
