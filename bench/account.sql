-- The table of the benchmark: the account of the reference graph with its twelve busiest columns, without triggers, so that
-- what is measured is the reading and not the writing. Half-empty pages let updates stay on their page.
CREATE SCHEMA graph;

CREATE TABLE graph.account (
  account_id   uuid        PRIMARY KEY,
  version      bigint      NOT NULL,
  parent_id    uuid,
  banner       text        NOT NULL,
  jurisdiction text        NOT NULL,
  consent      jsonb,
  email        text,
  phone        text,
  address      jsonb,
  tier         text        NOT NULL,
  points       bigint      NOT NULL,
  updated_at   timestamptz NOT NULL
) WITH (fillfactor = 50);
ALTER TABLE graph.account REPLICA IDENTITY FULL;

-- Account number n, in the order of the numbers.
CREATE FUNCTION graph.account_id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT lpad(to_hex(n), 32, '0')::uuid $$;

INSERT INTO graph.account
SELECT graph.account_id(n), 1, graph.account_id(1000000 + n / 3), 'banner-' || chr(97 + n % 3), 'eu-de',
       '{"email": true, "phone": false, "profiling": true}', 'member' || n || '@example.org', '+49 30 ' || (5550000 + n),
       jsonb_build_object('street', n || ' Example Street', 'city', 'Berlin', 'postal_code', '10115', 'country', 'DE'),
       'standard', 0, now()
FROM generate_series(0, 9999) AS n;

CREATE PUBLICATION wakestream FOR TABLE graph.account;

-- `rows` updates, `size` of them in a transaction; each changes the tier, so that each becomes one event.
CREATE PROCEDURE graph.backlog(rows int, size int) LANGUAGE plpgsql AS $$
DECLARE
  first int := 0;
BEGIN
  FOR i IN 1 .. rows / size LOOP
    UPDATE graph.account
    SET version = version + 1, points = points + 10, updated_at = now(),
        tier = CASE tier WHEN 'gold' THEN 'standard' ELSE 'gold' END
    WHERE account_id BETWEEN graph.account_id(first) AND graph.account_id(first + size - 1);
    COMMIT;
    first := (first + size) % 10000;
  END LOOP;
END $$;
