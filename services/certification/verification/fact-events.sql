WITH fact AS (
    SELECT 'trainer-registered' AS kind, id AS trainer_id, '' AS key, 1 AS times FROM trainer
    UNION ALL
    SELECT 'training-of-trainers-passed', trainer_id, module, 1 FROM tot_result WHERE outcome = 'passed'
    UNION ALL
    SELECT 'trainer-recommended', trainer_id, dossier_id::text, 1 FROM board_case
    UNION ALL
    -- Told again when the trainer becomes an expert; a recognised one is so from the start.
    SELECT 'trainer-certified', trainer_id, number, 1 + (series = 'board' AND expert_from IS NOT NULL)::integer FROM certificate
    UNION ALL
    SELECT 'certificate-issued', trainer_id, number, 1 FROM certificate WHERE series = 'board'
    UNION ALL
    SELECT 'certification-refused', c.trainer_id, c.id::text, 1
    FROM decision d JOIN board_case c ON c.id = d.case_id WHERE d.outcome = 'refused'
    UNION ALL
    SELECT 'certification-suspended', t.trainer_id, t.number || ' ' || p.suspended_on, count(*)::integer
    FROM suspension p JOIN certificate t ON t.id = p.certificate_id GROUP BY t.id, p.suspended_on
    UNION ALL
    SELECT 'certification-reinstated', t.trainer_id, t.number || ' ' || p.reinstated_on, count(*)::integer
    FROM suspension p JOIN certificate t ON t.id = p.certificate_id WHERE p.reinstated_on IS NOT NULL GROUP BY t.id, p.reinstated_on
    UNION ALL
    SELECT 'certification-withdrawn', trainer_id, number || ' ' || withdrawn_on, 1 FROM certificate WHERE withdrawn_on IS NOT NULL
), told AS (
    SELECT kind, aggregate_id AS trainer_id,
           CASE kind
               WHEN 'trainer-registered' THEN ''
               WHEN 'training-of-trainers-passed' THEN data ->> 'module'
               WHEN 'trainer-recommended' THEN data ->> 'dossier_id'
               WHEN 'certification-refused' THEN data ->> 'case_id'
               WHEN 'trainer-certified' THEN data ->> 'certificate_number'
               WHEN 'certificate-issued' THEN data ->> 'certificate_number'
               ELSE (data ->> 'certificate_number') || ' ' || (data ->> 'effective_on')
           END AS key,
           count(*)::integer AS times
    FROM (SELECT split_part(event_type, '.', 2) AS kind, aggregate_id, convert_from(payload, 'UTF8')::jsonb AS data FROM outbox) o
    WHERE kind IN (SELECT DISTINCT kind FROM (VALUES ('trainer-registered'), ('training-of-trainers-passed'),
        ('trainer-recommended'), ('trainer-certified'), ('certificate-issued'), ('certification-refused'),
        ('certification-suspended'), ('certification-reinstated'), ('certification-withdrawn')) AS known (kind))
    GROUP BY 1, 2, 3
)
SELECT format('trainer/%s', trainer_id),
       format('%s %s: happened %s times, told %s times', kind, key, coalesce(fact.times, 0), coalesce(told.times, 0))
FROM fact FULL JOIN told USING (kind, trainer_id, key)
WHERE fact.times IS DISTINCT FROM told.times
