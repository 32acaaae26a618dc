-- Which exports need a worker or have run out (app/lookups.py); 0001_lookups.sql has the rules.

GRANT SELECT (company_id, id, state, rung_at, lease_until, expires_at) ON company_exports TO countinghouse_lookup;
CREATE POLICY lookup ON company_exports FOR SELECT TO countinghouse_lookup USING (true);

CREATE FUNCTION lookup_due_exports(ring_again double precision)
RETURNS TABLE (company_id uuid, export_id uuid, run_out boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT e.company_id, e.id, e.state = 'ready' FROM company_exports e
   WHERE (e.state = 'queued' AND e.rung_at < now() - make_interval(secs => ring_again))
      OR (e.state = 'running' AND e.lease_until < now())
      OR (e.state = 'ready' AND e.expires_at < now())
   ORDER BY e.rung_at, e.id
$$;

ALTER FUNCTION lookup_due_exports(double precision) OWNER TO countinghouse_lookup;
REVOKE ALL ON FUNCTION lookup_due_exports(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_due_exports(double precision) TO countinghouse_app, countinghouse_owner;
