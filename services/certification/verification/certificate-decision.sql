-- Validity is recomputed by the database's own calendar, not by ours.
SELECT 'decision/' || d.id,
       format('certified trainer %s in %s on %s; the certificate says %s', c.trainer_id, c.module, d.decided_on,
              coalesce(format('%s: %s in %s from %s to %s', t.number, t.trainer_id, t.module, t.valid_from, t.valid_until),
                       'nothing'))
FROM decision d
JOIN board_case c ON c.id = d.case_id
JOIN scheme_version s ON s.programme = c.programme AND s.version = c.scheme_version
LEFT JOIN certificate t ON t.decision_id = d.id
WHERE d.outcome = 'certified'
  AND (t.id IS NULL
       OR (t.programme, t.series, t.trainer_id, t.module, t.case_id, t.dossier_hash, t.year, t.valid_from, t.valid_until)
          IS DISTINCT FROM
          (c.programme, 'board', c.trainer_id, c.module, c.id, c.dossier_hash, extract(year FROM d.decided_on)::integer,
           d.decided_on, (d.decided_on + make_interval(months => s.validity_months))::date - 1))
UNION ALL
SELECT 'certificate/' || t.number, 'no decision certified this'
FROM certificate t LEFT JOIN decision d ON d.id = t.decision_id AND d.outcome = 'certified'
WHERE t.series = 'board' AND d.id IS NULL
