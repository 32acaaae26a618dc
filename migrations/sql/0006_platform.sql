-- What the platform's pages ask across companies (app/lookups.py): see 0001_lookups.sql for the rules. Health comes a
-- page at a time, because counting is dear. A suspension's reason is told to the practice's own people only.

GRANT SELECT (suspension_reason) ON companies TO countinghouse_lookup;
GRANT SELECT (company_id, id, kind, resolved_at) ON causes TO countinghouse_lookup;
GRANT SELECT (cause_id) ON operations TO countinghouse_lookup;
GRANT SELECT (xero_tenant_id, last_error, last_error_at, consecutive_errors) ON connections TO countinghouse_lookup;
GRANT SELECT (company_id, user_id, opened_at) ON company_entries TO countinghouse_lookup;

CREATE POLICY lookup ON causes FOR SELECT TO countinghouse_lookup USING (true);
CREATE POLICY lookup ON company_entries FOR SELECT TO countinghouse_lookup USING (true);

DROP FUNCTION lookup_company_healths();
DROP FUNCTION lookup_places_of(uuid);

CREATE FUNCTION lookup_places_of(person uuid)
RETURNS TABLE (company_id uuid, company_name text, role text, suspended boolean, suspension_reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT c.id, c.name, m.role, c.suspended_at IS NOT NULL, c.suspension_reason
    FROM memberships m JOIN companies c ON c.id = m.company_id
   WHERE m.user_id = person AND m.active
   ORDER BY c.name, c.id
$$;

CREATE FUNCTION lookup_companies(words text, up_to integer)
RETURNS TABLE (company_id uuid, name text, suspended boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT c.id, c.name, c.suspended_at IS NOT NULL FROM companies c
   WHERE strpos(lower(c.name), lower(words)) > 0
   ORDER BY c.name, c.id
   LIMIT up_to
$$;

CREATE FUNCTION lookup_companies_visited(person uuid, up_to integer)
RETURNS TABLE (company_id uuid, name text, suspended boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT c.id, c.name, c.suspended_at IS NOT NULL
    FROM (SELECT e.company_id, max(e.opened_at) AS last FROM company_entries e
           WHERE e.user_id = person GROUP BY e.company_id) AS visits
    JOIN companies c ON c.id = visits.company_id
   ORDER BY visits.last DESC
   LIMIT up_to
$$;

CREATE FUNCTION lookup_company_healths(only_one uuid, words text, beyond uuid, up_to integer)
RETURNS TABLE (company_id uuid, name text, suspended_at timestamptz, suspension_reason text, people bigint,
               clients bigint, open_requests bigint, connection_status text, organisation_name text,
               xero_tenant_id text, last_sync_at timestamptz, last_error text, last_error_at timestamptz,
               consecutive_errors integer, failed bigint, waiting bigint, cause_kinds text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT c.id, c.name, c.suspended_at, c.suspension_reason,
         (SELECT count(*) FROM memberships m WHERE m.company_id = c.id AND m.active AND m.role <> 'client'),
         (SELECT count(*) FROM clients k WHERE k.company_id = c.id AND k.archived_at IS NULL),
         (SELECT count(*) FROM service_requests r
           WHERE r.company_id = c.id AND r.status NOT IN ('completed', 'cancelled')),
         x.status, x.organisation_name, x.xero_tenant_id, x.last_sync_at, x.last_error, x.last_error_at,
         x.consecutive_errors,
         (SELECT count(*) FROM operations o WHERE o.company_id = c.id AND o.state = 'failed'),
         (SELECT count(*) FROM operations o WHERE o.company_id = c.id AND o.state = 'waiting'),
         (SELECT coalesce(array_agg(k.kind ORDER BY k.kind), '{}') FROM causes k
           WHERE k.company_id = c.id AND k.resolved_at IS NULL
             AND EXISTS (SELECT FROM operations o
                          WHERE o.company_id = c.id AND o.cause_id = k.id AND o.state = 'waiting'))
    FROM (SELECT every.id, every.name, every.suspended_at, every.suspension_reason FROM companies every
           WHERE (only_one IS NULL OR every.id = only_one)
             AND (words = '' OR strpos(lower(every.name), lower(words)) > 0
                  OR EXISTS (SELECT FROM connections y
                              WHERE y.company_id = every.id AND y.status <> 'disconnected'
                                AND strpos(lower(y.organisation_name), lower(words)) > 0))
             AND (beyond IS NULL
                  OR (every.name, every.id) > (SELECT here.name, here.id FROM companies here WHERE here.id = beyond))
           ORDER BY every.name, every.id
           LIMIT up_to) AS c
    LEFT JOIN connections x ON x.company_id = c.id AND x.kind = 'accounting' AND x.status <> 'disconnected'
   ORDER BY c.name, c.id
$$;

ALTER FUNCTION lookup_places_of(uuid) OWNER TO countinghouse_lookup;
ALTER FUNCTION lookup_companies(text, integer) OWNER TO countinghouse_lookup;
ALTER FUNCTION lookup_companies_visited(uuid, integer) OWNER TO countinghouse_lookup;
ALTER FUNCTION lookup_company_healths(uuid, text, uuid, integer) OWNER TO countinghouse_lookup;

REVOKE ALL ON FUNCTION lookup_places_of(uuid), lookup_companies(text, integer),
  lookup_companies_visited(uuid, integer), lookup_company_healths(uuid, text, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_places_of(uuid), lookup_companies(text, integer),
  lookup_companies_visited(uuid, integer), lookup_company_healths(uuid, text, uuid, integer)
  TO countinghouse_app, countinghouse_owner;
