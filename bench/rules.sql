-- Five rules look at every update, as those of the reference graph do; one of them matches.
CREATE VIEW customer.email_changed AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.parent_id,
       old.email AS previous_email, new.email
FROM   graph.account
WHERE  op = 'UPDATE' AND old.email IS DISTINCT FROM new.email;

CREATE VIEW customer.phone_changed AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.parent_id,
       old.phone AS previous_phone, new.phone
FROM   graph.account
WHERE  op = 'UPDATE' AND old.phone IS DISTINCT FROM new.phone;

CREATE VIEW customer.address_changed AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.parent_id,
       old.address AS previous_address, new.address
FROM   graph.account
WHERE  op = 'UPDATE' AND old.address IS DISTINCT FROM new.address;

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
