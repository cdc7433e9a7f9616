"""Cost recovery by two paths that share nothing: postings, and documents (reference: I13)."""

from typing import Final

from shared.database.checks import sql_check

RECOVERY_CHECKS: Final = (
    sql_check(
        "cost-recovery-paths",
        "every component of cost recovery is the same from the ledger and from documents, by day, partner, training, "
        "module, region, delivery, agreement and phase (I13)",
        """
        WITH posted AS (
            SELECT programme, book_id AS partner_id, basis, component, effective_on AS on_day, training_id, module,
                   region, delivery, agreement_id, phase, currency, sum(amount_minor) AS minor
            FROM ledger.recovery_posting GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
        ), documented AS (
            SELECT programme, partner_id, basis, component, on_day, training_id, module, region, delivery,
                   agreement_id, phase, currency, sum(amount_minor) AS minor
            FROM recovery_document GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
        ), both_ways AS (
            SELECT *, minor AS posted, 0 AS documented FROM posted
            UNION ALL SELECT *, 0, minor FROM documented
        )
        SELECT 'cost-recovery/' || programme || '/' || partner_id || '/' || basis || '/' || component || '/' || on_day,
               format('training %s, agreement %s, phase %s: ledger %s, documents %s', training_id, agreement_id, phase,
                      sum(posted), sum(documented))
        FROM both_ways
        GROUP BY programme, partner_id, basis, component, on_day, training_id, module, region, delivery,
                 agreement_id, phase, currency
        HAVING sum(posted) <> sum(documented)
        """,
    ),
    sql_check(
        "measurements-recompute",
        "every kept measurement is what the ledger held when it was taken; those from before that was kept apart",
        """
        WITH posted AS MATERIALIZED (
            SELECT v.programme, v.basis, v.component, v.book_id, v.effective_on, v.training_id, v.module, v.region,
                   v.delivery, v.phase, e.id, e.tx, sum(v.amount_minor) AS minor
            FROM ledger.recovery_posting v JOIN ledger.entry e ON e.uid = v.entry_uid
            WHERE EXISTS (SELECT FROM cost_recovery_measurement)
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
        ), recomputed AS (
            SELECT m.id, p.component, sum(p.minor) AS minor
            FROM cost_recovery_measurement m
            JOIN posted p ON p.programme = m.programme AND p.basis = m.basis
                AND p.effective_on <= m.until AND p.effective_on >= coalesce(m.since, '-infinity')
                AND p.id <= m.last_entry_id AND pg_visible_in_snapshot(p.tx, m.snapshot::pg_snapshot)
                AND (m.scope ->> 'partner' IS NULL OR p.book_id::text = m.scope ->> 'partner')
                AND (m.scope ->> 'training' IS NULL OR p.training_id::text = m.scope ->> 'training')
                AND (m.scope ->> 'module' IS NULL OR p.module = m.scope ->> 'module')
                AND (m.scope -> 'modules' IS NULL OR m.scope -> 'modules' ? p.module)
                AND (m.scope ->> 'region' IS NULL OR p.region = m.scope ->> 'region')
                AND (m.scope ->> 'delivery' IS NULL OR p.delivery = m.scope ->> 'delivery')
                AND (m.scope ->> 'phase' IS NULL OR p.phase = m.scope ->> 'phase')
                AND CASE m.scope ->> 'module_group'
                    WHEN 'first' THEN p.module = ANY (m.first_modules)
                    WHEN 'further' THEN p.module <> ALL (m.first_modules)
                    ELSE true END
            WHERE m.snapshot IS NOT NULL
            GROUP BY m.id, p.component
        ), kept AS (
            SELECT m.id, part.component, part.minor::bigint AS minor
            FROM cost_recovery_measurement m, jsonb_each_text(m.components) AS part (component, minor)
            WHERE m.snapshot IS NOT NULL
        )
        SELECT 'measurement/' || id || '/' || component,
               format('kept %s, the ledger held %s', coalesce(k.minor, 0), coalesce(r.minor, 0))
        FROM kept k FULL JOIN recomputed r USING (id, component)
        WHERE coalesce(k.minor, 0) <> coalesce(r.minor, 0)
        """,
    ),
    sql_check(
        "recovery-targets",
        "the versions of every target are 1 to n without a gap",
        """
        SELECT 'recovery_target/' || (array_agg(id ORDER BY version))[1],
               format('%s of phase %s has %s versions from %s to %s', formula, phase, count(*), min(version),
                      max(version))
        FROM recovery_target GROUP BY programme, source, phase, formula, basis, module_group, delivery
        HAVING min(version) <> 1 OR max(version) <> count(*)
        """,
    ),
)
