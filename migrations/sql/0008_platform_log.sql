-- The platform's log, and health with what a practice has stored (app/lookups.py); 0001_lookups.sql has the rules.

ALTER TABLE platform_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform_events FORCE ROW LEVEL SECURITY;
-- In a practice's scope its own rows; the platform's pages read all of them, in no scope.
CREATE POLICY company ON platform_events
  USING (coalesce(current_setting('app.company_id', true), '') = ''
         OR company_id = nullif(current_setting('app.company_id', true), '')::uuid)
  WITH CHECK (company_id = nullif(current_setting('app.company_id', true), '')::uuid);
-- The default privileges of roles.sql gave all four; a log is added to and read.
REVOKE UPDATE, DELETE, TRUNCATE ON platform_events FROM countinghouse_app;

GRANT SELECT (stored_rows, stored_bytes, stored_counted_at) ON companies TO countinghouse_lookup;

DROP FUNCTION lookup_company_healths(uuid, text, uuid, integer);

CREATE FUNCTION lookup_company_healths(only_one uuid, words text, beyond uuid, up_to integer)
RETURNS TABLE (company_id uuid, name text, suspended_at timestamptz, suspension_reason text, people bigint,
               clients bigint, open_requests bigint, connection_status text, organisation_name text,
               xero_tenant_id text, last_sync_at timestamptz, last_error text, last_error_at timestamptz,
               consecutive_errors integer, failed bigint, waiting bigint, cause_kinds text[],
               stored_rows bigint, stored_bytes bigint, stored_counted_at timestamptz)
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
                          WHERE o.company_id = c.id AND o.cause_id = k.id AND o.state = 'waiting')),
         c.stored_rows, c.stored_bytes, c.stored_counted_at
    FROM (SELECT every.id, every.name, every.suspended_at, every.suspension_reason,
                 every.stored_rows, every.stored_bytes, every.stored_counted_at FROM companies every
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

ALTER FUNCTION lookup_company_healths(uuid, text, uuid, integer) OWNER TO countinghouse_lookup;
REVOKE ALL ON FUNCTION lookup_company_healths(uuid, text, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_company_healths(uuid, text, uuid, integer) TO countinghouse_app, countinghouse_owner;
