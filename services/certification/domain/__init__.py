"""Rules of certification: pure, no clock, no input or output, no ids made inside."""
