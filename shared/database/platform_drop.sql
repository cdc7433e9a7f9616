DROP TABLE audit_trail, idempotency_key, parked_action, parked, consumer_position, inbox, relay_lease, outbox, stream_head;
DROP FUNCTION refuse_change();
