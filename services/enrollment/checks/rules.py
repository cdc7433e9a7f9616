"""The rules of enrollment, held against every stored row."""

from typing import Final

from shared.database.checks import sql_check
from shared.runtime import Check

_POLICY: Final = """
SELECT 'policy/' || programme || '/' || version, 'comes into force no later than the version before'
FROM (SELECT *, lag(valid_from) OVER by_version AS earlier, lag(version, 1, 0) OVER by_version AS last
      FROM policy_version WINDOW by_version AS (PARTITION BY programme ORDER BY version)) v
WHERE valid_from <= earlier OR version <> last + 1
UNION ALL
SELECT 'policy/' || v.programme || '/' || v.version, 'its size classes do not tile the window'
FROM policy_version v
LEFT JOIN (SELECT programme, version, min(minimum) AS low, max(maximum) AS high,
                  bool_and(gap IS NULL OR gap = 0) AS tiled
           FROM (SELECT *, minimum - 1 - lag(maximum) OVER (PARTITION BY programme, version ORDER BY minimum) AS gap
                 FROM policy_size_class) c
           GROUP BY programme, version) c USING (programme, version)
WHERE (c.low, c.high, c.tiled) IS DISTINCT FROM (v.headcount_minimum, v.headcount_maximum, true)
UNION ALL
SELECT 'policy/' || v.programme || '/' || v.version, format('%s modules are first', count(m.code))
FROM policy_version v LEFT JOIN policy_module m ON m.programme = v.programme AND m.version = v.version AND m.is_first
GROUP BY v.programme, v.version HAVING count(m.code) <> 1
"""

_ELIGIBILITY: Final = """
SELECT judged.row, format('head-count %s by policy version %s is %s, stored as %s',
                          judged.headcount, judged.policy_version, coalesce(c.code, 'outside the window'),
                          judged.size_class)
FROM (SELECT 'enterprise/' || id, programme, headcount, size_class, policy_version, registered_on FROM enterprise
      UNION ALL
      SELECT 'enrollment/' || id, programme, headcount, size_class, policy_version, enrolled_on FROM enrollment
     ) AS judged (row, programme, headcount, size_class, policy_version, day)
JOIN policy_version v ON v.programme = judged.programme AND v.version = judged.policy_version
LEFT JOIN policy_size_class c ON c.programme = v.programme AND c.version = v.version
     AND judged.headcount BETWEEN c.minimum AND c.maximum
WHERE c.code IS DISTINCT FROM judged.size_class OR v.valid_from > judged.day
"""

_CAPACITY: Final = """
SELECT 'training/' || t.id, format('%s places of %s are taken', count(*), t.max_enterprises)
FROM training t JOIN enrollment e ON e.training_id = t.id AND e.status <> 'withdrawn'
GROUP BY t.id HAVING count(*) > t.max_enterprises
"""

_SEATS: Final = """
SELECT 'training/' || t.id || '/enterprise/' || a.enterprise_id,
       format('%s %ss on %s seats', count(DISTINCT a.participant), p.level,
              CASE p.level WHEN 'manager' THEN t.seats_managers ELSE t.seats_workers END)
FROM attendance a
JOIN training t ON t.id = a.training_id
JOIN participant p ON p.enterprise_id = a.enterprise_id AND p.code = a.participant
GROUP BY t.id, a.enterprise_id, p.level
HAVING count(DISTINCT a.participant) > CASE p.level WHEN 'manager' THEN t.seats_managers ELSE t.seats_workers END
"""

_MODULE_ORDER: Final = """
SELECT 'enrollment/' || e.id, format('takes %s though the first module was not completed by %s', e.module, t.starts_on)
FROM enrollment e JOIN training t ON t.id = e.training_id
WHERE NOT t.is_first AND NOT EXISTS (
    SELECT FROM enrollment f JOIN training ft ON ft.id = f.training_id
    WHERE f.enterprise_id = e.enterprise_id AND ft.is_first AND f.completed_on <= t.starts_on)
UNION ALL
SELECT 'enterprise/' || enterprise_id, format('takes %s %s times', module, count(*))
FROM enrollment WHERE status <> 'withdrawn' GROUP BY enterprise_id, module HAVING count(*) > 1
UNION ALL
SELECT 'enrollment/' || e.id, format('was taken on %s, training starts %s, enterprise registered %s',
                                     e.enrolled_on, t.starts_on, r.registered_on)
FROM enrollment e JOIN training t ON t.id = e.training_id JOIN enterprise r ON r.id = e.enterprise_id
WHERE e.enrolled_on > t.starts_on OR e.enrolled_on < r.registered_on
"""

_BASELINE: Final = """
SELECT DISTINCT 'session/' || s.id || '/enterprise/' || a.enterprise_id,
       format('no completed baseline by %s', s.held_on)
FROM attendance a JOIN session s ON s.id = a.session_id JOIN training t ON t.id = a.training_id
WHERE t.is_first AND NOT EXISTS (
    SELECT FROM baseline b WHERE b.enterprise_id = a.enterprise_id AND b.assessed_on <= s.held_on)
"""

