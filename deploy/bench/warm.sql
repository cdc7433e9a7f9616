-- Rows of an earlier day in every table that a round touches. Tables that start empty are planned as empty, and a plan
-- made then is kept by the session: measured, that costs a factor of five. ANALYZE follows in the caller.
INSERT INTO inbox (consumer, event_id, event_type, key, sequence)
SELECT 'warm', gen_random_uuid(), 'enrollment.visit-completed.v1', gen_random_uuid()::text, 1
FROM generate_series(1, 20000);

INSERT INTO consumer_position (consumer, topic, key, last_sequence)
SELECT 'warm', 'warm.enrollment', key, sequence FROM inbox;

INSERT INTO visit_cost (event_id, programme, enrollment_id, number, visited_on, amount_minor)
SELECT event_id, 'warm', gen_random_uuid(), 1, '2026-03-02', 12000 FROM inbox;

INSERT INTO stream_head (aggregate_id, aggregate_type, last_sequence)
SELECT gen_random_uuid(), 'cost', 1 FROM generate_series(1, 20000);

INSERT INTO outbox (event_id, event_type, aggregate_type, aggregate_id, sequence, programme, occurred_at,
                    correlation_id, actor, payload, shard, published_at)
SELECT gen_random_uuid(), 'billing.cost-recorded.v1', aggregate_type, aggregate_id, 1, 'warm', now(),
       'warm', 'warm', '{}', 0, now()
FROM stream_head;
