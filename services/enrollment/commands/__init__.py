"""Use cases: load, decide in the domain, save and say so; one transaction each, opened by the caller."""
