-- The truth of a crash test: what events the database's own commits must lead to, worked out by the database in the same
-- transactions. What rolls back takes its truth with it. Nothing here knows the rules or the program: it is written a second
-- time, in another language, on purpose. Not in the publication.
--
-- `change` numbers row changes. Whoever changes an account holds its row until commit and takes the number while holding it,
-- so for one account numbers rise in commit order. One row change may be several events: they share the number.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

BEGIN;
DROP SCHEMA IF EXISTS truth CASCADE;
CREATE SCHEMA truth;
CREATE SEQUENCE truth.change;
CREATE TABLE truth.expected (
  change      bigint NOT NULL,
  transaction bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  event_type  text   NOT NULL,
  payload     jsonb  NOT NULL
);

CREATE FUNCTION truth.of_account() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
  base constant jsonb := jsonb_build_object(
    'account_id', NEW.account_id, 'version', NEW.version, 'banner', NEW.banner, 'jurisdiction', NEW.jurisdiction,
    'consent', NEW.consent, 'parent_id', NEW.parent_id);
  change bigint;
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO truth.expected (change, event_type, payload) VALUES (nextval('truth.change'), 'customer.created',
      base || jsonb_build_object('email', NEW.email, 'phone', NEW.phone, 'address', NEW.address, 'tier', NEW.tier,
                                 'created_at', NEW.created_at));
    RETURN NULL;
  END IF;
  change := nextval('truth.change');
  IF NEW.email IS DISTINCT FROM OLD.email THEN
    INSERT INTO truth.expected (change, event_type, payload) VALUES (change, 'customer.email_changed',
      base || jsonb_build_object('previous_email', OLD.email, 'email', NEW.email));
  END IF;
  IF NEW.phone IS DISTINCT FROM OLD.phone THEN
    INSERT INTO truth.expected (change, event_type, payload) VALUES (change, 'customer.phone_changed',
      base || jsonb_build_object('previous_phone', OLD.phone, 'phone', NEW.phone));
  END IF;
  IF NEW.address IS DISTINCT FROM OLD.address THEN
    INSERT INTO truth.expected (change, event_type, payload) VALUES (change, 'customer.address_changed',
      base || jsonb_build_object('previous_address', OLD.address, 'address', NEW.address));
  END IF;
  IF NEW.consent IS DISTINCT FROM OLD.consent THEN
    INSERT INTO truth.expected (change, event_type, payload) VALUES (change, 'customer.consent_changed',
      base || jsonb_build_object('previous_consent', OLD.consent));
  END IF;
  IF NEW.tier IS DISTINCT FROM OLD.tier THEN
    INSERT INTO truth.expected (change, event_type, payload) VALUES (change, 'customer.tier_changed',
      base || jsonb_build_object('previous_tier', OLD.tier, 'tier', NEW.tier));
  END IF;
  RETURN NULL;
END $$;

-- Context comes from the account itself, not from the stamp in the row: so a wrong stamp is found too.
CREATE FUNCTION truth.of_subscription() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
  account graph.account;
  base jsonb;
BEGIN
  IF TG_OP = 'DELETE' THEN
    base := jsonb_build_object(
      'account_id', OLD.account_id, 'version', OLD.version, 'banner', OLD.banner, 'jurisdiction', OLD.jurisdiction,
      'consent', OLD.consent, 'parent_id', OLD.parent_id, 'subscription_id', OLD.subscription_id, 'change', 'removed',
      'previous_plan', OLD.plan, 'plan', NULL, 'previous_status', OLD.status, 'status', NULL);
  ELSIF TG_OP = 'INSERT' OR NEW.plan <> OLD.plan OR NEW.status <> OLD.status THEN
    SELECT * INTO STRICT account FROM graph.account WHERE account_id = NEW.account_id;
    base := jsonb_build_object(
      'account_id', NEW.account_id, 'version', NEW.version, 'banner', account.banner, 'jurisdiction', account.jurisdiction,
      'consent', account.consent, 'parent_id', account.parent_id, 'subscription_id', NEW.subscription_id,
      'change', CASE TG_OP WHEN 'INSERT' THEN 'started' ELSE 'changed' END,
      'previous_plan', CASE TG_OP WHEN 'UPDATE' THEN OLD.plan END, 'plan', NEW.plan,
      'previous_status', CASE TG_OP WHEN 'UPDATE' THEN OLD.status END, 'status', NEW.status);
  ELSE
    RETURN NULL;
  END IF;
  INSERT INTO truth.expected (change, event_type, payload)
  VALUES (nextval('truth.change'), 'customer.subscription_changed', base);
  RETURN NULL;
END $$;

CREATE FUNCTION truth.of_deletion_request() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
  account graph.account;
BEGIN
  SELECT * INTO STRICT account FROM graph.account WHERE account_id = NEW.account_id;
  INSERT INTO truth.expected (change, event_type, payload)
  VALUES (nextval('truth.change'), 'customer.deletion_requested', jsonb_build_object(
    'account_id', NEW.account_id, 'version', NEW.version, 'banner', account.banner, 'jurisdiction', account.jurisdiction,
    'consent', account.consent, 'parent_id', account.parent_id, 'request_id', NEW.request_id, 'reason', NEW.reason,
    'requested_at', NEW.requested_at));
  RETURN NULL;
END $$;

CREATE TRIGGER truth AFTER INSERT OR UPDATE ON graph.account
  FOR EACH ROW EXECUTE FUNCTION truth.of_account();
CREATE TRIGGER truth AFTER INSERT OR UPDATE OR DELETE ON graph.subscription
  FOR EACH ROW EXECUTE FUNCTION truth.of_subscription();
CREATE TRIGGER truth AFTER INSERT ON graph.deletion_request
  FOR EACH ROW EXECUTE FUNCTION truth.of_deletion_request();
COMMIT;
