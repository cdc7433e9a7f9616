"""The rules of enrollment, pure: no clock, no I/O, no ids made here."""
