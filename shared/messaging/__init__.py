"""Ordered, exactly-once-in-effect event delivery: outbox, relay, inbox, parking and replay."""
