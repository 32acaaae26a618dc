-- Deleting a practice for good. The application deletes a practice's rows itself, behind its wall; what it may only add
-- to (the logs), the practice's own row and the decision go by the two functions below. They belong to
-- countinghouse_eraser, a role that nobody logs in as, which may do just this: and only in the scope of that practice
-- (the policies hold for it, too), and only when the decision's delay is over by the database's clock.

-- The decision: the application cannot write when it was taken, nor when it counts, nor change who took it and why.
REVOKE INSERT, UPDATE, TRUNCATE ON company_closings FROM countinghouse_app;
GRANT INSERT (company_id, id, asked_by, asked_by_id, reason, before_suspended_at, before_suspension_reason,
              begun_at, people, counts, xero) ON company_closings TO countinghouse_app;
GRANT UPDATE (begun_at, people, counts, xero) ON company_closings TO countinghouse_app;
REVOKE DELETE ON companies FROM countinghouse_app;

GRANT SELECT, DELETE ON audit_events, audit_views, platform_events, company_closings, companies TO countinghouse_eraser;
GRANT INSERT ON platform_events TO countinghouse_eraser;

CREATE FUNCTION erase_logs(company uuid, up_to integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
DECLARE
  acts bigint;
  looks bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM company_closings c WHERE c.company_id = company AND c.erase_after <= now()) THEN
    RAISE EXCEPTION 'This practice is not to be deleted now';
  END IF;
  DELETE FROM audit_events e WHERE e.company_id = company AND e.id IN
    (SELECT i.id FROM audit_events i WHERE i.company_id = company ORDER BY i.sequence LIMIT up_to);
  GET DIAGNOSTICS acts = ROW_COUNT;
  DELETE FROM audit_views v WHERE v.company_id = company AND v.id IN
    (SELECT i.id FROM audit_views i WHERE i.company_id = company ORDER BY i.id LIMIT up_to);
  GET DIAGNOSTICS looks = ROW_COUNT;
  RETURN acts + looks;
END $$;

-- The last step. Whatever is left of the practice anywhere stops it by its foreign key.
CREATE FUNCTION erase_company(company uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
DECLARE
  closing company_closings%ROWTYPE;
  called text;
BEGIN
  SELECT * INTO closing FROM company_closings c WHERE c.company_id = company AND c.erase_after <= now();
  IF NOT FOUND OR EXISTS (SELECT FROM audit_events e WHERE e.company_id = company)
     OR EXISTS (SELECT FROM audit_views v WHERE v.company_id = company) THEN
    RAISE EXCEPTION 'This practice is not to be deleted now';
  END IF;
  SELECT c.name INTO called FROM companies c WHERE c.id = company;
  DELETE FROM platform_events p WHERE p.company_id = company;
  INSERT INTO platform_events (id, at, actor_id, actor_name, what, company_id, company_name, details)
  VALUES (gen_random_uuid(), now(), closing.asked_by_id, closing.asked_by, 'practice.deleted', company, called,
          jsonb_build_object('reason', closing.reason, 'asked_at', closing.asked_at, 'xero', closing.xero,
                             'rows', closing.counts));
  DELETE FROM company_closings c WHERE c.company_id = company;
  DELETE FROM companies c WHERE c.id = company;
END $$;

ALTER FUNCTION erase_logs(uuid, integer) OWNER TO countinghouse_eraser;
ALTER FUNCTION erase_company(uuid) OWNER TO countinghouse_eraser;
REVOKE ALL ON FUNCTION erase_logs(uuid, integer), erase_company(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_logs(uuid, integer), erase_company(uuid) TO countinghouse_app;

-- What the clock and the platform's list ask (app/lookups.py); 0001_lookups.sql has the rules.
GRANT SELECT (company_id, erase_after) ON company_closings TO countinghouse_lookup;
CREATE POLICY lookup ON company_closings FOR SELECT TO countinghouse_lookup USING (true);

CREATE FUNCTION lookup_closings() RETURNS TABLE (company_id uuid, erase_after timestamptz, due boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT c.company_id, c.erase_after, c.erase_after <= now() FROM company_closings c ORDER BY c.erase_after $$;

-- Who of these has no place in any practice, not even one that was ended, and visited none.
CREATE FUNCTION lookup_belong_nowhere(people uuid[]) RETURNS TABLE (person uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
  SELECT one FROM unnest(people) AS one
   WHERE NOT EXISTS (SELECT FROM memberships m WHERE m.user_id = one)
     AND NOT EXISTS (SELECT FROM company_entries e WHERE e.user_id = one)
$$;

ALTER FUNCTION lookup_closings() OWNER TO countinghouse_lookup;
ALTER FUNCTION lookup_belong_nowhere(uuid[]) OWNER TO countinghouse_lookup;
REVOKE ALL ON FUNCTION lookup_closings(), lookup_belong_nowhere(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_closings(), lookup_belong_nowhere(uuid[]) TO countinghouse_app, countinghouse_owner;
