"""Checks for `scorebook verify`: the stored facts, re-derived from what they rest on."""

from typing import Final

from shared.database.checks import sql_check

_FACTS: Final = """
    SELECT 'assessment' AS noun, id, programme, 'assessment.assessment-completed.v1' AS type FROM assessment
    UNION ALL SELECT 'satisfaction', id, programme, 'assessment.satisfaction-recorded.v1' FROM satisfaction
    UNION ALL SELECT 'improvement', id, programme, 'assessment.improvement-completed.v1' FROM improvement
    UNION ALL SELECT 'case_study', id, programme, 'assessment.case-study-published.v1' FROM case_study
    WHERE state = 'published'
"""

CHECKS: Final = (
    sql_check(
        "one-baseline",
        "an enterprise has one baseline at most, of its own programme and partner",
        """
        SELECT 'enterprise/' || enterprise_id, format('has %s baselines', count(*))
        FROM assessment WHERE kind = 'baseline' GROUP BY enterprise_id HAVING count(*) > 1
        UNION ALL
        SELECT 'assessment/' || a.id, 'names another programme or partner than its enterprise has'
        FROM assessment a LEFT JOIN known_enterprise e ON e.id = a.enterprise_id
        WHERE e.id IS NULL OR (e.programme, e.partner_id) <> (a.programme, a.partner_id)
        """,
    ),
    sql_check(
        "follow-up-rests-on-baseline",
        "progress and endline have a baseline that came first, a live enrollment of that enterprise, and do not come "
        "before the training; an enrollment has one endline at most",
        """
        SELECT 'assessment/' || a.id, problem
        FROM assessment a
        LEFT JOIN assessment b ON b.id = a.baseline_id
        LEFT JOIN known_enrollment n ON n.id = a.enrollment_id
        LEFT JOIN known_training t ON t.id = a.training_id
        CROSS JOIN LATERAL (VALUES
            (CASE WHEN b.id IS NULL OR b.kind <> 'baseline' OR b.enterprise_id <> a.enterprise_id
                  THEN 'has no baseline of its enterprise' END),
            (CASE WHEN b.assessed_on > a.assessed_on THEN format('is before its baseline of %s', b.assessed_on) END),
            (CASE WHEN n.id IS NULL OR n.enterprise_id <> a.enterprise_id OR n.training_id <> a.training_id
                  THEN 'has no enrollment of its enterprise in its training' END),
            (CASE WHEN n.withdrawn_on <= a.assessed_on
                  THEN format('hangs on an enrollment withdrawn on %s', n.withdrawn_on) END),
            (CASE WHEN t.id IS NULL OR t.starts_on > a.assessed_on
                  THEN format('is before its training, %s', t.starts_on) END)
        ) AS found (problem)
        WHERE a.kind <> 'baseline' AND problem IS NOT NULL
        UNION ALL
        SELECT 'enrollment/' || enrollment_id, format('has %s endlines', count(*))
        FROM assessment WHERE kind = 'endline' GROUP BY enrollment_id HAVING count(*) > 1
        """,
    ),
    sql_check(
        "readings-consistent",
        "a reading has a value exactly when it was measured, by the definition in force that day and by its rules; "
        "every assessment has readings",
        """
        SELECT format('reading/%s/%s', r.assessment_id, r.kpi), problem
        FROM reading r
        JOIN assessment a ON a.id = r.assessment_id
        LEFT JOIN kpi_version v ON v.id = r.kpi_version_id
        LEFT JOIN LATERAL (
            SELECT w.id, w.version FROM kpi_version w
            WHERE w.programme = r.programme AND w.code = r.kpi AND w.valid_from <= a.assessed_on
            ORDER BY w.valid_from DESC LIMIT 1
        ) AS due ON true
        CROSS JOIN LATERAL (VALUES
            (CASE WHEN (r.status = 'measured') <> (r.numerator IS NOT NULL AND r.denominator IS NOT NULL)
                       OR (r.numerator IS NULL) <> (r.denominator IS NULL)
                  THEN format('is %s with numerator %s and denominator %s', r.status, r.numerator, r.denominator) END),
            (CASE WHEN r.numerator < 0 OR r.denominator <= 0 THEN 'has a value out of range' END),
            (CASE WHEN due.id IS DISTINCT FROM r.kpi_version_id
                  THEN format('is by version %s, in force was %s', v.version, due.version) END),
            (CASE WHEN v.whole_numbers AND (r.numerator <> trunc(r.numerator) OR r.denominator <> trunc(r.denominator))
                  THEN 'is not in whole numbers' END),
            (CASE WHEN v.is_share AND r.numerator > r.denominator THEN 'is a share above the whole' END)
        ) AS found (problem)
        WHERE problem IS NOT NULL
        UNION ALL
        SELECT 'assessment/' || a.id, 'has no readings'
        FROM assessment a WHERE NOT EXISTS (SELECT FROM reading r WHERE r.assessment_id = a.id)
        """,
    ),
    sql_check(
        "kpi-versions",
        "versions of a definition are numbered 1..n in the order they come into force",
        """
        SELECT 'kpi_version/' || id, format('is number %s, by its date %s', version, place)
        FROM (SELECT id, version, row_number() OVER (PARTITION BY kpi_id ORDER BY valid_from) AS place
              FROM kpi_version) AS numbered
        WHERE version <> place
        """,
    ),
    sql_check(
        "satisfaction-within-classroom",
        "satisfied <= respondents <= different people in the classroom up to that day",
        """
        SELECT 'satisfaction/' || s.id,
               format('%s satisfied of %s respondents of %s participants', s.satisfied, s.respondents, seen.people)
        FROM satisfaction s
        CROSS JOIN LATERAL (
            SELECT count(*) AS people FROM known_participant p
            WHERE p.training_id = s.training_id AND p.first_seen_on <= s.recorded_on
        ) AS seen
        WHERE s.satisfied > s.respondents OR s.respondents > seen.people
        """,
    ),
    sql_check(
        "one-event-per-fact",
        "every stored fact was said once, and nothing was said that is not stored",
        f"""
        WITH fact AS ({_FACTS})
        SELECT f.noun || '/' || f.id, format('%s events were recorded for it', coalesce(h.last_sequence, 0))
        FROM fact f LEFT JOIN stream_head h ON h.aggregate_id = f.id
        WHERE h.last_sequence IS DISTINCT FROM 1
        UNION ALL
        SELECT 'outbox/' || o.id, format('%s of %s has no stored fact of that programme', o.event_type, o.aggregate_id)
        FROM outbox o LEFT JOIN fact f ON (f.id, f.type, f.programme) = (o.aggregate_id, o.event_type, o.programme)
        WHERE f.id IS NULL
        """,  # noqa: S608 - our text
    ),
    sql_check(
        "event-says-what-is-stored",
        "the readings, days and counts of an event are those of its row",
        """
        WITH said AS (
            SELECT id, aggregate_id, event_type, convert_from(payload, 'UTF8')::jsonb AS data FROM outbox
        ), read AS (
            SELECT assessment_id, jsonb_agg(jsonb_build_array(kpi, status, trim_scale(numerator)::text,
                                                              trim_scale(denominator)::text) ORDER BY position) AS rows
            FROM reading GROUP BY assessment_id
        )
        SELECT 'outbox/' || said.id, 'differs from assessment ' || a.id
        FROM said JOIN assessment a ON a.id = said.aggregate_id LEFT JOIN read ON read.assessment_id = a.id
        WHERE (data ->> 'kind', data ->> 'enterprise_id', data ->> 'assessed_on')
              <> (a.kind, a.enterprise_id::text, a.assessed_on::text)
           OR read.rows IS DISTINCT FROM (
                SELECT jsonb_agg(jsonb_build_array(r -> 'kpi', r -> 'status', r -> 'numerator', r -> 'denominator')
                                 ORDER BY place)
                FROM jsonb_array_elements(data -> 'readings') WITH ORDINALITY AS each (r, place))
        UNION ALL
        SELECT 'outbox/' || said.id, 'differs from satisfaction ' || s.id
        FROM said JOIN satisfaction s ON s.id = said.aggregate_id
        WHERE (data ->> 'training_id', data ->> 'recorded_on', data ->> 'respondents', data ->> 'satisfied')
              <> (s.training_id::text, s.recorded_on::text, s.respondents::text, s.satisfied::text)
        UNION ALL
        SELECT 'outbox/' || said.id, 'differs from improvement ' || i.id
        FROM said JOIN improvement i ON i.id = said.aggregate_id
        WHERE (data ->> 'enterprise_id', data ->> 'completed_on') <> (i.enterprise_id::text, i.completed_on::text)
        UNION ALL
        SELECT 'outbox/' || said.id, 'differs from case study ' || c.id
        FROM said JOIN case_study c ON c.id = said.aggregate_id
        WHERE (data ->> 'enterprise_id', data ->> 'published_on') <> (c.enterprise_id::text, c.published_on::text)
        """,
    ),
)
