-- The words that a client is found by, kept by triggers so that whoever writes a client, one or ten thousand, need not
-- think of it. The signs between words are named one by one: what counts as a letter would else depend on the locale.
-- `app/clients/search.py` cuts what is typed in the same way.

CREATE FUNCTION client_words_of(sort_name text, number text, email text, phones text[]) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$
  WITH signs (these) AS (
    VALUES ('[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f]+')
  ), said AS (
    SELECT regexp_split_to_table(
             regexp_replace(normalize(sort_name, NFKD), '[\u0300-\u036f]', '', 'g'), '\s+') AS word
    UNION ALL
    SELECT lower(number) WHERE number !~ '^[A-Z0-9]+-C[0-9]+$'
    UNION ALL
    SELECT lower(split_part(email, '@', 1)) WHERE email <> ''
  ), calls AS (
    SELECT call, part, place
      FROM unnest(phones) WITH ORDINALITY AS every (phone, call),
           regexp_split_to_table(every.phone, '[^0-9]+') WITH ORDINALITY AS parts (part, place)
     WHERE part <> ''
  ), words (word) AS (
    SELECT regexp_split_to_table(said.word, signs.these) FROM said, signs
    UNION ALL
    SELECT regexp_replace(said.word, signs.these, '', 'g') FROM said, signs
    UNION ALL
    SELECT regexp_replace(lower(address), signs.these, '', 'g')
      FROM signs, unnest(ARRAY[email, split_part(email, '@', 2)]) AS address
    UNION ALL
    SELECT '#' || form
      FROM unnest(ARRAY[lower(replace(number, '-', '')), 'c' || substring(number from '[0-9]+$'),
                        substring(number from '[0-9]+$'), ltrim(substring(number from '[0-9]+$'), '0')]) AS form
     WHERE number ~ '^[A-Z0-9]+-C[0-9]+$'
    UNION ALL
    SELECT (SELECT string_agg(later.part, '' ORDER BY later.place)
              FROM calls later WHERE later.call = calls.call AND later.place >= calls.place)
      FROM calls
  )
  SELECT DISTINCT left(word, 64) FROM words WHERE word <> ''
$$;

CREATE FUNCTION clients_added() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  INSERT INTO client_words (company_id, client_id, word)
  SELECT n.company_id, n.id, w.word
    FROM new_clients n, client_words_of(n.sort_name, n.number, n.email, ARRAY[n.phone, n.mobile]) AS w (word);
  RETURN NULL;
END
$$;

CREATE FUNCTION clients_changed() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
  renamed uuid[];
BEGIN
  SELECT array_agg(n.id) INTO renamed
    FROM new_clients n JOIN old_clients o ON o.company_id = n.company_id AND o.id = n.id
   WHERE (n.sort_name, n.number, n.email, n.phone, n.mobile)
         IS DISTINCT FROM (o.sort_name, o.number, o.email, o.phone, o.mobile);
  IF renamed IS NULL THEN
    RETURN NULL;
  END IF;
  DELETE FROM client_words w USING new_clients n
   WHERE n.id = ANY (renamed) AND w.company_id = n.company_id AND w.client_id = n.id;
  INSERT INTO client_words (company_id, client_id, word)
  SELECT n.company_id, n.id, w.word
    FROM new_clients n, client_words_of(n.sort_name, n.number, n.email, ARRAY[n.phone, n.mobile]) AS w (word)
   WHERE n.id = ANY (renamed);
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION client_words_of(text, text, text, text[]), clients_added(), clients_changed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION client_words_of(text, text, text, text[]) TO countinghouse_app;

CREATE TRIGGER clients_added AFTER INSERT ON clients
  REFERENCING NEW TABLE AS new_clients FOR EACH STATEMENT EXECUTE FUNCTION clients_added();
CREATE TRIGGER clients_changed AFTER UPDATE ON clients
  REFERENCING OLD TABLE AS old_clients NEW TABLE AS new_clients
  FOR EACH STATEMENT EXECUTE FUNCTION clients_changed();
