-- Customers, what they ordered, and what left the shelf for it.
create table payonce.customers (
  id uuid not null,
  email text not null,
  name text not null default '',
  created_at timestamptz not null default now(),
  constraint customers_key primary key (id),
  constraint customers_email_once unique (email),
  constraint customers_email_shape check (email = lower(email) and position('@' in email) > 1)
);

-- Running totals a currency: rupees and dollars are never added up.
create table payonce.customer_totals (
  customer_id uuid not null,
  currency text not null,
  orders integer not null default 0,
  spent_minor bigint not null default 0,
  refunded_minor bigint not null default 0,
  constraint customer_totals_key primary key (customer_id, currency),
  constraint customer_totals_customer foreign key (customer_id) references payonce.customers (id),
  constraint customer_totals_currency_shape check (currency ~ '^[A-Z]{3}$'),
  constraint customer_totals_not_negative check (orders >= 0 and spent_minor >= 0),
  constraint customer_totals_refunded_in_spent check (refunded_minor between 0 and spent_minor)
) with (fillfactor = 70);

create table payonce.orders (
  id text collate "C" not null,
  customer_id uuid not null,
  status text not null default 'new',
  payment_status text not null default 'pending',
  currency text not null,
  subtotal_minor bigint not null,
  discount_minor bigint not null default 0,
  shipping_minor bigint not null default 0,
  tax_minor bigint not null default 0,
  total_minor bigint not null,
  promo_code text,
  livemode boolean not null,
  paid_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  constraint orders_key primary key (id),
  constraint orders_id_shape check (id ~ '^ORD-[0-9A-HJKMNP-TV-Z]{26}$'),  -- a UUIDv7 in Crockford base 32
  constraint orders_customer foreign key (customer_id) references payonce.customers (id),
  constraint orders_promotion foreign key (promo_code) references payonce.promotions (code),
  constraint orders_status_known check (status in
    ('new', 'confirmed', 'in_production', 'shipped', 'fulfilled', 'cancelled', 'expired')),
  constraint orders_payment_status_known check (payment_status in
    ('pending', 'failed', 'paid', 'refund_pending', 'partially_refunded', 'refunded')),
  constraint orders_currency_shape check (currency ~ '^[A-Z]{3}$'),
  constraint orders_parts_not_negative check (subtotal_minor >= 0 and shipping_minor >= 0 and tax_minor >= 0),
  constraint orders_discount_in_subtotal check (discount_minor between 0 and subtotal_minor),
  constraint orders_total_adds_up check (total_minor = subtotal_minor - discount_minor + shipping_minor + tax_minor),
  constraint orders_discount_has_promotion check (discount_minor = 0 or promo_code is not null),
  constraint orders_paid_has_time check (payment_status <> 'paid' or paid_at is not null),
  constraint orders_unpaid_has_no_time check (payment_status not in ('pending', 'failed', 'refund_pending') or paid_at is null),
  constraint orders_confirmed_is_paid check (status not in ('confirmed', 'in_production', 'shipped', 'fulfilled') or paid_at is not null)
) with (fillfactor = 80);
create index orders_customer_orders on payonce.orders (customer_id);

create trigger orders_paid_at_write_once before update on payonce.orders for each row
  when (old.paid_at is not null and new.paid_at is distinct from old.paid_at)
  execute function payonce.refuse_transition();
create trigger orders_never_unpaid before update on payonce.orders for each row
  when (old.payment_status not in ('pending', 'failed') and new.payment_status in ('pending', 'failed'))
  execute function payonce.refuse_transition();
create trigger orders_terms_fixed before update on payonce.orders for each row
  when ((new.total_minor, new.currency, new.customer_id, new.livemode, new.promo_code)
        is distinct from (old.total_minor, old.currency, old.customer_id, old.livemode, old.promo_code))
  execute function payonce.refuse_transition();

create table payonce.order_items (
  order_id text collate "C" not null,
  line smallint not null,
  product_slug text collate "C" not null,
  variant text collate "C" not null default '',
  qty bigint not null,
  unit_price_minor bigint not null,
  line_total_minor bigint not null,
  constraint order_items_key primary key (order_id, line),
  constraint order_items_order foreign key (order_id) references payonce.orders (id),
  constraint order_items_stocked foreign key (product_slug, variant) references payonce.inventory (product_slug, variant),
  constraint order_items_product_once unique (order_id, product_slug, variant),
  constraint order_items_qty_positive check (qty > 0),
  constraint order_items_price_not_negative check (unit_price_minor >= 0),
  constraint order_items_line_adds_up check (line_total_minor = qty * unit_price_minor)
);

create table payonce.stock_movements (
  id bigint generated always as identity,
  product_slug text collate "C" not null,
  variant text collate "C" not null,
  delta bigint not null,
  reason text not null,
  order_id text collate "C",
  line smallint,
  actor text not null,
  created_at timestamptz not null default now(),
  constraint stock_movements_key primary key (id),
  constraint stock_movements_stocked foreign key (product_slug, variant) references payonce.inventory (product_slug, variant),
  constraint stock_movements_item foreign key (order_id, line) references payonce.order_items (order_id, line),
  constraint stock_movements_reason_known check (reason in ('opening', 'restock', 'sale', 'return', 'adjustment')),
  constraint stock_movements_moves check (delta <> 0),
  constraint stock_movements_sale_has_item check ((reason in ('sale', 'return')) = (order_id is not null and line is not null)),
  constraint stock_movements_sale_takes check (reason <> 'sale' or delta < 0),
  constraint stock_movements_return_gives check (reason <> 'return' or delta > 0)
);
create unique index stock_movements_sold_once on payonce.stock_movements (order_id, line) where reason = 'sale';
create trigger stock_movements_append_only before update or delete on payonce.stock_movements
  for each row execute function payonce.refuse_change();
create trigger stock_movements_no_truncate before truncate on payonce.stock_movements
  for each statement execute function payonce.refuse_change();

create table payonce.promo_redemptions (
  order_id text collate "C" not null,
  code text not null,
  customer_id uuid not null,
  discount_minor bigint not null,
  over_limit boolean not null default false,  -- a late capture of a promotion that ran out meanwhile: honoured and told
  created_at timestamptz not null default now(),
  constraint promo_redemptions_once primary key (order_id),
  constraint promo_redemptions_order foreign key (order_id) references payonce.orders (id),
  constraint promo_redemptions_promotion foreign key (code) references payonce.promotions (code),
  constraint promo_redemptions_customer foreign key (customer_id) references payonce.customers (id),
  constraint promo_redemptions_discount_not_negative check (discount_minor >= 0)
);
create index promo_redemptions_of_customer on payonce.promo_redemptions (code, customer_id);
