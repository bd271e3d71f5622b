-- Payments are what we asked for, captures are the money that came, refunds and disputes are facts about captures.
-- A payment is one checkout at a provider; attempts under it are the provider's affair.
create table payonce.payments (
  id uuid not null,                     -- our mark in the provider's metadata
  purpose text not null,
  order_id text collate "C",
  account_id uuid,
  credits bigint,
  provider text not null,
  provider_order_id text,               -- Stripe's Checkout Session, Razorpay's Order; several payments may share one
  amount_minor bigint not null,
  currency text not null,
  livemode boolean not null,
  status text not null default 'created',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint payments_key primary key (id),
  constraint payments_terms unique (id, amount_minor, currency),
  constraint payments_order foreign key (order_id) references payonce.orders (id),
  constraint payments_account foreign key (account_id) references payonce.credit_accounts (account_id),
  constraint payments_purpose_known check (purpose in ('order', 'topup')),
  constraint payments_order_has_order check ((purpose = 'order') = (order_id is not null)),
  constraint payments_topup_has_account check ((purpose = 'topup') = (account_id is not null and credits is not null)),
  constraint payments_credits_positive check (credits > 0),
  constraint payments_provider_known check (provider in ('stripe', 'razorpay')),
  constraint payments_amount_not_negative check (amount_minor >= 0),
  constraint payments_topup_costs check (purpose <> 'topup' or amount_minor > 0),
  constraint payments_currency_shape check (currency ~ '^[A-Z]{3}$'),
  constraint payments_status_known check (status in ('created', 'requires_action', 'authorized', 'failed', 'expired', 'cancelled',
    'paid', 'mismatch', 'duplicate', 'unfulfillable', 'partially_refunded', 'refunded'))
) with (fillfactor = 80);
create index payments_provider_order on payonce.payments (provider, provider_order_id) where provider_order_id is not null;
create index payments_of_order on payonce.payments (order_id) where order_id is not null;
create index payments_of_account on payonce.payments (account_id) where account_id is not null;

create trigger payments_never_uncaptured before update on payonce.payments for each row
  when (old.status in ('paid', 'mismatch', 'duplicate', 'unfulfillable', 'partially_refunded', 'refunded')
        and new.status in ('created', 'requires_action', 'authorized', 'failed', 'expired', 'cancelled'))
  execute function payonce.refuse_transition();
create trigger payments_terms_fixed before update on payonce.payments for each row
  when ((new.amount_minor, new.currency, new.order_id, new.account_id, new.credits, new.livemode, new.provider)
        is distinct from (old.amount_minor, old.currency, old.order_id, old.account_id, old.credits, old.livemode, old.provider))
  execute function payonce.refuse_transition();

create table payonce.captures (
  provider text not null,
  provider_payment_id text collate "C" not null,  -- Stripe's PaymentIntent, Razorpay's Payment
  payment_id uuid not null,
  order_id text collate "C",
  amount_minor bigint not null,
  currency text not null,
  expected_minor bigint not null,
  expected_currency text not null,
  verdict text not null,
  refunded_minor bigint not null default 0,
  disputed_minor bigint not null default 0,
  captured_at timestamptz not null,
  constraint captures_key primary key (provider, provider_payment_id),
  constraint captures_payment foreign key (payment_id, expected_minor, expected_currency)
    references payonce.payments (id, amount_minor, currency),
  constraint captures_order foreign key (order_id) references payonce.orders (id),
  constraint captures_currency_shape check (currency ~ '^[A-Z]{3}$'),
  constraint captures_verdict_known check (verdict in ('settled', 'mismatch', 'duplicate', 'unfulfillable')),
  constraint captures_settled_as_expected check
    (verdict <> 'settled' or (amount_minor = expected_minor and currency = expected_currency)),
  constraint captures_amount_not_negative check (amount_minor >= 0),
  constraint captures_refunded_in_amount check (refunded_minor between 0 and amount_minor),
  constraint captures_disputed_in_amount check (disputed_minor between 0 and amount_minor)
) with (fillfactor = 85);
create index captures_of_payment on payonce.captures (payment_id);
-- Settlement is one: of an order, or of a payment that has no order.
create unique index captures_settled_once on payonce.captures (coalesce(order_id, payment_id::text)) where verdict = 'settled';
create trigger captures_terms_fixed before update on payonce.captures for each row
  when ((new.provider, new.provider_payment_id, new.payment_id, new.order_id, new.amount_minor, new.currency, new.verdict)
        is distinct from (old.provider, old.provider_payment_id, old.payment_id, old.order_id, old.amount_minor, old.currency, old.verdict))
  execute function payonce.refuse_transition();

