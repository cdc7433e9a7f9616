-- Against the local copies as they are now: an enrollment that came to light later and was still open then shows here.
WITH cited AS (
    SELECT c.id AS case_id, c.trainer_id, c.module, c.programme, c.expert_id, c.recommended_on, s.minimum_completed_enterprises AS minimum,
           (cycle ->> 'training_id')::uuid AS training_id
    FROM board_case c
    JOIN dossier d ON d.id = c.dossier_id
    JOIN scheme_version s ON s.programme = c.programme AND s.version = c.scheme_version
    CROSS JOIN LATERAL jsonb_array_elements(d.manifest::jsonb -> 'cycles') AS cycle
)
SELECT 'case/' || x.case_id, format('cites training %s, which is no completed cycle of trainer %s in %s by %s',
                                    x.training_id, x.trainer_id, x.module, x.recommended_on)
FROM cited x
WHERE NOT EXISTS (SELECT FROM training t
                  JOIN training_candidate k ON k.training_id = t.id
                  WHERE t.id = x.training_id AND t.programme = x.programme AND t.module = x.module
                    AND k.trainer_id = x.trainer_id AND t.ends_on <= x.recommended_on)
   OR EXISTS (SELECT FROM enrollment e
              WHERE e.training_id = x.training_id AND e.enrolled_on <= x.recommended_on
                AND (e.closed_on IS NULL OR e.closed_on > x.recommended_on))
   OR (SELECT count(*) FROM enrollment e
       WHERE e.training_id = x.training_id AND e.outcome = 'completed' AND e.closed_on <= x.recommended_on) < x.minimum
UNION ALL
SELECT 'case/' || c.id, format('expert %s supervised none of the cycles cited', c.expert_id)
FROM board_case c
WHERE NOT EXISTS (SELECT FROM cited x JOIN training t ON t.id = x.training_id
                  WHERE x.case_id = c.id AND t.supervising_expert_id = c.expert_id)
