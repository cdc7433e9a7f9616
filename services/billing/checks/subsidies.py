"""Agreements, claims with their evidence, and pledges (reference: I10)."""

from typing import Final

from shared.database.checks import sql_check

SUBSIDY_CHECKS: Final = (
    sql_check(
        "agreements-within-ceiling",
        "no agreement is bound beyond its ceiling, nor its counter off (I10, I14)",
        """
        SELECT 'agreement/' || g.id, format('ceiling %s, committed %s, its shares and costs make %s', g.ceiling_minor,
                                            g.committed_minor, coalesce(sum(live.minor), 0))
        FROM agreement g LEFT JOIN (
            SELECT s.agreement_id, s.amount_minor - coalesce(p.reduced_minor + p.credited_minor, 0) AS minor
            FROM invoice_share s JOIN invoice i ON i.id = s.invoice_id
            LEFT JOIN share_position p ON p.share_id = s.id
            WHERE i.state IN ('draft', 'issued')
            UNION ALL
            SELECT k.agreement_id, coalesce(c.approved_minor, c.claimed_minor)
            FROM claim_item c JOIN claim k ON k.id = c.claim_id
            WHERE c.cost_id IS NOT NULL AND c.is_live) AS live ON live.agreement_id = g.id
        GROUP BY g.id
        HAVING coalesce(sum(live.minor), 0) > g.ceiling_minor OR coalesce(sum(live.minor), 0) <> g.committed_minor
        """,
    ),
    sql_check(
        "agreement-steps",
        "an agreement stands where its last step left it, with the ceiling and the end its amendments say",
        """
        SELECT 'agreement/' || g.id, format('is %s, its last step is %s', g.state, last.step)
        FROM agreement g
        JOIN LATERAL (SELECT t.step FROM agreement_step t WHERE t.agreement_id = g.id AND t.step <> 'amended'
                      ORDER BY t.serial DESC LIMIT 1) AS last ON true
        WHERE g.state <> CASE last.step WHEN 'suspended' THEN 'suspended' WHEN 'closed' THEN 'closed' ELSE 'active' END
        UNION ALL
        SELECT 'agreement/' || g.id, format('ceiling %s until %s, amended to %s until %s', g.ceiling_minor, g.valid_to,
                                            last.ceiling_after_minor, last.valid_to_after)
        FROM agreement g
        JOIN LATERAL (SELECT * FROM agreement_step t WHERE t.agreement_id = g.id AND t.step = 'amended'
                      ORDER BY t.serial DESC LIMIT 1) AS last ON true
        WHERE (g.ceiling_minor, g.valid_to) IS DISTINCT FROM (last.ceiling_after_minor, last.valid_to_after)
        UNION ALL
        SELECT 'agreement/' || a.agreement_id, format('step %s begins at %s until %s, the one before ended otherwise',
                                                      a.serial, a.ceiling_before_minor, a.valid_to_before)
        FROM agreement_step a
        JOIN LATERAL (SELECT * FROM agreement_step t
                      WHERE t.agreement_id = a.agreement_id AND t.step = 'amended' AND t.serial < a.serial
                      ORDER BY t.serial DESC LIMIT 1) AS b ON true
        WHERE a.step = 'amended'
          AND (a.ceiling_before_minor, a.valid_to_before) IS DISTINCT FROM (b.ceiling_after_minor, b.valid_to_after)
        """,
    ),
    sql_check(
        "claims-are-their-items",
        "a claim is the sum of its items, what is reduced has its record, and only what stands binds",
        """
        SELECT 'claim/' || k.id,
               format('submitted %s, items %s; approved %s, items %s; reduced %s, items %s, recorded %s',
                      k.submitted_minor, sum(c.claimed_minor), k.approved_minor, sum(c.approved_minor),
                      k.reduced_minor, sum(c.reduced_minor), coalesce(r.minor, 0))
        FROM claim k LEFT JOIN claim_item c ON c.claim_id = k.id AND c.item_set = k.item_set
        LEFT JOIN (SELECT claim_id, sum(amount_minor) AS minor FROM claim_reduction GROUP BY claim_id) AS r
            ON r.claim_id = k.id
        WHERE k.state NOT IN ('draft', 'withdrawn')
        GROUP BY k.id, r.minor
        HAVING sum(c.claimed_minor) IS DISTINCT FROM k.submitted_minor
            OR sum(c.approved_minor) IS DISTINCT FROM k.approved_minor
            OR sum(c.reduced_minor) IS DISTINCT FROM k.reduced_minor OR coalesce(r.minor, 0) <> k.reduced_minor
        UNION ALL
        SELECT 'claim/' || r.claim_id, format('step %s takes %s, its parts %s', s.serial, s.amount_minor,
                                              sum(r.amount_minor))
        FROM claim_reduction r JOIN claim_step s ON s.claim_id = r.claim_id AND s.serial = r.serial
        GROUP BY r.claim_id, s.serial, s.amount_minor HAVING sum(r.amount_minor) <> s.amount_minor
        UNION ALL
        SELECT 'claim/' || k.id, format('is %s and %s of its items bind', k.state, count(*) FILTER (WHERE c.is_live))
        FROM claim k JOIN claim_item c ON c.claim_id = k.id
        GROUP BY k.id
        HAVING bool_or(c.is_live <> (k.state IN ('submitted', 'approved', 'closed') AND c.item_set = k.item_set))
        UNION ALL
        SELECT 'claim/' || k.id, format('is closed and %s is open', sum(p.open_minor))
        FROM claim k JOIN (SELECT claim_id, payable_minor AS open_minor FROM share_position
                           UNION ALL SELECT claim_id, open_minor FROM cost_position) AS p ON p.claim_id = k.id
        WHERE k.state = 'closed' GROUP BY k.id HAVING sum(p.open_minor) <> 0
        """,
    ),
    sql_check(
        "claims-within-bounds",
        "no claim exceeds its agreement, no share or cost is claimed twice under one, no cost beyond its amount (I10)",
        """
        SELECT 'claim/' || k.id, format('asks for %s, the ceiling is %s', k.submitted_minor, g.ceiling_minor)
        FROM claim k JOIN agreement g ON g.id = k.agreement_id
        WHERE coalesce(k.approved_minor, k.submitted_minor) > g.ceiling_minor
          AND k.state IN ('submitted', 'approved', 'closed')
        UNION ALL
        SELECT 'share/' || c.share_id, format('is claimed %s times', count(*))
        FROM claim_item c WHERE c.is_live AND c.share_id IS NOT NULL GROUP BY c.share_id HAVING count(*) > 1
        UNION ALL
        SELECT 'share/' || s.id, format('is of agreement %s and claimed under %s', s.agreement_id, k.agreement_id)
        FROM claim_item c JOIN claim k ON k.id = c.claim_id JOIN invoice_share s ON s.id = c.share_id
        WHERE s.agreement_id IS DISTINCT FROM k.agreement_id
        UNION ALL
        SELECT 'cost/' || c.cost_id, format('is claimed %s times under agreement %s', count(*), k.agreement_id)
        FROM claim_item c JOIN claim k ON k.id = c.claim_id
        WHERE c.is_live AND c.cost_id IS NOT NULL GROUP BY c.cost_id, k.agreement_id HAVING count(*) > 1
        UNION ALL
        SELECT 'cost/' || e.id, format('is %s, agreements are asked for %s', e.amount_minor,
                                       sum(coalesce(c.approved_minor, c.claimed_minor)))
        FROM claim_item c JOIN cost e ON e.id = c.cost_id
        WHERE c.is_live GROUP BY e.id
        HAVING sum(coalesce(c.approved_minor, c.claimed_minor)) > e.amount_minor OR bool_or(e.is_in_kind OR e.by_ilo)
            OR EXISTS (SELECT FROM cost_reversal r WHERE r.cost_id = e.id)
        """,
    ),
    sql_check(
        "claim-evidence",
        "every submission is there, its manifest has its fingerprint and says what its items and the evidence say",
        """
        SELECT 'claim/' || k.id,
               format('was submitted %s times, %s submissions are kept', k.revision, count(s.revision))
        FROM claim k LEFT JOIN claim_submission s ON s.claim_id = k.id
        GROUP BY k.id HAVING count(s.revision) <> k.revision OR coalesce(max(s.revision), 0) <> k.revision
        UNION ALL
        SELECT 'claim/' || s.claim_id || '/' || s.revision, 'the manifest does not have its fingerprint'
        FROM claim_submission s WHERE encode(sha256(convert_to(s.manifest, 'UTF8')), 'hex') <> s.sha256
        UNION ALL
        SELECT 'claim/' || s.claim_id || '/' || s.revision,
               format('the manifest names %s items, the claim has %s', jsonb_array_length(s.manifest::jsonb -> 'items'),
                      (SELECT count(*) FROM claim_item c WHERE c.claim_id = s.claim_id AND c.item_set = s.item_set))
        FROM claim_submission s
        WHERE ARRAY(SELECT coalesce(i ->> 'share_id', i ->> 'cost_id')
                    FROM jsonb_array_elements(s.manifest::jsonb -> 'items') AS i ORDER BY 1)
              IS DISTINCT FROM
              ARRAY(SELECT coalesce(c.share_id, c.cost_id)::text
                    FROM claim_item c WHERE c.claim_id = s.claim_id AND c.item_set = s.item_set ORDER BY 1)
           OR s.manifest::jsonb ->> 'claim_id' <> s.claim_id::text
           OR (s.manifest::jsonb ->> 'revision')::integer <> s.revision
        UNION ALL
        SELECT 'claim/' || s.claim_id || '/' || s.revision,
               format('event %s is not kept as session %s of %s', e ->> 'event_id', e ->> 'day', e ->> 'held_on')
        FROM claim_submission s, jsonb_array_elements(s.manifest::jsonb -> 'items') AS i,
             jsonb_array_elements(i -> 'sessions') AS e
        WHERE NOT EXISTS (SELECT FROM session_evidence v WHERE v.event_id = (e ->> 'event_id')::uuid
                              AND v.held_on = (e ->> 'held_on')::date AND v.training_id = (i ->> 'training_id')::uuid)
           OR coalesce((SELECT sum((p ->> 'people')::integer) FROM jsonb_array_elements(e -> 'people') AS p), 0)
              <> coalesce((SELECT sum(a.people) FROM attendance_evidence a
                           WHERE a.event_id = (e ->> 'event_id')::uuid
                             AND (i ->> 'enterprise_id' IS NULL OR a.enterprise_id = (i ->> 'enterprise_id')::uuid)), 0)
        UNION ALL
        SELECT 'claim/' || s.claim_id || '/' || s.revision,
               format('event %s is not kept as visit %s of %s', e ->> 'event_id', e ->> 'number', e ->> 'on_day')
        FROM claim_submission s, jsonb_array_elements(s.manifest::jsonb -> 'items') AS i,
             jsonb_array_elements(i -> 'visits') AS e
        WHERE NOT EXISTS (SELECT FROM visit_evidence v WHERE v.event_id = (e ->> 'event_id')::uuid
                              AND v.on_day = (e ->> 'on_day')::date AND v.outcome = e ->> 'outcome'
                              AND v.number = (e ->> 'number')::integer
                              AND v.enterprise_id = (e ->> 'enterprise_id')::uuid)
        """,
    ),
    sql_check(
        "pledges",
        "no pledge is contracted beyond its amount, nor by an agreement of another class",
        """
        SELECT 'pledge/' || p.id, format('of %s, %s is contracted', p.amount_minor, sum(c.amount_minor))
        FROM pledge p JOIN pledge_contract c ON c.pledge_id = p.id
        GROUP BY p.id HAVING sum(c.amount_minor) > p.amount_minor OR min(c.amount_minor) <= 0
        UNION ALL
        SELECT 'pledge/' || p.id, format('is of class %s, agreement %s of %s', p.payer_class, g.code, g.payer_class)
        FROM pledge p JOIN pledge_contract c ON c.pledge_id = p.id JOIN agreement g ON g.id = c.agreement_id
        WHERE g.payer_class <> p.payer_class OR (p.partner_id IS NOT NULL AND p.partner_id <> g.partner_id)
           OR p.programme <> g.programme
        UNION ALL
        SELECT 'pledge/' || p.id, format('ended on %s, before %s', p.ended_on, p.pledged_on)
        FROM pledge p WHERE p.ended_on < p.pledged_on OR p.amount_minor <= 0
        """,
    ),
)
