-- Prepares a database for wakestream: the reference customer graph, the role that wakestream connects as, and the publication
-- that says which tables it is sent.
--
--   psql -d yourdb -f sql/setup.sql
--   psql -d yourdb -v snapshot=1 -f sql/setup.sql                     (and it may read them: for `wakestream snapshot`)
--   psql -d yourdb -v password="$(cat secret)" -f sql/setup.sql       (the role's password; else set it by other means)
--
-- Run it as a superuser, once or many times: it makes what is missing and corrects what differs. The server needs
-- wal_level = logical. The slot is made later, by `wakestream run`: a slot can send only what was published when it was made.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

\ir graph.sql

BEGIN;

-- REPLICATION is all that streaming takes. The role owns nothing and, without `snapshot`, may read no table by SQL.
SELECT 'CREATE ROLE wakestream' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wakestream') \gexec
ALTER ROLE wakestream LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
\if :{?password}
  ALTER ROLE wakestream PASSWORD :'password';
\endif
SELECT format('GRANT CONNECT ON DATABASE %I TO wakestream', current_database()) \gexec

-- A snapshot reads them; streaming does not need it.
\if :{?snapshot}
  GRANT USAGE ON SCHEMA graph TO wakestream;
  GRANT SELECT ON graph.account, graph.subscription, graph.deletion_request TO wakestream;
\endif

-- Exactly these tables, and every kind of change: what a publication leaves out is missing in the stream without a word.
SELECT 'CREATE PUBLICATION wakestream' WHERE NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'wakestream') \gexec
ALTER PUBLICATION wakestream SET TABLE graph.account, graph.subscription, graph.deletion_request;
ALTER PUBLICATION wakestream SET (publish = 'insert, update, delete, truncate', publish_via_partition_root = true);

COMMIT;
