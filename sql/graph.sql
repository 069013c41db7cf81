-- The reference customer graph: the part that capture needs. setup.sql loads it; it can be loaded again at any time.
--
-- One account is one customer at one banner; accounts of one person or household share a parent. Every change of an account,
-- of its subscriptions and of its deletion requests raises the account's version, so an account's changes have one order,
-- and whoever changes an account holds its row until commit: version order is commit order.
--
-- What an event needs to be judged by (banner, jurisdiction, consent, parent) stands in each row itself, stamped by trigger:
-- an event never looks it up later, when it may be another.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

BEGIN;

CREATE SCHEMA IF NOT EXISTS graph;

CREATE TABLE IF NOT EXISTS graph.account (
  account_id   uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  version      bigint      NOT NULL,
  parent_id    uuid,
  banner       text        NOT NULL,
  jurisdiction text        NOT NULL,
  consent      jsonb,                  -- NULL: unknown, and so withheld
  email        text,
  phone        text,
  address      jsonb,
  tier         text        NOT NULL DEFAULT 'standard',
  points       bigint      NOT NULL DEFAULT 0,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS graph.subscription (
  subscription_id uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  account_id      uuid        NOT NULL REFERENCES graph.account,
  version         bigint      NOT NULL,
  parent_id       uuid,
  banner          text        NOT NULL,
  jurisdiction    text        NOT NULL,
  consent         jsonb,
  plan            text        NOT NULL,
  status          text        NOT NULL DEFAULT 'active',
  started_on      date        NOT NULL DEFAULT current_date,
  updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS subscription_by_account ON graph.subscription (account_id);

CREATE TABLE IF NOT EXISTS graph.deletion_request (
  request_id   uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  account_id   uuid        NOT NULL REFERENCES graph.account,
  version      bigint      NOT NULL,
  parent_id    uuid,
  banner       text        NOT NULL,
  jurisdiction text        NOT NULL,
  consent      jsonb,
  reason       text        NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS deletion_request_by_account ON graph.deletion_request (account_id);

-- Rules compare old with new, and a deleted row must still say whose it was: the whole old row has to be in the WAL.
ALTER TABLE graph.account          REPLICA IDENTITY FULL;
ALTER TABLE graph.subscription     REPLICA IDENTITY FULL;
ALTER TABLE graph.deletion_request REPLICA IDENTITY FULL;

CREATE OR REPLACE FUNCTION graph.raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.version := 1;
  ELSE
    NEW.version := OLD.version + 1;
    NEW.updated_at := now();
  END IF;
  RETURN NEW;
END $$;

-- Raises the account's version, which also locks the account until commit, and copies what an event is judged by.
CREATE OR REPLACE FUNCTION graph.stamp_from_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE graph.account SET updated_at = now() WHERE account_id = NEW.account_id
  RETURNING version, parent_id, banner, jurisdiction, consent
  INTO NEW.version, NEW.parent_id, NEW.banner, NEW.jurisdiction, NEW.consent;
  IF NOT FOUND THEN
    RAISE foreign_key_violation USING MESSAGE = format('%I.%I: there is no such account', TG_TABLE_SCHEMA, TG_TABLE_NAME);
  END IF;
  RETURN NEW;
END $$;

-- A deleted row keeps the stamp of its last change; the account moves on all the same.
CREATE OR REPLACE FUNCTION graph.touch_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE graph.account SET updated_at = now() WHERE account_id = OLD.account_id;
  RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER raise_version BEFORE INSERT OR UPDATE ON graph.account
  FOR EACH ROW EXECUTE FUNCTION graph.raise_version();
CREATE OR REPLACE TRIGGER stamp_from_account BEFORE INSERT OR UPDATE ON graph.subscription
  FOR EACH ROW EXECUTE FUNCTION graph.stamp_from_account();
CREATE OR REPLACE TRIGGER touch_account BEFORE DELETE ON graph.subscription
  FOR EACH ROW EXECUTE FUNCTION graph.touch_account();
CREATE OR REPLACE TRIGGER stamp_from_account BEFORE INSERT OR UPDATE ON graph.deletion_request
  FOR EACH ROW EXECUTE FUNCTION graph.stamp_from_account();

COMMIT;
