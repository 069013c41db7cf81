CREATE VIEW c.e AS SELECT new.account_id, NULL AS version, 'b' AS banner, 'EU' AS jurisdiction, NULL AS consent, CASE new.i WHEN -1 THEN 'a' ELSE new.c END || new.i AS x, new.j -> 'a' ->> 0 AS y,
  COALESCE(new.t::integer, 5) NOT BETWEEN 1 AND 2 AS z, CAST(NOT new.b AS text) AS u FROM t.a WHERE new.i IN (1, 2, NULL) OR new.n = old.n;
CREATE VIEW c.n AS SELECT new.account_id, NULL AS version, 'b' AS banner, 'EU' AS jurisdiction, NULL AS consent, round(new.n * new.i / 3.0 + -new.n % 7, 2) AS x,
  trunc(abs(new.n), -1) - ceil(floor(new.n + '1.5')) AS y, sign(+new.n) AS z, mod(new.i, new.n) || div(new.n, 2)::text || scale(trim_scale(new.n)) AS u, 1e131071 * 10 AS v FROM t.a;
CREATE VIEW c.m AS SELECT new.account_id, NULL AS version, 'b' AS banner, 'EU' AS jurisdiction, NULL AS consent, new.d + interval '1 mon -1 day' - '04:05'::interval AS x,
  extract(YEAR FROM new.tz AT TIME ZONE 'UTC') AS y, date_trunc('week', new.ts - new.iv) AS z, (new.tz - old.tz) * 3 > '1 day' AS u, -(interval '2 weeks 1.5 secs') || 'a' AS v FROM t.a;
CREATE VIEW c.p AS SELECT new.account_id, NULL AS version, 'b' AS banner, 'EU' AS jurisdiction, NULL AS consent, lpad(new.t, 5, '*') || rpad('a', new.i) || repeat(new.t, 3) AS x,
  new.n::numeric(12, 2) AS y, CAST(new.t AS varchar(20)) ^@ 'a' AS z, new.b IS NOT TRUE AS u, jsonb_typeof(new.j) AS v, 1.5::numeric(3, -1) AS w FROM t.a WHERE new.b IS UNKNOWN;
