-- What a checkout needs: terms of sale, prices of credits, what is held while it is open, and the caller's key for it.
-- Shipping and tax of everything sold in one currency. Tax is in basis points of goods and shipping, rounded half up.
create table payonce.terms_of_sale (
  currency text not null,
  shipping_minor bigint not null default 0,
  shipping_free_from_minor bigint,           -- of the goods after discount; null: never free
  tax_basis_points integer not null default 0,
  tax_inclusive boolean not null default false,
  constraint terms_of_sale_key primary key (currency),
  constraint terms_of_sale_currency_shape check (currency ~ '^[A-Z]{3}$'),
  constraint terms_of_sale_shipping_not_negative check (shipping_minor >= 0 and shipping_free_from_minor >= 0),
  constraint terms_of_sale_tax_in_range check (tax_basis_points between 0 and 10000)
);

-- What a credit costs at each provider: the house names the price and the currency, never the buyer.
create table payonce.credit_prices (
  provider text not null,
  currency text not null,
  unit_minor bigint not null,
  least_credits bigint not null default 1,
  most_credits bigint not null default 100000,
  constraint credit_prices_key primary key (provider),
  constraint credit_prices_provider_known check (provider in ('stripe', 'razorpay')),
  constraint credit_prices_currency_shape check (currency ~ '^[A-Z]{3}$'),
  constraint credit_prices_unit_positive check (unit_minor > 0),
  constraint credit_prices_range check (least_credits between 1 and most_credits)
);

-- The hold of an order: its lines are held on the shelf, and its promotion, until it is paid or expires. An order made
-- before there were holds, or whose hold ended, has none.
alter table payonce.orders
  add column hold text not null default 'none',
  add column contact jsonb not null default '{}',
  add column tax_included_minor bigint not null default 0,
  add constraint orders_hold_known check (hold in ('none', 'held', 'used', 'released')),
  add constraint orders_tax_included_in_total check (tax_included_minor between 0 and total_minor);
create index orders_held on payonce.orders (expires_at) where hold = 'held';
create index orders_holding_promotion on payonce.orders (promo_code, customer_id) where hold = 'held' and promo_code is not null;

-- The name under which it was sold: a receipt says what the buyer saw.
alter table payonce.order_items add column title text not null default '';

alter table payonce.inventory
  add column held bigint not null default 0,
  add constraint inventory_held_on_the_shelf check (held between 0 and stock);

alter table payonce.promotions
  add column currency text,                  -- of a flat amount off; without it, five hundred rupees are five hundred dollars
  add column held_count integer not null default 0,
  add constraint promotions_currency_shape check (currency ~ '^[A-Z]{3}$'),
  add constraint promotions_held_not_negative check (held_count >= 0);
-- What was set up before meant the currency of what is sold.
update payonce.promotions set currency = (select p.currency from payonce.products p group by 1 order by count(*) desc, 1 limit 1)
where kind = 'flat';
alter table payonce.promotions
  add constraint promotions_flat_has_currency check (kind <> 'flat' or currency is not null);

-- Of a checkout at its provider: where the buyer pays, and how often the provider definitely broke while opening it.
alter table payonce.payments
  add column provider_url text,
  add column faulted smallint not null default 0,
  add column expires_at timestamptz,
  add constraint payments_faulted_not_negative check (faulted >= 0);
-- What is open at a provider: to be closed when it expires or when its order was paid otherwise.
create index payments_open on payonce.payments (expires_at) where status in ('created', 'requires_action', 'authorized', 'failed');

-- A caller's key for a creating call. The answer is made anew from the payment, so same key, same answer, and no token
-- is ever stored. `locked_until` is the lease of whoever is asking the provider.
create table payonce.idempotency_keys (
  scope text not null,
  key_sha256 bytea not null,
  request_sha256 bytea not null,
  payment_id uuid not null,
  locked_until timestamptz not null,
  created_at timestamptz not null,
  constraint idempotency_keys_key primary key (scope, key_sha256),
  -- The key is taken before its payment is written: whoever comes second waits at the key.
  constraint idempotency_keys_payment foreign key (payment_id) references payonce.payments (id) deferrable initially deferred,
  constraint idempotency_keys_scope_known check (scope in ('checkout', 'topup')),
  constraint idempotency_keys_are_digests check (length(key_sha256) = 32 and length(request_sha256) = 32)
);
create index idempotency_keys_old on payonce.idempotency_keys (created_at);

create table payonce.rate_limits (
  bucket text not null,
  window_start timestamptz not null,
  calls integer not null,
  constraint rate_limits_key primary key (bucket, window_start),
  constraint rate_limits_counts check (calls > 0)
) with (fillfactor = 70);
create index rate_limits_old on payonce.rate_limits (window_start);

grant select on payonce.terms_of_sale, payonce.credit_prices, payonce.idempotency_keys, payonce.rate_limits
  to payonce_request, payonce_cron;
grant insert on payonce.idempotency_keys, payonce.rate_limits to payonce_request;
grant update (locked_until) on payonce.idempotency_keys to payonce_request;
grant update (calls) on payonce.rate_limits to payonce_request;
grant delete on payonce.idempotency_keys, payonce.rate_limits to payonce_cron;
grant update (hold) on payonce.orders to payonce_request, payonce_cron;
grant update (expires_at) on payonce.orders to payonce_request;
grant update (held) on payonce.inventory to payonce_request, payonce_cron;
grant update (held_count) on payonce.promotions to payonce_request, payonce_cron;
grant update (provider_url, faulted) on payonce.payments to payonce_request;
