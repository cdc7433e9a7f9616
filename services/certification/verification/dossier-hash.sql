SELECT 'dossier/' || id, 'the manifest does not have the hash on record'
FROM dossier WHERE hash <> encode(sha256(convert_to(manifest, 'UTF8')), 'hex')
UNION ALL
SELECT 'case/' || c.id, format('cites %s, the dossier has %s', c.dossier_hash, d.hash)
FROM board_case c JOIN dossier d ON d.id = c.dossier_id WHERE c.dossier_hash <> d.hash
UNION ALL
SELECT 'vote/' || v.id, format('cites %s, the case %s', v.dossier_hash, c.dossier_hash)
FROM vote v JOIN board_case c ON c.id = v.case_id WHERE v.dossier_hash <> c.dossier_hash
UNION ALL
SELECT 'decision/' || x.id, format('cites %s, the case %s', x.dossier_hash, c.dossier_hash)
FROM decision x JOIN board_case c ON c.id = x.case_id WHERE x.dossier_hash <> c.dossier_hash
UNION ALL
SELECT 'certificate/' || t.number, format('cites %s, the case %s', t.dossier_hash, c.dossier_hash)
FROM certificate t JOIN board_case c ON c.id = t.case_id WHERE t.dossier_hash <> c.dossier_hash
