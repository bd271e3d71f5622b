-- The rest of the reference data model: the shop, its orders and their payments.
set search_path = reference;
create table customers (
  id uuid primary key default gen_random_uuid(), email text not null unique check (email = lower(email)),
  first_name text not null default '', last_name text not null default '', phone text,
  total_orders int not null default 0 check (total_orders >= 0),
  total_spent_minor bigint not null default 0 check (total_spent_minor >= 0),
  total_refunded_minor bigint not null default 0 check (total_refunded_minor between 0 and total_spent_minor));
create table products (
  slug text primary key, name text not null, category text not null default '', currency char(3) not null default 'INR',
  price_minor bigint not null check (price_minor >= 0), sale_price_minor bigint check (sale_price_minor >= 0),
  unit text not null default 'each' check (unit in ('each','centimetre')), price_per_units int not null default 1 check (price_per_units > 0),
  status text not null default 'active' check (status in ('active','draft','archived')));
create table inventory (
  product_slug text not null references products(slug), variant text not null default '',
  stock bigint not null default 0 check (stock >= 0), sellable boolean not null default true, primary key (product_slug, variant));
create table promotions (
  code text primary key check (code = upper(code)), type text not null check (type in ('percent','flat','free_ship')),
  value bigint not null default 0 check (value >= 0), min_total_minor bigint not null default 0 check (min_total_minor >= 0),
  starts_at timestamptz, ends_at timestamptz, usage_limit int check (usage_limit > 0),
  per_customer_limit int check (per_customer_limit > 0), usage_count int not null default 0 check (usage_count >= 0),
  status text not null default 'active' check (status in ('active','disabled')),
  check (type <> 'percent' or value between 1 and 100), check (ends_at is null or starts_at is null or ends_at > starts_at));
create table orders (
  id text primary key check (id ~ '^[A-Z]{2,6}-[0-9A-Z]{12,32}$'), customer_id uuid not null references customers(id),
  status text not null default 'new' check (status in ('new','confirmed','in_production','shipped','fulfilled','cancelled','expired')),
  payment_status text not null default 'pending'
    check (payment_status in ('pending','failed','paid','refund_pending','partially_refunded','refunded')),
  currency char(3) not null default 'INR', subtotal_minor bigint not null check (subtotal_minor >= 0),
  discount_minor bigint not null default 0 check (discount_minor between 0 and subtotal_minor),
  shipping_minor bigint not null default 0 check (shipping_minor >= 0), tax_minor bigint not null default 0 check (tax_minor >= 0),
  total_minor bigint not null check (total_minor = subtotal_minor - discount_minor + shipping_minor + tax_minor),
  promo_code text references promotions(code), contact jsonb not null, livemode boolean not null,
  paid_at timestamptz, expires_at timestamptz not null, created_at timestamptz not null default now(),
  check (payment_status <> 'paid' or paid_at is not null), check (payment_status not in ('pending','failed') or paid_at is null),
  check (status not in ('confirmed','in_production','shipped','fulfilled') or paid_at is not null));
create table order_items (
  id bigint generated always as identity primary key, order_id text not null references orders(id),
  product_slug text not null, variant text not null default '', qty bigint not null check (qty > 0),
  unit_price_minor bigint not null check (unit_price_minor >= 0), line_total_minor bigint not null check (line_total_minor >= 0),
  unique (order_id, product_slug, variant));
create table stock_movements (
  id bigint generated always as identity primary key, product_slug text not null, variant text not null,
  delta bigint not null check (delta <> 0), reason text not null check (reason in ('opening','restock','sale','return','adjustment')),
  order_item_id bigint references order_items(id), actor text not null, created_at timestamptz not null default now(),
  foreign key (product_slug, variant) references inventory (product_slug, variant),
  check ((reason in ('sale','return')) = (order_item_id is not null)),
  check (reason <> 'sale' or delta < 0), check (reason <> 'return' or delta > 0));
create unique index stock_sold_once on stock_movements (order_item_id) where reason = 'sale';
create trigger stock_movements_immutable before update or delete on stock_movements for each row execute function forbid_change();
create table promo_redemptions (
  order_id text primary key references orders(id), code text not null references promotions(code),
  customer_id uuid not null references customers(id), discount_minor bigint not null check (discount_minor >= 0),
  over_limit boolean not null default false, created_at timestamptz not null default now());
