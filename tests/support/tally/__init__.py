"""A service as small as one can be, for tests of what all services share."""
