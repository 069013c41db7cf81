-- A row of the snapshot becomes one event with what most consumers want of an account.
CREATE VIEW customer.listed AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.parent_id,
       new.email, new.phone, new.address, new.tier
FROM   graph.account
WHERE  op = 'SNAPSHOT';
