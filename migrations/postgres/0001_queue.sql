-- The mail queue. Times are microseconds since 1970 UTC.

-- The one clock of the queue; tests replace it.
CREATE FUNCTION {clock}() RETURNS bigint LANGUAGE sql STABLE AS
  $$ SELECT (extract(epoch FROM now()) * 1000000)::bigint $$;

CREATE TABLE {meta} (name text PRIMARY KEY, value text NOT NULL);

-- What an entry sends, written once. All else of an entry hangs on its row here.
CREATE TABLE {mail} (
  id uuid PRIMARY KEY,
  method text NOT NULL,
  locale text NOT NULL,
  revision text,
  key text,
  content_key text,
  sender text,
  message_id text NOT NULL,
  subject text NOT NULL,
  attachments bigint NOT NULL,
  secret bigint NOT NULL,
  shown text,
  arguments text,
  origin text,
  created_at bigint NOT NULL,
  wiped_at bigint,
  content bytea
);
ALTER TABLE {mail} ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX mail_key ON {mail} (key) WHERE key IS NOT NULL;
CREATE INDEX mail_method ON {mail} (method, id);
CREATE INDEX mail_message_id ON {mail} (message_id);
CREATE INDEX mail_unwiped ON {mail} (created_at) WHERE wiped_at IS NULL;

-- One row for each mail, narrow, because it changes often. What it sends has so many octets.
CREATE TABLE {entry} (
  id uuid PRIMARY KEY REFERENCES {mail} (id) ON DELETE CASCADE,
  route text NOT NULL,
  bulk bigint NOT NULL,
  priority bigint NOT NULL CHECK (priority BETWEEN 1 AND 5),
  size bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'sending', 'uncertain', 'held', 'sent', 'partial', 'dead', 'expired', 'cancelled')),
  due_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  on_uncertain text NOT NULL,
  attempts bigint NOT NULL DEFAULT 0,
  crashes bigint NOT NULL DEFAULT 0,
  doubts bigint NOT NULL DEFAULT 0,
  mailer uuid,
  lease bigint NOT NULL DEFAULT 0,
  alone bigint NOT NULL DEFAULT 0,
  gated_at bigint,
  wanted text,
  reason text,
  tried_at bigint,
  done_at bigint,
  last_at bigint,
  last_phase text,
  last_code bigint,
  last_enhanced text,
  last_text text,
  CHECK ((state = 'sending') = (mailer IS NOT NULL)),
  CHECK ((state IN ('sent', 'partial', 'dead', 'expired', 'cancelled')) = (done_at IS NOT NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX entry_claim ON {entry} (route, priority, due_at, id) WHERE state = 'queued' AND crashes < 2;
CREATE INDEX entry_suspect ON {entry} (route, due_at, id) WHERE state = 'queued' AND crashes >= 2;
-- Neither fits a claim, which would walk over what is not its own. The columns behind the id save looks
-- at the rows.
CREATE INDEX entry_fresh ON {entry} (due_at, id, route) WHERE state = 'queued' AND attempts = 0;
CREATE INDEX entry_tried ON {entry} (due_at, id, route, attempts) WHERE state = 'queued' AND attempts > 0;
CREATE INDEX entry_state ON {entry} (state, id) WHERE state <> 'queued';
CREATE INDEX entry_attention ON {entry} (id, state) WHERE state IN ('uncertain', 'held');
CREATE INDEX entry_dead ON {entry} (id, state) WHERE state IN ('dead', 'partial', 'expired');
CREATE INDEX entry_expires ON {entry} (expires_at) WHERE state IN ('queued', 'held');
CREATE INDEX entry_done ON {entry} (done_at, id) WHERE done_at IS NOT NULL;

CREATE TABLE {recipient} (
  entry uuid NOT NULL REFERENCES {mail} (id) ON DELETE CASCADE,
  place bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('to', 'cc', 'bcc')),
  address text NOT NULL,
  outcome text NOT NULL DEFAULT 'pending' CHECK (outcome IN ('pending', 'accepted', 'refused', 'deferred', 'unknown')),
  phase text,
  code bigint,
  enhanced text,
  text text,
  at bigint,
  PRIMARY KEY (entry, place)
);
CREATE INDEX recipient_address ON {recipient} (address, entry);

-- Large parts that several mails share, by the hash of their content. No foreign key leads here, so
-- that a transaction of the application locks nothing that others need.
CREATE TABLE {blob} (hash text PRIMARY KEY, used_at bigint NOT NULL, data bytea NOT NULL);
ALTER TABLE {blob} ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE INDEX blob_used ON {blob} (used_at);
CREATE TABLE {piece} (
  entry uuid NOT NULL REFERENCES {mail} (id) ON DELETE CASCADE,
  place bigint NOT NULL,
  start bigint NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (entry, place)
);
CREATE INDEX piece_hash ON {piece} (hash);

CREATE TABLE {event} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry uuid NOT NULL REFERENCES {mail} (id) ON DELETE CASCADE,
  at bigint NOT NULL,
  kind text NOT NULL,
  actor text,
  detail text NOT NULL
);
CREATE INDEX event_entry ON {event} (entry, id);

CREATE TABLE {route} (
  name text PRIMARY KEY,
  paused_at bigint,
  breaker text NOT NULL DEFAULT 'closed' CHECK (breaker IN ('closed', 'open', 'suspect')),
  failures bigint NOT NULL DEFAULT 0,
  opened_at bigint,
  probe_at bigint,
  error text
);

CREATE TABLE {mailer} (
  id uuid PRIMARY KEY,
  host text NOT NULL,
  process bigint NOT NULL,
  started_at bigint NOT NULL,
  seen_at bigint NOT NULL,
  note text
);

-- Calls of other programs: a mailer makes an entry with the same id of each.
CREATE TABLE {call} (
  id uuid PRIMARY KEY,
  method text NOT NULL,
  arguments jsonb NOT NULL DEFAULT '{}',
  options jsonb NOT NULL DEFAULT '{}',
  created_at bigint NOT NULL DEFAULT {clock}(),
  error text
);
CREATE INDEX call_waiting ON {call} (created_at) WHERE error IS NULL;

-- Queues a call of a mail method in the caller's own transaction, and gives its id.
CREATE FUNCTION {call}(method text, arguments jsonb DEFAULT '{}', options jsonb DEFAULT '{}') RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  -- A UUID of version 7: the time, so that ids are in order, and chance.
  new_id uuid := encode(
    overlay(
      overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6)
      PLACING set_byte('\x00'::bytea, 0, 112 + (get_byte(uuid_send(gen_random_uuid()), 6) & 15)) FROM 7 FOR 1),
    'hex')::uuid;
BEGIN
  INSERT INTO {call} (id, method, arguments, options)
    VALUES (new_id, $1, coalesce($2, '{}'), coalesce($3, '{}'));
  PERFORM pg_notify('{channel}', '');
  RETURN new_id;
END $$;

CREATE TABLE {audit} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  target text NOT NULL,
  entries bigint NOT NULL
);
