SELECT 'case/' || c.id, format('is %s in round %s; the final decision says %s, %s rounds were deferred', c.state, c.round,
                               coalesce(f.outcome, 'nothing'), n.deferred)
FROM board_case c
LEFT JOIN decision f ON f.case_id = c.id AND f.outcome <> 'deferred'
CROSS JOIN LATERAL (SELECT count(*) AS deferred FROM decision d WHERE d.case_id = c.id AND d.outcome = 'deferred') n
WHERE c.state <> coalesce(f.outcome, 'open') OR c.round <> n.deferred + 1 OR f.round <> c.round
UNION ALL
SELECT 'case/' || c.id, format('scheme version %s was not in force on %s', c.scheme_version, c.recommended_on)
FROM board_case c JOIN scheme_version s ON s.programme = c.programme AND s.version = c.scheme_version
WHERE s.valid_from > c.recommended_on
   OR EXISTS (SELECT FROM scheme_version later WHERE later.programme = c.programme AND later.version > s.version
              AND later.valid_from <= c.recommended_on)
