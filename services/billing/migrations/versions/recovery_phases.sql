-- The phase of the programme that each fact of a document fell into, by the policy known when it was recorded. Postings
-- have it as a dimension; documents get it here on their own way, so that the check cost-recovery-paths can compare.

CREATE FUNCTION phase_of(p_programme text, p_day date) RETURNS text LANGUAGE sql STABLE
    SET search_path = public, pg_catalog, pg_temp AS $$
    -- Where phases overlap, the one that began last.
    SELECT phase.stored ->> 'code'
    FROM programme g, jsonb_array_elements(g.phases) WITH ORDINALITY AS phase (stored, place)
    WHERE g.programme = p_programme
      AND p_day BETWEEN (phase.stored ->> 'starts_on')::date
                    AND coalesce((phase.stored ->> 'ends_on')::date, 'infinity')
    ORDER BY (phase.stored ->> 'starts_on')::date DESC, phase.place LIMIT 1
$$;

ALTER TABLE invoice ADD COLUMN contracted_phase text, ADD COLUMN issued_phase text;
ALTER TABLE credit_note ADD COLUMN phase text;
ALTER TABLE claim ADD COLUMN decided_phase text;
ALTER TABLE allocation ADD COLUMN phase text;
ALTER TABLE cost ADD COLUMN phase text;
ALTER TABLE write_off ADD COLUMN phase text;
ALTER TABLE credit_use ADD COLUMN phase text;

-- What exists: the phase of its entry, as the policy of that day may have been another. Changing the type rewrites the
-- rows without firing the triggers that refuse updates.
CREATE FUNCTION phase_posted(p_book uuid, p_type text, p_id uuid, p_kinds text[]) RETURNS text LANGUAGE sql STABLE
    SET search_path = public, pg_catalog, pg_temp AS $$
    SELECT min(p.phase) FROM ledger.entry e JOIN ledger.posting p ON p.entry_id = e.id
    WHERE e.book_id = p_book AND e.source_type = p_type AND e.source_id = p_id AND e.kind = ANY (p_kinds)
$$;
CREATE FUNCTION phase_paid(p_payment uuid, p_id uuid) RETURNS text LANGUAGE sql STABLE
    SET search_path = public, pg_catalog, pg_temp AS $$
    SELECT phase_posted(y.partner_id, 'allocation', p_id, '{allocation}') FROM payment y WHERE y.id = p_payment
$$;
CREATE FUNCTION phase_used(p_note uuid, p_id uuid) RETURNS text LANGUAGE sql STABLE
    SET search_path = public, pg_catalog, pg_temp AS $$
    SELECT phase_posted(n.partner_id, 'credit-use', p_id, '{offset}') FROM credit_note n WHERE n.id = p_note
$$;
ALTER TABLE invoice
    ALTER COLUMN contracted_phase TYPE text USING phase_posted(partner_id, 'invoice', id, '{contract}'),
    ALTER COLUMN issued_phase TYPE text USING phase_posted(partner_id, 'invoice', id, '{invoice}');
ALTER TABLE credit_note ALTER COLUMN phase TYPE text USING phase_posted(partner_id, 'credit-note', id, '{credit-note}');
ALTER TABLE claim ALTER COLUMN decided_phase TYPE text
    USING phase_posted(partner_id, 'claim', id, '{claim-approval,claim-reduction}');
ALTER TABLE allocation ALTER COLUMN phase TYPE text USING phase_paid(payment_id, coalesce(reverses_id, id));
ALTER TABLE cost ALTER COLUMN phase TYPE text USING phase_posted(partner_id, 'cost', id, '{cost,in-kind}');
ALTER TABLE write_off ALTER COLUMN phase TYPE text USING phase_posted(partner_id, 'write-off', id, '{write-off}');
ALTER TABLE credit_use ALTER COLUMN phase TYPE text USING phase_used(credit_note_id, id);
DROP FUNCTION phase_paid(uuid, uuid), phase_used(uuid, uuid), phase_posted(uuid, text, uuid, text[]);

