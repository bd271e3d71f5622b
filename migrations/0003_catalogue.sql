-- What is sold. Stock is a running total beside its movements (0004); an invariant holds the two together.
-- Slugs and variants sort by bytes: the lock order of fulfilment must not depend on a locale.
create table payonce.products (
  slug text collate "C" not null,
  name text not null,
  currency text not null,
  price_minor bigint not null,
  status text not null default 'active',
  constraint products_key primary key (slug),
  constraint products_slug_shape check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  constraint products_currency_shape check (currency ~ '^[A-Z]{3}$'),
  constraint products_price_not_negative check (price_minor >= 0),
  constraint products_status_known check (status in ('active', 'draft', 'archived'))
);

create table payonce.inventory (
  product_slug text collate "C" not null,
  variant text collate "C" not null default '',
  stock bigint not null default 0,
  constraint inventory_key primary key (product_slug, variant),
  constraint inventory_product foreign key (product_slug) references payonce.products (slug),
  constraint inventory_stock_not_negative check (stock >= 0)
) with (fillfactor = 50);  -- few rows, updated by every sale: room for HOT updates

create table payonce.promotions (
  code text not null,
  kind text not null,
  value bigint not null default 0,
  starts_at timestamptz,
  ends_at timestamptz,
  usage_limit integer,
  per_customer_limit integer,
  usage_count integer not null default 0,
  status text not null default 'active',
  constraint promotions_key primary key (code),
  constraint promotions_code_upper_case check (code = upper(code) and code ~ '^[A-Z0-9_-]{2,40}$'),
  constraint promotions_kind_known check (kind in ('percent', 'flat', 'free_shipping')),
  constraint promotions_percent_in_range check (kind <> 'percent' or value between 1 and 100),
  constraint promotions_value_not_negative check (value >= 0),
  constraint promotions_window check (ends_at is null or starts_at is null or ends_at > starts_at),
  constraint promotions_limits_positive check (usage_limit > 0 and per_customer_limit > 0),
  constraint promotions_usage_not_negative check (usage_count >= 0),
  constraint promotions_status_known check (status in ('active', 'disabled'))
) with (fillfactor = 50);