_CLASSROOM: Final = """
SELECT 'session/' || s.id, format('day %s on %s does not fit %s classroom days from %s to %s',
                                  s.day, s.held_on, t.classroom_days, t.starts_on, t.ends_on)
FROM session s JOIN training t ON t.id = s.training_id
WHERE s.day > t.classroom_days OR s.held_on NOT BETWEEN t.starts_on AND t.ends_on
UNION ALL
SELECT 'session/' || s.id, format('day %s is on %s, not after day %s', s.day, s.held_on, o.day)
FROM session s JOIN session o ON o.training_id = s.training_id AND o.day < s.day AND o.held_on >= s.held_on
UNION ALL
SELECT 'session/' || s.id, 'nobody was present'
FROM session s WHERE NOT EXISTS (SELECT FROM attendance a WHERE a.session_id = s.id)
UNION ALL
SELECT DISTINCT 'session/' || s.id || '/enterprise/' || a.enterprise_id,
       format('present after its enrollment ended on %s', coalesce(e.withdrawn_on, e.completed_on))
FROM attendance a JOIN session s ON s.id = a.session_id
JOIN enrollment e ON e.training_id = a.training_id AND e.enterprise_id = a.enterprise_id
WHERE s.held_on > coalesce(e.withdrawn_on, e.completed_on)
"""

_VISITS: Final = """
SELECT 'enrollment/' || e.id, format('visits done are %s', array_agg(v.number ORDER BY v.number))
FROM enrollment e JOIN training t ON t.id = e.training_id JOIN visit v ON v.enrollment_id = e.id AND v.outcome = 'done'
GROUP BY e.id, t.planned_visits
HAVING max(v.number) > t.planned_visits OR max(v.number) <> count(*)
UNION ALL
SELECT 'visit/' || v.id, format('on %s, before the last classroom day or the visit before', v.visited_on)
FROM visit v JOIN enrollment e ON e.id = v.enrollment_id
WHERE v.visited_on < (SELECT max(held_on) FROM session s WHERE s.training_id = e.training_id)
   OR v.visited_on < (SELECT max(b.visited_on) FROM visit b
                      WHERE b.enrollment_id = v.enrollment_id AND b.number < v.number)
UNION ALL
SELECT 'visit/' || v.id, format('on %s, after its enrollment ended on %s', v.visited_on,
                                coalesce(e.withdrawn_on, e.completed_on))
FROM visit v JOIN enrollment e ON e.id = v.enrollment_id WHERE v.visited_on > coalesce(e.withdrawn_on, e.completed_on)
UNION ALL
SELECT 'visit/' || v.id, format('its cost is in %s, the programme counts in %s', v.cost_currency, p.currency)
FROM visit v JOIN programme p USING (programme) WHERE v.cost_currency <> p.currency
"""

_COMPLETION: Final = """
SELECT 'enrollment/' || e.id,
       format('completed with %s of %s classroom days held, present on %s, and %s of %s visits',
              held.days, t.classroom_days, seen.days, done.visits, t.planned_visits)
FROM enrollment e JOIN training t ON t.id = e.training_id
CROSS JOIN LATERAL (SELECT count(*) AS days FROM session s WHERE s.training_id = t.id) held
CROSS JOIN LATERAL (SELECT count(DISTINCT a.session_id) AS days FROM attendance a
                    WHERE a.training_id = t.id AND a.enterprise_id = e.enterprise_id) seen
CROSS JOIN LATERAL (SELECT count(*) AS visits, max(v.visited_on) AS last_on FROM visit v
                    WHERE v.enrollment_id = e.id AND v.outcome = 'done') done
WHERE e.status = 'completed' AND (held.days <> t.classroom_days OR seen.days = 0
      OR done.visits <> t.planned_visits OR e.completed_on < done.last_on)
"""

RULE_CHECKS: Final[tuple[Check, ...]] = (
    sql_check(
        "enrollment-policy", "policy versions follow each other, tile their window, have one first module", _POLICY
    ),
    sql_check(
        "enrollment-eligibility", "head-counts have the size class of the policy they were judged by", _ELIGIBILITY
    ),
    sql_check("enrollment-capacity", "no training has more enterprises than places", _CAPACITY),
    sql_check("enrollment-seats", "no enterprise has more people in a training than seats", _SEATS),
    sql_check(
        "enrollment-module-order", "no module before the first, none twice, none after the first day", _MODULE_ORDER
    ),
    sql_check("enrollment-baseline", "nobody was in a first module before a completed baseline", _BASELINE),
    sql_check("enrollment-classroom", "classroom days fit their training and its enrollments", _CLASSROOM),
    sql_check("enrollment-visits", "visits are done in order, after the classroom, before the end", _VISITS),
    sql_check("enrollment-completion", "completed enrollments have all days and all visits behind them", _COMPLETION),
)
