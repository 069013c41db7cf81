-- The eight customer events that come from single row changes. A view is an event type: its columns are the payload.
-- `old`, `new` and `op` are what they are in a trigger. Personal data is tagged below each view.

CREATE VIEW customer.created AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.parent_id,
       new.email, new.phone, new.address, new.tier, new.created_at
FROM   graph.account
WHERE  op = 'INSERT';

COMMENT ON COLUMN customer.created.email   IS 'pii: user.contact.email';
COMMENT ON COLUMN customer.created.phone   IS 'pii: user.contact.phone_number';
COMMENT ON COLUMN customer.created.address IS 'pii: user.contact.address';


CREATE VIEW customer.email_changed AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.parent_id,
       old.email AS previous_email, new.email
FROM   graph.account
WHERE  op = 'UPDATE' AND old.email IS DISTINCT FROM new.email;

COMMENT ON COLUMN customer.email_changed.previous_email IS 'pii: user.contact.email';
COMMENT ON COLUMN customer.email_changed.email          IS 'pii: user.contact.email';


CREATE VIEW customer.phone_changed AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.parent_id,
       old.phone AS previous_phone, new.phone
FROM   graph.account
WHERE  op = 'UPDATE' AND old.phone IS DISTINCT FROM new.phone;

COMMENT ON COLUMN customer.phone_changed.previous_phone IS 'pii: user.contact.phone_number';
COMMENT ON COLUMN customer.phone_changed.phone          IS 'pii: user.contact.phone_number';


CREATE VIEW customer.address_changed AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.parent_id,
       old.address AS previous_address, new.address
FROM   graph.account
WHERE  op = 'UPDATE' AND old.address IS DISTINCT FROM new.address;

COMMENT ON COLUMN customer.address_changed.previous_address IS 'pii: user.contact.address';
COMMENT ON COLUMN customer.address_changed.address          IS 'pii: user.contact.address';


CREATE VIEW customer.consent_changed AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.parent_id,
       old.consent AS previous_consent
FROM   graph.account
WHERE  op = 'UPDATE' AND old.consent IS DISTINCT FROM new.consent;


CREATE VIEW customer.tier_changed AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.parent_id,
       old.tier AS previous_tier, new.tier
FROM   graph.account
WHERE  op = 'UPDATE' AND old.tier <> new.tier;


-- A deleted row has no new image: what the event needs comes from the old one. Each is chosen by op and not by COALESCE,
-- because a consent that became NULL must not fall back to what it was.
CREATE VIEW customer.subscription_changed AS
SELECT CASE WHEN op = 'DELETE' THEN old.account_id   ELSE new.account_id   END AS account_id,
       CASE WHEN op = 'DELETE' THEN old.version      ELSE new.version      END AS version,
       CASE WHEN op = 'DELETE' THEN old.banner       ELSE new.banner       END AS banner,
       CASE WHEN op = 'DELETE' THEN old.jurisdiction ELSE new.jurisdiction END AS jurisdiction,
       CASE WHEN op = 'DELETE' THEN old.consent      ELSE new.consent      END AS consent,
       CASE WHEN op = 'DELETE' THEN old.parent_id    ELSE new.parent_id    END AS parent_id,
       CASE op WHEN 'INSERT' THEN 'started' WHEN 'DELETE' THEN 'removed' ELSE 'changed' END AS change,
       CASE WHEN op = 'DELETE' THEN old.subscription_id ELSE new.subscription_id END AS subscription_id,
       old.plan   AS previous_plan,   new.plan,
       old.status AS previous_status, new.status
FROM   graph.subscription
WHERE  op IN ('INSERT', 'DELETE')
   OR  (op = 'UPDATE' AND (old.plan <> new.plan OR old.status <> new.status));


CREATE VIEW customer.deletion_requested AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.parent_id,
       new.request_id, new.reason, new.requested_at
FROM   graph.deletion_request
WHERE  op = 'INSERT';
