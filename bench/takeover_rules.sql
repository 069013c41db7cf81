-- A row of a table that has no banner of its own: its event joins the account context.
CREATE VIEW customer.visited AS
SELECT new.account_id, NULL AS version, context.banner, context.jurisdiction, context.consent, new.visit_id
FROM   graph.visit JOIN context USING (account_id)
WHERE  op = 'INSERT';
