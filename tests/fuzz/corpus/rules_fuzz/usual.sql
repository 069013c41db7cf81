CREATE VIEW c.e AS SELECT new.account_id, NULL AS version, 'b' AS banner, 'EU' AS jurisdiction, NULL AS consent, old.t AS was, new.t FROM t.a WHERE op = 'UPDATE' AND old.t IS DISTINCT FROM new.t;
COMMENT ON COLUMN c.e.t IS 'pii: user.email';
COMMENT ON VIEW c.e IS 'a change';
