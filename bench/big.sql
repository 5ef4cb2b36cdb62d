-- The bench's second heavy subject: account 9502, who has no message in appdb.sql, gets 500,000,
-- in rounds between which other rows would lie, as in appdb.sql. Run twice it changes nothing.
INSERT INTO message
SELECT 2000000 + n, 9502,
       timestamptz '2025-01-01 00:00+00' + n * interval '10 seconds',
       left('Message ' || n || '/9502: ' ||
            repeat(md5('body ' || n || ' 9502') || ' ', 9), 300)
FROM generate_series(1, 500000) AS n
ON CONFLICT (id) DO NOTHING;
VACUUM ANALYZE message;