-- A fact may come before its capture, so it names the provider's payment and has no foreign key.
create table payonce.refunds (
  id uuid not null,
  provider text not null,
  provider_payment_id text collate "C" not null,
  provider_refund_id text,
  amount_minor bigint not null,
  currency text not null,
  reason text not null,
  state text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint refunds_key primary key (id),
  constraint refunds_reason_known check (reason in ('duplicate', 'unfulfillable', 'mismatch', 'provider')),
  constraint refunds_state_known check (state in ('requested', 'pending', 'succeeded', 'failed', 'cancelled')),
  constraint refunds_amount_positive check (amount_minor > 0),
  constraint refunds_currency_shape check (currency ~ '^[A-Z]{3}$'),
  constraint refunds_known_to_provider check (state in ('requested', 'cancelled') or provider_refund_id is not null)
) with (fillfactor = 85);
create unique index refunds_provider_refund on payonce.refunds (provider, provider_refund_id) where provider_refund_id is not null;
create unique index refunds_one_request on payonce.refunds (provider, provider_payment_id) where state = 'requested';
create index refunds_of_capture on payonce.refunds (provider, provider_payment_id);
create trigger refunds_end_is_final before update on payonce.refunds for each row
  when (old.state in ('failed', 'cancelled') and new.state <> old.state) execute function payonce.refuse_transition();

create table payonce.disputes (
  provider text not null,
  provider_dispute_id text not null,
  provider_payment_id text collate "C" not null,
  amount_minor bigint not null,
  currency text not null,
  state text not null,
  due_by timestamptz,
  reported_at timestamptz not null,     -- the signed time of the report that set `state`
  created_at timestamptz not null default now(),
  constraint disputes_key primary key (provider, provider_dispute_id),
  constraint disputes_state_known check (state in ('inquiry', 'open', 'won', 'lost', 'closed')),
  constraint disputes_amount_not_negative check (amount_minor >= 0),
  constraint disputes_currency_shape check (currency ~ '^[A-Z]{3}$')
) with (fillfactor = 85);
create index disputes_of_capture on payonce.disputes (provider, provider_payment_id);

-- Credits that were to be taken back and had been spent. Positive: owed; negative: let off because a reversal was itself reversed.
create table payonce.clawback_shortfalls (
  id bigint generated always as identity,
  payment_id uuid not null,
  account_id uuid not null,
  credits bigint not null,
  created_at timestamptz not null default now(),
  constraint clawback_shortfalls_key primary key (id),
  constraint clawback_shortfalls_payment foreign key (payment_id) references payonce.payments (id),
  constraint clawback_shortfalls_account foreign key (account_id) references payonce.credit_accounts (account_id),
  constraint clawback_shortfalls_moves check (credits <> 0)
);
create index clawback_shortfalls_of_payment on payonce.clawback_shortfalls (payment_id);
create trigger clawback_shortfalls_append_only before update or delete on payonce.clawback_shortfalls
  for each row execute function payonce.refuse_change();
create trigger clawback_shortfalls_no_truncate before truncate on payonce.clawback_shortfalls
  for each statement execute function payonce.refuse_change();
