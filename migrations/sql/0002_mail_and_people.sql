-- What mail and invitations need of the walls. Run by the migration as countinghouse_owner.

-- A mail with a company is that practice's; one without is a person's own and, like the person, nobody's.
ALTER TABLE mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE mails FORCE ROW LEVEL SECURITY;
CREATE POLICY company ON mails
  USING (company_id IS NULL OR company_id = nullif(current_setting('app.company_id', true), '')::uuid)
  WITH CHECK (company_id IS NULL OR company_id = nullif(current_setting('app.company_id', true), '')::uuid);

GRANT SELECT (id, company_id, state, not_before, rung_at) ON mails TO countinghouse_lookup;
GRANT SELECT (company_id, id, token_hash) ON invitations TO countinghouse_lookup;
CREATE POLICY lookup ON mails FOR SELECT TO countinghouse_lookup USING (true);
CREATE POLICY lookup ON invitations FOR SELECT TO countinghouse_lookup USING (true);

CREATE FUNCTION lookup_due_mails(up_to integer, rung_before timestamptz)
RETURNS TABLE (company_id uuid, mail_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT m.company_id, m.id FROM mails m
   WHERE m.state = 'queued' AND m.not_before <= now() AND m.rung_at < rung_before
   ORDER BY m.not_before, m.id
   LIMIT up_to
$$;

CREATE FUNCTION lookup_mail_counts() RETURNS TABLE (queued bigint, failed bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT count(*) FILTER (WHERE m.state = 'queued'), count(*) FILTER (WHERE m.state = 'failed') FROM mails m
   WHERE m.state IN ('queued', 'failed')
$$;

-- Whoever holds the link's secret may learn which invitation it is, and nothing else.
CREATE FUNCTION lookup_invitation(hash text) RETURNS TABLE (company_id uuid, invitation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT i.company_id, i.id FROM invitations i WHERE i.token_hash = hash $$;

ALTER FUNCTION lookup_due_mails(integer, timestamptz) OWNER TO countinghouse_lookup;
ALTER FUNCTION lookup_mail_counts() OWNER TO countinghouse_lookup;
ALTER FUNCTION lookup_invitation(text) OWNER TO countinghouse_lookup;

REVOKE ALL ON FUNCTION lookup_due_mails(integer, timestamptz), lookup_mail_counts(), lookup_invitation(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_due_mails(integer, timestamptz), lookup_mail_counts(), lookup_invitation(text)
  TO countinghouse_app, countinghouse_owner;
