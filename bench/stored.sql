-- Requests FIRST to LAST as they lie in our own tables after their answer: one in a hundred still
-- open. Sealed columns hold random bytes, hashes of the log are random: nobody reads these rows.
-- Keys are not checked while they are put in (they fit), and nothing waits for the disk.
SET session_replication_role = replica;
SET synchronous_commit = off;
CREATE FUNCTION pg_temp.row_id(n bigint, what text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT lpad(to_hex(1680000000000 + n * 90000), 12, '0') || substr(md5(what || n), 1, 20) $$;
CREATE FUNCTION pg_temp.at(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
  $$ SELECT to_timestamp(1680000000 + n * 90) $$;
CREATE FUNCTION pg_temp.noise(n bigint, times int) RETURNS bytea LANGUAGE sql IMMUTABLE AS
  $$ SELECT decode(repeat(md5(n::text), times), 'hex') $$;
CREATE TEMP TABLE asked AS
SELECT n, pg_temp.row_id(n, 'r') AS id, pg_temp.at(n) AS at,
       (ARRAY['noord', 'oost', 'west'])[1 + n % 3] AS practice, n % 100 = 0 AS open
FROM generate_series(FIRST, LAST) AS n;
ANALYZE asked;

INSERT INTO data_keys (id, kek_id, wrapped, made_at)
SELECT pg_temp.row_id(n, 'k'), (SELECT kek_id FROM data_keys LIMIT 1), pg_temp.noise(n, 5), at
FROM asked;

INSERT INTO subject_requests (id, reference, practice, channel, language, received_at, due, level,
  level_how, answer_form, scope, data_key_id, subject_sealed, refs_sealed, email_index, name_index,
  content_hash, run, version, closed_at)
SELECT id, 'AVG-' || n, practice, 'web', 'nl', at, (at + interval '1 month')::date, 'IA4',
       'desk', 'online', '["all"]', pg_temp.row_id(n, 'k'), pg_temp.noise(n, 25),
       pg_temp.noise(n, 8), decode(md5('mail' || n), 'hex'), decode(md5('name' || n), 'hex'),
       md5('content' || n), 1, 6, CASE WHEN NOT open THEN at + interval '9 days' END
FROM asked;

INSERT INTO request_items (id, request_id, "right", stage, decision, decided_by, decided_at,
  grounds, reasons_sealed, facts, frozen_digest)
SELECT pg_temp.row_id(n, 'i'), id, 'access', CASE WHEN open THEN 'reviewing' ELSE 'closed' END,
       CASE WHEN NOT open THEN 'granted' END, CASE WHEN NOT open THEN (SELECT id FROM staff LIMIT 1)
       END, at + interval '8 days', '[]', pg_temp.noise(n, 5), '{}', repeat(md5('d' || n), 2)
FROM asked;

INSERT INTO steps (id, request_id, practice, system, verb, run, outcome, attempts, next_at, fence,
  cursor, counts, trouble, needs_person, started_at, finished_at)
SELECT pg_temp.row_id(n, verb), id, practice, system, verb, 1, 'done', 1, at, 1,
       '{"dataset": "", "after": null, "agrees": ["known_refs", "name", "email"]}',
       '{"account": 1, "messages": 100, "sessions": 20, "reviews": 2}', '', false, at, at
FROM asked, (VALUES ('app', 'identify'), ('app', 'search'), ('office', 'pack')) AS s (system, verb)
WHERE NOT (open AND verb = 'pack');

INSERT INTO segments (id, step_id, number, datasets, first, count, blob, bytes, sha256)
SELECT pg_temp.row_id(n, 'seg'), pg_temp.row_id(n, 'search'), 0, '{"messages": 100}', 0, 123,
       'requests/' || id || '/app/1/000000-1', 9000, repeat(md5('s' || n), 2)
FROM asked;

INSERT INTO outbox (id, request_id, practice, kind, dedup, outcome, attempts, next_at, fence,
  trouble, sent_at)
SELECT pg_temp.row_id(n, kind), id, practice, kind, kind || '-' || id, 'sent', 1, at, 1, '', at
FROM asked, (VALUES ('receipt'), ('answer')) AS k (kind)
WHERE NOT (open AND kind = 'answer');

INSERT INTO letters (id, request_id, item_id, kind, language, level, blob, bytes, sha256, made_at,
  released_at)
SELECT pg_temp.row_id(n, 'l'), id, pg_temp.row_id(n, 'i'), 'access_answer', 'nl', 'IA3',
       'requests/' || id || '/answer/1-1/letter', 61000, repeat(md5('l' || n), 2), at, at
FROM asked WHERE NOT open;

INSERT INTO packages (id, request_id, item_id, blob, bytes, sha256, level, made_at, expires_at,
  downloads, downloads_allowed, destroyed_at)
SELECT pg_temp.row_id(n, 'p'), id, pg_temp.row_id(n, 'i'),
       'requests/' || id || '/answer/1-1/package', 90000, repeat(md5('p' || n), 2), 'IA3', at,
       at + interval '14 days', 1, 10, at + interval '14 days'
FROM asked WHERE NOT open;

INSERT INTO tallies (key, "window", count)
SELECT md5('tally' || n), at, 1 FROM asked WHERE n > LAST - 2000;

INSERT INTO idempotency_keys (caller_key, body_hash, request_id, made_at)
SELECT md5('idem' || n), md5('body' || n), id, now() FROM asked WHERE n > LAST - 2000;

INSERT INTO events (practice, seq, at, actor, action, request_id, body, sealed, prev_hash,
  row_hash)
SELECT practice, h.seq + (n - FIRST) / 3 * 14 + k, at, 'system',
       (ARRAY['received', 'moved', 'mail_sent', 'level_reached', 'moved',
              'system_searched', 'system_searched', 'moved', 'decided', 'moved',
              'letter_made', 'packed', 'moved', 'letter_released'])[k],
       id, json_build_object('item', pg_temp.row_id(n, 'i'), 'step', pg_temp.row_id(n, 'search'),
                             'system', 'app', 'outcome', 'done', 'count_messages', 100),
       NULL, repeat(md5(n || '-' || k), 2), repeat(md5(n || '+' || k), 2)
FROM asked JOIN event_heads AS h USING (practice), generate_series(1, 14) AS k;

UPDATE event_heads SET seq = (SELECT max(seq) FROM events WHERE events.practice = event_heads.practice);
DROP TABLE asked;
RESET session_replication_role;
RESET synchronous_commit;
VACUUM ANALYZE;
CHECKPOINT;
