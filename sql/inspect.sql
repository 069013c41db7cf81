-- What a person wants to know about wakestream's side of a database. Reads only.
--
--   psql -d yourdb -f sql/inspect.sql
--   psql -d yourdb -v slot=other -v publication=other -f sql/inspect.sql
\set ON_ERROR_STOP on
\pset footer off
\pset null '-'
\if :{?slot}
\else
  \set slot wakestream
\endif
\if :{?publication}
\else
  \set publication wakestream
\endif

\echo
\echo 'Server'
SELECT split_part(version(), ' ', 2)              AS postgresql,
       current_database()                         AS database,
       current_setting('wal_level')               AS wal_level,
       CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END AS is,
       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS wal_position,
       current_setting('max_slot_wal_keep_size')  AS slot_wal_limit;

\echo 'Slot: what PostgreSQL keeps for wakestream'
SELECT :'slot' AS slot_name,
       CASE WHEN s.slot_name IS NULL THEN 'there is no such slot'
            WHEN s.active THEN format('yes, pid %s', s.active_pid) ELSE 'no' END AS active,
       s.confirmed_flush_lsn                                                     AS confirmed,
       pg_size_pretty(pg_wal_lsn_diff(w.at, s.confirmed_flush_lsn))              AS not_confirmed,
       pg_size_pretty(pg_wal_lsn_diff(w.at, s.restart_lsn))                      AS wal_kept,
       s.wal_status
FROM (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS at) w
LEFT JOIN pg_replication_slots s ON s.slot_name = :'slot';

\echo 'Who streams from it'
SELECT r.pid, r.usename AS role, coalesce(host(r.client_addr), 'socket') AS client, r.application_name AS application,
       date_trunc('second', now() - r.backend_start) AS connected_for, r.state,
       pg_size_pretty(pg_wal_lsn_diff(r.sent_lsn, r.flush_lsn)) AS sent_not_confirmed
FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid
WHERE s.slot_name = :'slot';

\echo 'Publication: what is sent'
SELECT p.pubname AS publication, t.schemaname || '.' || t.tablename AS table,
       CASE c.relreplident WHEN 'f' THEN 'full' WHEN 'd' THEN 'primary key' WHEN 'i' THEN 'index' ELSE 'nothing' END AS old_rows_hold,
       concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                 CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END) AS changes
FROM pg_publication p
LEFT JOIN pg_publication_tables t USING (pubname)
LEFT JOIN pg_class c ON c.oid = to_regclass(format('%I.%I', t.schemaname, t.tablename))
WHERE p.pubname = :'publication'
ORDER BY 2;

\echo 'Role'
SELECT rolname AS role, rolcanlogin AS may_login, rolreplication AS may_replicate, rolsuper AS superuser
FROM pg_roles WHERE rolname = 'wakestream';
