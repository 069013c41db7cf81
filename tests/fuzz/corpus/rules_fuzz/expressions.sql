CREATE VIEW c.e AS SELECT new.account_id, NULL AS version, 'b' AS banner, 'EU' AS jurisdiction, NULL AS consent, CASE new.i WHEN -1 THEN 'a' ELSE new.c END || new.i AS x, new.j -> 'a' ->> 0 AS y,
  COALESCE(new.t::integer, 5) NOT BETWEEN 1 AND 2 AS z, CAST(NOT new.b AS text) AS u FROM t.a WHERE new.i IN (1, 2, NULL) OR new.n = old.n;
