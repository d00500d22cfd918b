-- Queueing a mail from any language that speaks SQL: insert a call of a mail method in your own
-- transaction. A mailer renders it and sends it, if and only if the transaction commits.
--
-- The tables are there once `mailmethod queue migrate --store postgres://…` has run.

-- PostgreSQL: a function that returns the id of the mail.

BEGIN;
INSERT INTO orders (number) VALUES ('2026-041');
SELECT mailmethod.call(
    'account/welcome',
    '{"name": "Ada", "email": "ada@example.test"}',
    '{"key": "welcome:ada@example.test", "locale": "de"}'
);
COMMIT;

-- The options, all optional:
--   locale        "de"
--   to            "Ada <ada@example.test>, bob@example.test", in place of the method's own
--   key           a key: the same mail is queued once
--   on_conflict   "error", "skip", "replace": what happens to another mail with that key
--   at            "2026-12-07T08:00:00+01:00": not before this time
--   after         "30m": not before so much later
--   expires       "24h": for how long it is tried
--   priority      1 (first) to 5
--   at_next_run   true: a mailer need not hurry

-- What became of it, by the id that the function returned:
SELECT id, state, attempts, last_code, last_text FROM mailmethod.entry ORDER BY id DESC LIMIT 1;

-- A call that gives no mail (an unknown method, a missing argument) waits for a person:
SELECT id, error FROM mailmethod.call WHERE error IS NOT NULL;

-- SQLite has no functions of ours. Insert the row itself, with an id or without:
--
--   INSERT INTO mailmethod_call (method, arguments, options)
--   VALUES ('account/welcome', '{"name": "Ada", "email": "ada@example.test"}', '{}');
--
-- In a file that holds the queue alone, the table is called `call`.
