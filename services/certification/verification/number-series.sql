SELECT format('series/%s/%s/%s', k.programme, k.series, k.year),
       format('the counter says %s; %s certificates up to %s', k.last, count(t.id), coalesce(max(t.ordinal), 0))
FROM certificate_counter k
LEFT JOIN certificate t ON (t.programme, t.series, t.year) = (k.programme, k.series, k.year)
GROUP BY k.programme, k.series, k.year
HAVING count(t.id) <> k.last OR max(t.ordinal) <> k.last OR min(t.ordinal) <> 1
UNION ALL
SELECT 'certificate/' || number, format('does not say %s, year %s, ordinal %s', series, year, ordinal)
FROM certificate
WHERE left(number, -7) <> upper(programme) || CASE series WHEN 'recognition' THEN '-R' ELSE '' END
                          || '-' || lpad(year::text, 4, '0') || '-' || lpad(ordinal::text, greatest(4, length(ordinal::text)), '0')