-- What comes. The names sort behind the triggers that refuse a rewrite, so that those do not take this for one.
CREATE FUNCTION keep_invoice_phase() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- An enterprise is bound from the day it enrolled, also where that is booked later; billed anew, from the day on
        -- which what it was bound to before ended.
        NEW.contracted_phase := phase_of(NEW.programme, greatest(
            (SELECT enrolled_on FROM enrollment WHERE id = NEW.enrollment_id),
            (SELECT max(contract_ended_on) FROM invoice WHERE enrollment_id = NEW.enrollment_id)));
    ELSE
        NEW.issued_phase := phase_of(NEW.programme, NEW.issued_on);
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION keep_credit_note_phase() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    NEW.phase := phase_of(NEW.programme, NEW.issued_on);
    RETURN NEW;
END $$;
CREATE FUNCTION keep_claim_phase() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    NEW.decided_phase := phase_of(NEW.programme, NEW.decided_on);
    RETURN NEW;
END $$;
CREATE FUNCTION keep_allocation_phase() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    -- What undoes an allocation leaves the phase that it came in.
    NEW.phase := CASE WHEN NEW.reverses_id IS NULL THEN phase_of(NEW.programme, NEW.allocated_on)
                      ELSE (SELECT phase FROM allocation WHERE id = NEW.reverses_id) END;
    RETURN NEW;
END $$;
CREATE FUNCTION keep_cost_phase() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    NEW.phase := phase_of(NEW.programme, NEW.incurred_on);
    RETURN NEW;
END $$;
CREATE FUNCTION keep_write_off_phase() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    NEW.phase := phase_of(NEW.programme, NEW.written_on);
    RETURN NEW;
END $$;
CREATE FUNCTION keep_credit_use_phase() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    NEW.phase := phase_of(NEW.programme, NEW.used_on);
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_with_phase BEFORE INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION keep_invoice_phase();
CREATE TRIGGER invoice_with_phase_of_issue BEFORE UPDATE ON invoice FOR EACH ROW
    WHEN (OLD.state = 'draft' AND NEW.state = 'issued') EXECUTE FUNCTION keep_invoice_phase();
CREATE TRIGGER credit_note_with_phase BEFORE UPDATE ON credit_note FOR EACH ROW
    WHEN (OLD.issued_on IS NULL AND NEW.issued_on IS NOT NULL) EXECUTE FUNCTION keep_credit_note_phase();
CREATE TRIGGER claim_with_phase BEFORE UPDATE ON claim FOR EACH ROW
    WHEN (OLD.decided_on IS NULL AND NEW.decided_on IS NOT NULL) EXECUTE FUNCTION keep_claim_phase();
CREATE TRIGGER allocation_with_phase BEFORE INSERT ON allocation FOR EACH ROW EXECUTE FUNCTION keep_allocation_phase();
CREATE TRIGGER cost_with_phase BEFORE INSERT ON cost FOR EACH ROW EXECUTE FUNCTION keep_cost_phase();
CREATE TRIGGER write_off_with_phase BEFORE INSERT ON write_off FOR EACH ROW EXECUTE FUNCTION keep_write_off_phase();
CREATE TRIGGER credit_use_with_phase BEFORE INSERT ON credit_use FOR EACH ROW EXECUTE FUNCTION keep_credit_use_phase();
ALTER TABLE invoice ENABLE ALWAYS TRIGGER invoice_with_phase;
ALTER TABLE invoice ENABLE ALWAYS TRIGGER invoice_with_phase_of_issue;
ALTER TABLE credit_note ENABLE ALWAYS TRIGGER credit_note_with_phase;
ALTER TABLE claim ENABLE ALWAYS TRIGGER claim_with_phase;
ALTER TABLE allocation ENABLE ALWAYS TRIGGER allocation_with_phase;
ALTER TABLE cost ENABLE ALWAYS TRIGGER cost_with_phase;
ALTER TABLE write_off ENABLE ALWAYS TRIGGER write_off_with_phase;
ALTER TABLE credit_use ENABLE ALWAYS TRIGGER credit_use_with_phase;
