-- The inbox. A row is written in the same commit as what the event did, so `received` or `processing` is never seen.
create table payonce.webhook_events (
  id uuid not null,                          -- ours, UUIDv7
  provider text not null,
  provider_created_at timestamptz not null,  -- signed; the epoch when the provider sent none
  event_key text not null,                   -- Stripe's event id; SHA-256 of a Razorpay body
  event_type text not null,
  livemode boolean,
  account text,
  header_id text,                            -- Razorpay's event-id header: not signed, so never a key
  body bytea,                                -- the signed bytes; null once their retention is over
  secret_version text not null,
  status text not null,
  outcome text not null,
  payment_id uuid,                           -- the payment it told us of, for "why was this customer charged"
  attempts integer not null default 0,
  deliveries integer not null default 1,
  next_attempt_at timestamptz,
  lease_until timestamptz,
  last_error text,
  received_at timestamptz not null,
  settled_at timestamptz,
  -- The only unique index, and the arbiter of every claim: a second one would raise where `on conflict` expects to win.
  -- The signed time leads, so inserts stay at the right edge of the tree however many events are stored.
  constraint webhook_events_identity primary key (provider, provider_created_at, event_key),
  constraint webhook_events_provider_known check (provider in ('stripe', 'razorpay')),
  constraint webhook_events_status_known check (status in ('processed', 'ignored', 'parked', 'failed', 'dead')),
  constraint webhook_events_settled_has_time check ((status in ('processed', 'ignored', 'parked')) = (settled_at is not null)),
  constraint webhook_events_failed_will_be_retried check ((status = 'failed') = (next_attempt_at is not null)),
  constraint webhook_events_lease_only_while_failed check (lease_until is null or status = 'failed'),
  constraint webhook_events_counts check (attempts >= 0 and deliveries >= 0)
) with (fillfactor = 90);

create index webhook_events_id on payonce.webhook_events (id);
create index webhook_events_payment on payonce.webhook_events (payment_id) where payment_id is not null;
create index webhook_events_due on payonce.webhook_events (next_attempt_at) where status = 'failed';
create index webhook_events_waiting on payonce.webhook_events (status, received_at) where status in ('parked', 'dead');

-- A dead letter is a state of its event: a view cannot disagree with it.
create view payonce.webhook_dead_letter_queue as
  select id, provider, event_key, event_type, payment_id, outcome, last_error, attempts, deliveries, received_at
  from payonce.webhook_events where status = 'dead';
