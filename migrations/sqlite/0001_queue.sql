-- The mail queue. Times are microseconds since 1970 UTC, ids are UUIDs as text.
-- Words are compared one by one: for IN with three or more, each statement that writes would make a
-- table of them first.

CREATE TABLE {meta} (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- What an entry sends, written once; the content is last, so that reading the rest skips it.
-- All else of an entry hangs on its row here.
CREATE TABLE {mail} (
  id TEXT PRIMARY KEY,
  method TEXT NOT NULL,
  locale TEXT NOT NULL,
  revision TEXT,
  key TEXT,
  content_key TEXT,
  sender TEXT,
  message_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  attachments INTEGER NOT NULL,
  secret INTEGER NOT NULL,
  shown TEXT,
  arguments TEXT,
  origin TEXT,
  created_at INTEGER NOT NULL,
  wiped_at INTEGER,
  content BLOB
) STRICT;
CREATE UNIQUE INDEX {mail_key} ON {mail} (key) WHERE key IS NOT NULL;
CREATE INDEX {mail_method} ON {mail} (method, id);
CREATE INDEX {mail_message_id} ON {mail} (message_id);
CREATE INDEX {mail_unwiped} ON {mail} (created_at) WHERE wiped_at IS NULL;

-- One row for each mail, narrow, because it changes often. What it sends has so many octets.
CREATE TABLE {entry} (
  id TEXT PRIMARY KEY REFERENCES {mail} (id) ON DELETE CASCADE,
  route TEXT NOT NULL,
  bulk INTEGER NOT NULL,
  priority INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 5),
  size INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state = 'queued' OR state = 'sending' OR state = 'sent' OR state = 'uncertain' OR state = 'held' OR state = 'partial' OR state = 'dead' OR state = 'expired' OR state = 'cancelled'),
  due_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  on_uncertain TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  crashes INTEGER NOT NULL DEFAULT 0,
  doubts INTEGER NOT NULL DEFAULT 0,
  mailer TEXT,
  lease INTEGER NOT NULL DEFAULT 0,
  alone INTEGER NOT NULL DEFAULT 0,
  gated_at INTEGER,
  wanted TEXT,
  reason TEXT,
  tried_at INTEGER,
  done_at INTEGER,
  last_at INTEGER,
  last_phase TEXT,
  last_code INTEGER,
  last_enhanced TEXT,
  last_text TEXT,
  CHECK ((state = 'sending') = (mailer IS NOT NULL)),
  CHECK ((state = 'sent' OR state = 'partial' OR state = 'dead' OR state = 'expired' OR state = 'cancelled') = (done_at IS NOT NULL))
) STRICT;
CREATE INDEX {entry_claim} ON {entry} (route, priority, due_at, id) WHERE state = 'queued' AND crashes < 2;
CREATE INDEX {entry_suspect} ON {entry} (route, due_at, id) WHERE state = 'queued' AND crashes >= 2;
-- The columns behind the id save looks at the rows.
CREATE INDEX {entry_fresh} ON {entry} (due_at, id, route) WHERE state = 'queued' AND attempts = 0;
CREATE INDEX {entry_tried} ON {entry} (due_at, id, route, attempts) WHERE state = 'queued' AND attempts > 0;
-- SQLite takes it only for statements that say `state <> 'queued'` as well.
CREATE INDEX {entry_state} ON {entry} (state, id) WHERE state <> 'queued';
CREATE INDEX {entry_attention} ON {entry} (id, state) WHERE state IN ('uncertain', 'held');
CREATE INDEX {entry_dead} ON {entry} (id, state) WHERE state = 'dead' OR state = 'partial' OR state = 'expired';
CREATE INDEX {entry_expires} ON {entry} (expires_at) WHERE state IN ('queued', 'held');
CREATE INDEX {entry_done} ON {entry} (done_at, id) WHERE done_at IS NOT NULL;

CREATE TABLE {recipient} (
  entry TEXT NOT NULL REFERENCES {mail} (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind = 'to' OR kind = 'cc' OR kind = 'bcc'),
  address TEXT NOT NULL,
  outcome TEXT NOT NULL DEFAULT 'pending' CHECK (outcome = 'pending' OR outcome = 'accepted' OR outcome = 'refused' OR outcome = 'deferred' OR outcome = 'unknown'),
  phase TEXT,
  code INTEGER,
  enhanced TEXT,
  text TEXT,
  at INTEGER,
  PRIMARY KEY (entry, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX {recipient_address} ON {recipient} (address);

-- Large parts that several mails share, by the hash of their content.
CREATE TABLE {blob} (hash TEXT PRIMARY KEY, used_at INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
CREATE INDEX {blob_used} ON {blob} (used_at);
CREATE TABLE {piece} (
  entry TEXT NOT NULL REFERENCES {mail} (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  start INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (entry, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX {piece_hash} ON {piece} (hash);

CREATE TABLE {event} (
  id INTEGER PRIMARY KEY,
  entry TEXT NOT NULL REFERENCES {mail} (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX {event_entry} ON {event} (entry, id);

CREATE TABLE {route} (
  name TEXT PRIMARY KEY,
  paused_at INTEGER,
  breaker TEXT NOT NULL DEFAULT 'closed' CHECK (breaker IN ('closed', 'open', 'suspect')),
  failures INTEGER NOT NULL DEFAULT 0,
  opened_at INTEGER,
  probe_at INTEGER,
  error TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE {mailer} (
  id TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  process INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  note TEXT
) STRICT, WITHOUT ROWID;

-- Calls of other programs: a mailer makes an entry with the same id of each.
CREATE TABLE {call} (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (lower(
    substr(printf('%012x', CAST(unixepoch('subsec') * 1000 AS INTEGER)), 1, 8) || '-' ||
    substr(printf('%012x', CAST(unixepoch('subsec') * 1000 AS INTEGER)), 9, 4) || '-7' ||
    substr(hex(randomblob(2)), 2, 3) || '-' || substr('89ab', 1 + (abs(random()) % 4), 1) ||
    substr(hex(randomblob(2)), 2, 3) || '-' || hex(randomblob(6)))),
  method TEXT NOT NULL,
  arguments TEXT NOT NULL DEFAULT '{}',
  options TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000000 AS INTEGER)),
  error TEXT
) STRICT;
CREATE INDEX {call_waiting} ON {call} (created_at) WHERE error IS NULL;

CREATE TABLE {audit} (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  entries INTEGER NOT NULL
) STRICT;
