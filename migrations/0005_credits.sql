-- Billing accounts and their credits: an append-only ledger, and the balance it adds up to.
create table payonce.billing_accounts (
  id uuid not null,
  external_key text not null,
  display_name text not null,
  email text,
  status text not null default 'active',
  created_at timestamptz not null default now(),
  constraint billing_accounts_key primary key (id),
  constraint billing_accounts_external_key_once unique (external_key),
  constraint billing_accounts_external_key_shape check
    (external_key ~ '^(v1:(partner|client|assignment|invoice)|v2:(tenant|external|user)):[A-Za-z0-9_-]{1,80}$'),
  constraint billing_accounts_email_shape check (email = lower(email) and position('@' in email) > 1),
  constraint billing_accounts_status_known check (status in ('active', 'suspended'))
);

create table payonce.credit_accounts (
  account_id uuid not null,
  wallet bigint not null default 0,
  last_seq bigint not null default 0,
  constraint credit_accounts_key primary key (account_id),
  constraint credit_accounts_account foreign key (account_id) references payonce.billing_accounts (id),
  constraint credit_accounts_never_negative check (wallet >= 0),
  constraint credit_accounts_seq_not_negative check (last_seq >= 0)
) with (fillfactor = 70);

create table payonce.credit_ledger (
  account_id uuid not null,
  seq bigint not null,
  entry_type text not null,
  wallet_delta bigint not null,
  wallet_after bigint not null,
  source_type text not null,
  source_id text not null,
  actor text not null,
  reason text,
  created_at timestamptz not null default now(),
  constraint credit_ledger_key primary key (account_id, seq),
  constraint credit_ledger_account foreign key (account_id) references payonce.credit_accounts (account_id),
  constraint credit_ledger_entry_known check (entry_type in ('topup', 'clawback', 'restore', 'adjustment')),
  constraint credit_ledger_seq_positive check (seq > 0),
  constraint credit_ledger_never_negative check (wallet_after >= 0),
  constraint credit_ledger_sign check (case entry_type
    when 'topup' then wallet_delta > 0
    when 'restore' then wallet_delta > 0
    when 'clawback' then wallet_delta < 0
    else wallet_delta <> 0 end),
  constraint credit_ledger_adjustment_has_reason check (entry_type <> 'adjustment' or length(coalesce(reason, '')) >= 3)
);
create unique index credit_ledger_topped_up_once on payonce.credit_ledger (source_type, source_id) where entry_type = 'topup';
create index credit_ledger_reversals on payonce.credit_ledger (source_type, source_id) where entry_type in ('clawback', 'restore');
create trigger credit_ledger_append_only before update or delete on payonce.credit_ledger
  for each row execute function payonce.refuse_change();
create trigger credit_ledger_no_truncate before truncate on payonce.credit_ledger
  for each statement execute function payonce.refuse_change();
