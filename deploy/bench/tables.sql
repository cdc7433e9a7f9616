-- What one round works on, beside the platform's tables: one row for each completed visit.
CREATE TABLE visit_cost (
    event_id      uuid PRIMARY KEY,
    programme     text NOT NULL,
    enrollment_id uuid NOT NULL,
    number        integer NOT NULL CHECK (number > 0),
    visited_on    date NOT NULL,
    amount_minor  bigint NOT NULL CHECK (amount_minor >= 0)
);
