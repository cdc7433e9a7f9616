SELECT 'standing/' || s.id, format('is %s; certificate %s, suspended %s', s.state, coalesce(t.number, 'none'), t.suspended)
FROM standing s
LEFT JOIN LATERAL (
    SELECT t.number, EXISTS (SELECT FROM suspension p WHERE p.certificate_id = t.id AND p.reinstated_on IS NULL) AS suspended
    FROM certificate t
    WHERE (t.programme, t.trainer_id, t.module) = (s.programme, s.trainer_id, s.module) AND t.withdrawn_on IS NULL
) t ON true
WHERE (s.state IN ('certified', 'suspended')) <> (t.number IS NOT NULL)
   OR (s.state = 'suspended') IS DISTINCT FROM coalesce(t.suspended, false)
UNION ALL
SELECT 'certificate/' || t.number, 'its trainer has no standing in its module'
FROM certificate t
WHERE NOT EXISTS (SELECT FROM standing s WHERE (s.programme, s.trainer_id, s.module) = (t.programme, t.trainer_id, t.module))
UNION ALL
SELECT 'standing/' || s.id, format('is %s, yet a case is %s', s.state, coalesce(c.state, 'not open'))
FROM standing s
LEFT JOIN board_case c ON (c.programme, c.trainer_id, c.module) = (s.programme, s.trainer_id, s.module) AND c.state = 'open'
WHERE (s.state = 'recommended') <> (c.id IS NOT NULL)
