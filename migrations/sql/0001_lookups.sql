-- The reviewed functions that look across companies (app/lookups.py). Each belongs to countinghouse_lookup, a role
-- that may read only the columns granted here, answers ids, names of practices and counts, and runs with a pinned
-- search path (temporary tables last, or one of the caller's would stand before ours). Run by the migrations as
-- countinghouse_owner.

GRANT SELECT (id, name, suspended_at) ON companies TO countinghouse_lookup;
GRANT SELECT (company_id, id, user_id, role, active) ON memberships TO countinghouse_lookup;
GRANT SELECT (company_id, id, state, priority, not_before, rung_at, lease_until, created_at) ON operations TO countinghouse_lookup;
GRANT SELECT (company_id, id, archived_at) ON clients TO countinghouse_lookup;
GRANT SELECT (company_id, id, status) ON service_requests TO countinghouse_lookup;
GRANT SELECT (company_id, id, kind, status, organisation_name, last_sync_at) ON connections TO countinghouse_lookup;

CREATE POLICY lookup ON companies FOR SELECT TO countinghouse_lookup USING (true);
CREATE POLICY lookup ON memberships FOR SELECT TO countinghouse_lookup USING (true);
CREATE POLICY lookup ON operations FOR SELECT TO countinghouse_lookup USING (true);
CREATE POLICY lookup ON clients FOR SELECT TO countinghouse_lookup USING (true);
CREATE POLICY lookup ON service_requests FOR SELECT TO countinghouse_lookup USING (true);
CREATE POLICY lookup ON connections FOR SELECT TO countinghouse_lookup USING (true);

CREATE FUNCTION lookup_any_company() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT EXISTS (SELECT FROM companies) $$;

CREATE FUNCTION lookup_company_ids() RETURNS TABLE (company_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT id FROM companies WHERE suspended_at IS NULL ORDER BY id $$;

CREATE FUNCTION lookup_places_of(person uuid)
RETURNS TABLE (company_id uuid, company_name text, role text, suspended boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT c.id, c.name, m.role, c.suspended_at IS NOT NULL
    FROM memberships m JOIN companies c ON c.id = m.company_id
   WHERE m.user_id = person AND m.active
   ORDER BY c.name, c.id
$$;

-- At most five of a company are in workers' hands at once (Xero allows an organisation five calls at once), and four of
-- them for what nobody waits for.
CREATE FUNCTION lookup_due_operations(up_to integer, ring_again double precision, parked uuid[], parked_bulk uuid[])
RETURNS TABLE (company_id uuid, operation_id uuid, priority integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT c.id, due.id, due.priority
    FROM companies c
   CROSS JOIN LATERAL (
         SELECT count(*) AS busy FROM operations r
          WHERE r.company_id = c.id AND r.state = 'running' AND r.lease_until > now()) AS hands
   CROSS JOIN LATERAL (
         SELECT o.id, o.priority, o.not_before, o.rung_at,
                row_number() OVER (ORDER BY o.priority, o.not_before, o.id) + hands.busy AS place
           FROM (SELECT x.id, x.priority, x.not_before, x.rung_at FROM operations x
                  WHERE x.company_id = c.id AND x.state IN ('queued', 'retry') AND x.not_before <= now()
                    AND (x.priority <= 10 OR c.id <> ALL (parked_bulk))
                  ORDER BY x.priority, x.not_before, x.id
                  LIMIT 5) AS o
          UNION ALL
         SELECT a.id, a.priority, a.not_before, a.rung_at, 0 FROM operations a
          WHERE a.company_id = c.id AND a.state = 'running' AND a.lease_until <= now()) AS due
   WHERE c.suspended_at IS NULL AND c.id <> ALL (parked)
     AND due.rung_at < now() - make_interval(secs => ring_again)
     AND due.place <= CASE WHEN due.priority <= 10 THEN 5 ELSE 4 END
   ORDER BY due.place, due.priority, due.not_before
   LIMIT up_to
$$;

CREATE FUNCTION lookup_company_healths()
RETURNS TABLE (company_id uuid, name text, suspended_at timestamptz, people bigint, clients bigint,
               open_requests bigint, connection_status text, organisation_name text, last_sync_at timestamptz,
               failed bigint, waiting bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT c.id, c.name, c.suspended_at,
         (SELECT count(*) FROM memberships m WHERE m.company_id = c.id AND m.active AND m.role <> 'client'),
         (SELECT count(*) FROM clients k WHERE k.company_id = c.id AND k.archived_at IS NULL),
         (SELECT count(*) FROM service_requests r
           WHERE r.company_id = c.id AND r.status NOT IN ('completed', 'cancelled')),
         x.status, x.organisation_name, x.last_sync_at,
         (SELECT count(*) FROM operations o WHERE o.company_id = c.id AND o.state = 'failed'),
         (SELECT count(*) FROM operations o WHERE o.company_id = c.id AND o.state = 'waiting')
    FROM companies c
    LEFT JOIN connections x ON x.company_id = c.id AND x.kind = 'accounting' AND x.status <> 'disconnected'
   ORDER BY c.name, c.id
$$;

ALTER FUNCTION lookup_any_company() OWNER TO countinghouse_lookup;
ALTER FUNCTION lookup_company_ids() OWNER TO countinghouse_lookup;
ALTER FUNCTION lookup_places_of(uuid) OWNER TO countinghouse_lookup;
ALTER FUNCTION lookup_due_operations(integer, double precision, uuid[], uuid[]) OWNER TO countinghouse_lookup;
ALTER FUNCTION lookup_company_healths() OWNER TO countinghouse_lookup;

REVOKE ALL ON FUNCTION lookup_any_company(), lookup_company_ids(), lookup_places_of(uuid),
  lookup_due_operations(integer, double precision, uuid[], uuid[]), lookup_company_healths() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_any_company(), lookup_company_ids(), lookup_places_of(uuid),
  lookup_due_operations(integer, double precision, uuid[], uuid[]), lookup_company_healths() TO countinghouse_app, countinghouse_owner;
