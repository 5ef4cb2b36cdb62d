-- More people with 50,000 messages for the rows that erase: accounts 20001 to 20004, whose rows lie
-- between each other's. Run in a copy of the database of appdb.sql.
INSERT INTO account
SELECT n, 'Zwaar', 'Persoon-' || n, 'subject' || n || '@example.com', '+3120' || lpad(n::text, 7, '0'),
       date '1950-01-01' + (n * 37 % 18000)::int, 'Practice 1', NULL
FROM generate_series(20001, 20004) AS n;

INSERT INTO message
SELECT 5000000 + n, 20001 + n % 4,
       timestamptz '2021-01-01 00:00+00' + n * interval '10 seconds',
       left('Message ' || n || ': ' || repeat(md5('body ' || n) || ' ', 9), 300)
FROM generate_series(1, 200000) AS n;

INSERT INTO session_log
SELECT 5000000 + n, 20001 + n % 4, timestamptz '2023-01-01 00:00+00' + n * interval '5 minutes',
       '10.0.0.1', 'login'
FROM generate_series(1, 80) AS n;

VACUUM ANALYZE;
