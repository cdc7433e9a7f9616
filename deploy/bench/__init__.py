"""Measurements: our delivery beside a bare loop, and the whole stack from start to latency."""
