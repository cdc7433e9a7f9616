SELECT 'vote/' || v.id, format('of member %s, who is a party to case %s', m.id, c.id)
FROM vote v
JOIN board_case c ON c.id = v.case_id
JOIN board_member m ON m.id = v.member_id
JOIN trainer e ON e.id = c.expert_id
WHERE m.trainer_id IN (c.expert_id, c.trainer_id) OR m.subject IN (c.recommended_by, e.subject)
UNION ALL
SELECT 'decision/' || d.id, format('recorded by %s, who recommended', d.decided_by)
FROM decision d JOIN board_case c ON c.id = d.case_id JOIN trainer e ON e.id = c.expert_id
WHERE d.decided_by IN (c.recommended_by, e.subject)
