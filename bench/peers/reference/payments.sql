-- The rest of the reference data model: payments, and what guards orders and payments.
set search_path = reference;
create table payments (
  id uuid primary key default gen_random_uuid(), purpose text not null check (purpose in ('order','topup','invoice')),
  order_id text references orders(id), account_id uuid references billing_accounts(id), invoice_id uuid references service_invoices(id),
  provider text not null check (provider in ('stripe','razorpay','sandbox','free')),
  provider_order_id text, provider_payment_id text,
  amount_minor bigint not null check (amount_minor > 0 or provider = 'free'),
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'), credits bigint check (credits > 0), livemode boolean not null,
  status text not null default 'created' check (status in ('created','requires_action','authorized','paid','failed','expired',
    'cancelled','mismatch','duplicate','unfulfillable','partially_refunded','refunded')),
  captured_minor bigint, captured_currency char(3), settled_at timestamptz, idempotency_key text not null,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  unique (provider, idempotency_key),
  check ((purpose = 'order') = (order_id is not null)), check ((purpose = 'topup') = (credits is not null)),
  check ((purpose = 'invoice') = (invoice_id is not null)), check (purpose = 'order' or account_id is not null),
  check (not (provider in ('sandbox') and livemode)), check (status <> 'paid' or settled_at is not null),
  check (settled_at is null or (captured_minor = amount_minor and captured_currency = currency)),
  check (status not in ('created','requires_action','authorized','failed','expired','cancelled','mismatch','duplicate',
    'unfulfillable') or settled_at is null));
create unique index payments_provider_order on payments (provider, provider_order_id) where provider_order_id is not null;
create unique index payments_provider_payment on payments (provider, provider_payment_id) where provider_payment_id is not null;
create unique index payments_order_settled_once on payments (order_id) where settled_at is not null;

create function order_guard() returns trigger language plpgsql as $$
begin
  if old.paid_at is not null and new.paid_at is distinct from old.paid_at then
    raise exception 'paid_at is write-once' using errcode = 'P0A03';
  end if;
  if old.payment_status in ('paid','partially_refunded','refunded','refund_pending') and new.payment_status in ('pending','failed') then
    raise exception 'payment_status cannot go back from % to %', old.payment_status, new.payment_status using errcode = 'P0A03';
  end if;
  if old.payment_status = 'refunded' and new.payment_status <> 'refunded' then
    raise exception 'refunded is final' using errcode = 'P0A03';
  end if;
  if row(new.total_minor, new.currency, new.customer_id) is distinct from row(old.total_minor, old.currency, old.customer_id) then
    raise exception 'order money terms are fixed' using errcode = 'P0A03';
  end if;
  return new;
end $$;
create trigger order_guard before update on orders for each row execute function order_guard();
create function payment_guard() returns trigger language plpgsql as $$
begin
  if old.settled_at is not null and (new.settled_at is distinct from old.settled_at
      or new.status not in ('paid','partially_refunded','refunded')) then
    raise exception 'settled payment cannot become %', new.status using errcode = 'P0A04';
  end if;
  if row(new.amount_minor, new.currency, new.order_id, new.account_id, new.credits, new.invoice_id) is distinct from
     row(old.amount_minor, old.currency, old.order_id, old.account_id, old.credits, old.invoice_id) then
    raise exception 'payment terms are fixed' using errcode = 'P0A04';
  end if;
  return new;
end $$;
create trigger payment_guard before update on payments for each row execute function payment_guard();
