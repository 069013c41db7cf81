-- Takes wakestream out of a database again, in the order that is safe: the slot first, because a slot that nobody reads keeps
-- WAL until the disk is full.
--
--   psql -d yourdb -f sql/teardown.sql
--   psql -d yourdb -v drop_graph=yes -f sql/teardown.sql      (the reference customer graph too, with everything in it)
--
-- Stop wakestream first: a slot that is in use is not dropped, and then nothing else is. Can be run again.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
\if :{?slot}
\else
  \set slot wakestream
\endif

SELECT pg_drop_replication_slot(slot_name) AS dropped
FROM pg_replication_slots WHERE slot_name = :'slot' AND database = current_database() \g /dev/null

BEGIN;
DROP PUBLICATION IF EXISTS wakestream;
-- Its rights in this database go; a role with rights in another database stays, and the error names them.
SELECT 'DROP OWNED BY wakestream' WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = 'wakestream') \gexec
DROP ROLE IF EXISTS wakestream;
\if :{?drop_graph}
  DROP SCHEMA IF EXISTS graph CASCADE;
\endif
COMMIT;
