-- Whose organisation is it? A webhook names one before any company's scope can be open (app/lookups.py; the rules are in
-- 0001_lookups.sql). Answers who has it connected now, or else who let go of it last.

GRANT SELECT (disconnected_at) ON connections TO countinghouse_lookup;
GRANT SELECT (xero_tenant_id, received_at) ON webhook_strays TO countinghouse_lookup;

CREATE FUNCTION lookup_organisations(wanted text[])
RETURNS TABLE (xero_tenant_id text, company_id uuid, company_name text, connection_id uuid, status text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT DISTINCT ON (x.xero_tenant_id) x.xero_tenant_id, x.company_id, c.name, x.id, x.status
    FROM connections x JOIN companies c ON c.id = x.company_id
   WHERE x.xero_tenant_id = ANY (wanted)
   ORDER BY x.xero_tenant_id, x.status = 'disconnected', x.disconnected_at DESC NULLS LAST
$$;

-- Organisations with kept events that a practice has connected meanwhile.
CREATE FUNCTION lookup_strays_to_hand_on(since timestamptz, up_to integer)
RETURNS TABLE (xero_tenant_id text, company_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT x.xero_tenant_id, x.company_id, x.id FROM connections x
   WHERE x.status = 'connected'
     AND EXISTS (SELECT FROM webhook_strays s WHERE s.xero_tenant_id = x.xero_tenant_id AND s.received_at >= since)
   LIMIT up_to
$$;

ALTER FUNCTION lookup_organisations(text[]) OWNER TO countinghouse_lookup;
ALTER FUNCTION lookup_strays_to_hand_on(timestamptz, integer) OWNER TO countinghouse_lookup;

REVOKE ALL ON FUNCTION lookup_organisations(text[]), lookup_strays_to_hand_on(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_organisations(text[]), lookup_strays_to_hand_on(timestamptz, integer)
  TO countinghouse_app, countinghouse_owner;
