-- The target of row f: account 1 has photos of 16 MB each (put in by bench/package.py), account 2
-- a medical file of 500 pages, account 3 little of both.
CREATE TABLE account (
  id bigint PRIMARY KEY, first_name text, surname text, birth_date date, email text
);
CREATE UNLOGGED TABLE photo (
  id bigint PRIMARY KEY, account_id bigint, name text, type text, content bytea
);
ALTER TABLE photo ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE TABLE entry (id bigint PRIMARY KEY, account_id bigint, at timestamptz, words text);
INSERT INTO account
SELECT n, 'Noor', 'Voorbeeld-' || n, date '1980-01-01' + n, 'noor' || n || '@example.com'
FROM generate_series(1, 3) AS n;
INSERT INTO entry
SELECT n, CASE WHEN n <= 3300 THEN 2 ELSE 3 END,
       timestamptz '2010-01-01 09:00+00' + n * interval '20 hours',
       'Consult ' || n || ': ' || repeat('klachten van de knie bij traplopen, geen zwelling; ', 6)
FROM generate_series(1, 3305) AS n;
CREATE INDEX photo_account ON photo (account_id);
CREATE INDEX entry_account ON entry (account_id);
VACUUM ANALYZE;
