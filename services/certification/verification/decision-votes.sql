WITH line AS (
    -- One line per member on the roll, with what the votes themselves say.
    SELECT d.id AS decision_id, d.case_id, d.round, d.outcome, d.decided_on, r.is_recused, r.vote_id, r.constituency,
           m.id AS member_id, v.choice, v.voted_on,
           m.mandate_from <= d.decided_on AND (m.mandate_to IS NULL OR m.mandate_to >= d.decided_on) AS sat,
           EXISTS (SELECT FROM recusal x WHERE x.case_id = d.case_id AND x.member_id = m.id) AS has_recusal,
           (SELECT last.id FROM vote last
            WHERE last.case_id = d.case_id AND last.round = d.round AND last.member_id = m.id
            ORDER BY last.position DESC LIMIT 1) AS last_vote
    FROM decision d
    JOIN roll_call r ON r.decision_id = d.id
    JOIN board_member m ON m.id = r.member_id
    LEFT JOIN vote v ON v.id = r.vote_id
), meeting AS (
    SELECT decision_id,
           count(*) FILTER (WHERE NOT is_recused) AS eligible,
           count(vote_id) AS present,
           count(*) FILTER (WHERE choice = 'for') AS votes_for,
           count(*) FILTER (WHERE choice = 'against') AS votes_against,
           count(*) FILTER (WHERE choice = 'abstain') AS abstentions,
           coalesce(array_agg(DISTINCT constituency) FILTER (WHERE vote_id IS NOT NULL), '{}') AS constituencies
    FROM line GROUP BY decision_id
)
SELECT 'decision/' || decision_id, format('member %s is on the roll without a mandate', member_id)
FROM line WHERE NOT sat
UNION ALL
SELECT 'decision/' || decision_id, format('member %s: the vote counted is %s, the last one given is %s', member_id, vote_id, last_vote)
FROM line WHERE NOT is_recused AND vote_id IS DISTINCT FROM last_vote
UNION ALL
-- A recusal declared after a deferred round does not reach back into it.
SELECT 'decision/' || decision_id, format('member %s: recused on the roll %s, on record %s', member_id, is_recused, has_recusal)
FROM line WHERE is_recused AND NOT has_recusal OR has_recusal AND NOT is_recused AND outcome <> 'deferred'
UNION ALL
SELECT 'decision/' || decision_id, format('member %s voted on %s, outside the case''s time', member_id, voted_on)
FROM line JOIN board_case c ON c.id = case_id
WHERE voted_on NOT BETWEEN c.recommended_on AND decided_on OR decided_on < c.recommended_on
UNION ALL
SELECT 'decision/' || d.id, format('member %s voted and sat, and is not on the roll', v.member_id)
FROM decision d
JOIN vote v ON v.case_id = d.case_id AND v.round = d.round
JOIN board_member m ON m.id = v.member_id
WHERE m.mandate_from <= d.decided_on AND (m.mandate_to IS NULL OR m.mandate_to >= d.decided_on)
  AND NOT EXISTS (SELECT FROM roll_call r WHERE r.decision_id = d.id AND r.member_id = v.member_id)
UNION ALL
SELECT 'decision/' || d.id,
       format('%s by %s for, %s against, %s abstained of %s; the roll says %s, %s, %s of %s', d.outcome, d.votes_for,
              d.votes_against, d.abstentions, d.eligible, n.votes_for, n.votes_against, n.abstentions, n.eligible)
FROM decision d LEFT JOIN meeting n ON n.decision_id = d.id
WHERE (d.votes_for, d.votes_against, d.abstentions, d.eligible)
      IS DISTINCT FROM (n.votes_for, n.votes_against, n.abstentions, n.eligible)
   OR d.outcome <> CASE WHEN n.votes_for > n.votes_against THEN 'certified'
                        WHEN n.votes_for < n.votes_against THEN 'refused' ELSE 'deferred' END
UNION ALL
SELECT 'decision/' || d.id,
       format('no quorum: %s of %s voted, of %s', n.present, n.eligible, array_to_string(n.constituencies, ', '))
FROM decision d
JOIN board_case c ON c.id = d.case_id
JOIN scheme_version s ON s.programme = c.programme AND s.version = c.scheme_version
JOIN meeting n ON n.decision_id = d.id
WHERE n.present * 100 <= n.eligible * s.quorum_more_than_percent
   OR NOT d.required <@ n.constituencies
   OR s.constituencies IS NOT NULL AND NOT s.constituencies <@ d.required
   OR s.constituencies IS NULL AND NOT d.required @> ARRAY(
          SELECT DISTINCT r.constituency FROM roll_call r WHERE r.decision_id = d.id)
