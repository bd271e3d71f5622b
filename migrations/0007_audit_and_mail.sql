-- What was done and by whom, and the mail that is owed for it.
create table payonce.billing_audit_log (
  id bigint generated always as identity,
  action text not null,
  actor text not null,
  resource_type text not null,
  resource_id text not null,
  event_id uuid,                        -- webhook_events.id, when an event did it
  detail jsonb not null default '{}',
  created_at timestamptz not null default now(),
  constraint billing_audit_log_key primary key (id),
  constraint billing_audit_log_action_shape check (action ~ '^[a-z_]+(\.[a-z_]+)+$')
);
create index billing_audit_log_resource on payonce.billing_audit_log (resource_type, resource_id);
create index billing_audit_log_created on payonce.billing_audit_log using brin (created_at);
create trigger billing_audit_log_append_only before update or delete on payonce.billing_audit_log
  for each row execute function payonce.refuse_change();
create trigger billing_audit_log_no_truncate before truncate on payonce.billing_audit_log
  for each statement execute function payonce.refuse_change();

-- A mail is a row in the commit of what it tells; who sends it claims the row first. Sending brings the further states.
create table payonce.email_logs (
  id uuid not null,
  idempotency_key text not null,
  email_type text not null,
  recipient text not null,
  ref_type text not null,
  ref_id text not null,
  status text not null default 'queued',
  created_at timestamptz not null default now(),
  constraint email_logs_key primary key (id),
  constraint email_logs_once unique (idempotency_key),
  constraint email_logs_type_known check (email_type in ('order_receipt', 'topup_receipt')),
  constraint email_logs_status_known check (status in ('queued'))
);
