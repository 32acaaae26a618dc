-- The four roles of Countinghouse and what each may do. Run once per database, by its administrator, before the
-- first migration, and again whenever this file changes; running it twice changes nothing.
--
--   createdb countinghouse
--   psql --single-transaction --set ON_ERROR_STOP=1 --dbname countinghouse --file migrations/roles.sql
--
-- Needs PostgreSQL 15 or later and a role that may create roles and owns the database (a managed service's
-- administrator is enough, a superuser is not needed). No password stands here: give the two that log in one each,
-- with \password countinghouse_owner and \password countinghouse_app, as your service asks.
--
--   countinghouse_owner   owns the tables and runs the migrations           DATABASE_OWNER_URL
--   countinghouse_app     web, worker and clock; owns nothing, so that      DATABASE_URL
--                         row-level security holds for it
--   countinghouse_lookup  owns the few reviewed functions that look across companies; nobody logs in as it
--   countinghouse_eraser  owns the two reviewed functions that end a practice's logs and its row, when its delay is
--                         over; nobody logs in as it

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'countinghouse_owner') THEN
    CREATE ROLE countinghouse_owner LOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'countinghouse_app') THEN
    CREATE ROLE countinghouse_app LOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'countinghouse_lookup') THEN
    CREATE ROLE countinghouse_lookup NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'countinghouse_eraser') THEN
    CREATE ROLE countinghouse_eraser NOLOGIN;
  END IF;
END $$;

-- The owner may make functions that belong to these two. Whoever runs this file must be able to speak
-- for the owner to set its default privileges below; for a superuser the grant changes nothing.
GRANT countinghouse_lookup, countinghouse_eraser TO countinghouse_owner;
DO $$
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    GRANT countinghouse_owner TO CURRENT_USER;
  END IF;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO countinghouse_owner, countinghouse_app, countinghouse_lookup, countinghouse_eraser;
-- A function can only be given to a role that may create in its schema: the owner lends the two that have some that for
-- as long as migrations run (migrations/env.py). Otherwise it makes nothing.
REVOKE CREATE ON SCHEMA public FROM countinghouse_lookup, countinghouse_eraser;
DO $$
BEGIN
  -- Not twice: whoever belongs to the owner would then be passing the owner's own right back to it.
  IF NOT has_schema_privilege('countinghouse_owner', 'public', 'CREATE WITH GRANT OPTION') THEN
    GRANT CREATE ON SCHEMA public TO countinghouse_owner WITH GRANT OPTION;
  END IF;
END $$;
-- Nor does anybody but the administrator make temporary tables here: nothing needs them, and the names in them come
-- before ours wherever a search path is forgotten.
DO $$
BEGIN
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;

-- Tables to come: rows may be read and changed by the application, but not emptied at a stroke (TRUNCATE does not
-- ask row-level security), nor pointed at from other tables, nor given triggers. A function is nobody's until its
-- migration grants it.
ALTER DEFAULT PRIVILEGES FOR ROLE countinghouse_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO countinghouse_app;
ALTER DEFAULT PRIVILEGES FOR ROLE countinghouse_owner IN SCHEMA public
  GRANT USAGE ON SEQUENCES TO countinghouse_app;

-- A page that hangs must not hold a row for others: no statement runs, waits for a lock or sits in an open
-- transaction for ever. The last is the longest because a token is refreshed while its row is locked.
ALTER ROLE countinghouse_app SET statement_timeout = '30s';
ALTER ROLE countinghouse_app SET lock_timeout = '15s';
ALTER ROLE countinghouse_app SET idle_in_transaction_session_timeout = '60s';
-- A migration that waits for a busy table makes everybody behind it wait: better it gives up and is run again.
ALTER ROLE countinghouse_owner SET lock_timeout = '15s';

-- The walls stand only if these hold, whoever made the roles.
DO $$
DECLARE
  strong text;
BEGIN
  SELECT string_agg(rolname, ', ') INTO strong FROM pg_roles
   WHERE rolname IN ('countinghouse_app', 'countinghouse_lookup', 'countinghouse_eraser', 'countinghouse_owner')
     AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication);
  IF strong IS NOT NULL THEN
    RAISE EXCEPTION 'These roles must not be SUPERUSER, BYPASSRLS, CREATEROLE or REPLICATION: %', strong;
  END IF;
  IF pg_has_role('countinghouse_app', 'countinghouse_owner', 'MEMBER')
     OR pg_has_role('countinghouse_app', 'countinghouse_lookup', 'MEMBER')
     OR pg_has_role('countinghouse_app', 'countinghouse_eraser', 'MEMBER') THEN
    RAISE EXCEPTION 'countinghouse_app must not be a member of the owner, lookup or eraser role.';
  END IF;
END $$;
