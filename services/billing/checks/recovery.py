"""Cost recovery by two paths that share nothing: postings, and documents (reference: I13)."""

from typing import Final

from shared.database.checks import sql_check

RECOVERY_CHECKS: Final = (
    sql_check(
        "cost-recovery-paths",
        "every component of cost recovery is the same from the ledger and from documents, on every day (I13)",
        """
        WITH posted AS (
            SELECT programme, book_id AS partner_id, basis, component, effective_on AS on_day, training_id, module,
                   region, delivery, currency, sum(amount_minor) AS minor
            FROM ledger.recovery_posting GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
        ), documented AS (
            SELECT programme, partner_id, basis, component, on_day, training_id, module, region, delivery, currency,
                   sum(amount_minor) AS minor
            FROM recovery_document GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
        ), both_ways AS (
            SELECT *, minor AS posted, 0 AS documented FROM posted
            UNION ALL SELECT *, 0, minor FROM documented
        )
        SELECT 'cost-recovery/' || programme || '/' || partner_id || '/' || basis || '/' || component || '/' || on_day,
               format('training %s: ledger %s, documents %s', training_id, sum(posted), sum(documented))
        FROM both_ways
        GROUP BY programme, partner_id, basis, component, on_day, training_id, module, region, delivery, currency
        HAVING sum(posted) <> sum(documented)
        """,
    ),
)
