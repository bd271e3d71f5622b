-- An event as Rust hands it over, and what became of it as Rust gets it back.
create type payonce_release.event as (
  id uuid, provider text, created timestamptz, key text, kind text, livemode boolean, account text, header_id text,
  body bytea, secret_version text, now timestamptz,
  delivered integer,   -- 1 when a provider brought it, 0 when we took it up ourselves
  takes_up text[],     -- earlier states this claim may take up
  attempt integer      -- the attempt webhook-retry leased; null for everyone else
);
create type payonce_release.settled as (mine boolean, status text, outcome text, event_id uuid, payment_id uuid);
