-- The reference data model: the tables that a paid order touches, as a careful design on paper has them, every index and
-- check of theirs included, and no more. What payonce's own tables are measured against.
create schema reference;
set search_path = reference;
create function forbid_change() returns trigger language plpgsql as $$
begin raise exception '% is append-only', tg_table_name using errcode = 'P0A01'; end $$;
create table organizations (
  id uuid primary key default gen_random_uuid(), name text not null, timezone text not null default 'UTC',
  status text not null default 'active' check (status in ('active','suspended','closed')));
create table employees (
  id uuid primary key default gen_random_uuid(), org_id uuid not null references organizations(id),
  email text not null check (email = lower(email) and position('@' in email) > 1), unique (org_id, email), unique (id, org_id));
create table email_logs (
  id uuid primary key default gen_random_uuid(), idempotency_key text not null unique,
  email_type text not null, template_version text not null, org_id uuid references organizations(id),
  employee_id uuid references employees(id), ref_type text, ref_id text, recipient_email text not null,
  delivery text not null check (delivery in ('at_most_once','at_least_once')),
  status text not null default 'queued' check (status in
    ('queued','sending','sent','delivered','failed','bounced','complained','suppressed')),
  attempts int not null default 0 check (attempts >= 0), lease_until timestamptz, next_attempt_at timestamptz,
  message_id text unique, error_code text, metadata jsonb not null default '{}',
  created_at timestamptz not null default now(), sent_at timestamptz,
  check (status not in ('sent','delivered','bounced','complained') or (message_id is not null and sent_at is not null)),
  check ((status = 'sending') = (lease_until is not null)));
create index email_logs_due on email_logs (next_attempt_at) where status in ('queued','failed');
create table webhook_events (
  id uuid primary key default gen_random_uuid(), provider text not null check (provider in ('stripe','razorpay')),
  event_id text not null, event_type text not null, provider_created_at timestamptz, livemode boolean not null,
  payload jsonb not null, payload_sha256 text not null check (payload_sha256 ~ '^[0-9a-f]{64}$'), secret_version text not null,
  status text not null default 'received' check (status in ('received','processing','processed','ignored','failed','dead')),
  processed boolean generated always as (status in ('processed','ignored')) stored, outcome text,
  attempts int not null default 0, deliveries int not null default 1,
  next_attempt_at timestamptz, lease_until timestamptz, last_error text,
  received_at timestamptz not null default now(), processed_at timestamptz, unique (provider, event_id),
  check ((status in ('processed','ignored')) = (processed_at is not null)),
  check ((status = 'processing') = (lease_until is not null)));
create unique index webhook_events_razorpay_body on webhook_events (payload_sha256) where provider = 'razorpay';
create index webhook_events_due on webhook_events (next_attempt_at) where status in ('received','failed');
create index webhook_events_status_received on webhook_events (status, received_at desc);
create table billing_accounts (
  id uuid primary key default gen_random_uuid(), org_id uuid references organizations(id), external_key text not null unique);
create table service_invoices (id uuid primary key default gen_random_uuid(), account_id uuid not null references billing_accounts(id));
create table billing_audit_log (
  id bigint generated always as identity primary key, organization_id uuid, action text not null,
  actor_type text not null check (actor_type in ('user','operator','service','webhook','cron','system')), actor_id text,
  resource_type text not null, resource_id text not null, request_id text, before_state jsonb, after_state jsonb,
  metadata jsonb not null default '{}', created_at timestamptz not null default now());
create index billing_audit_created on billing_audit_log (created_at desc);
create index billing_audit_resource on billing_audit_log (resource_type, resource_id);
create trigger billing_audit_immutable before update or delete on billing_audit_log for each row execute function forbid_change();
