-- A checkout as its caller is told of it, and how it came about: `new`, `resumed` (its provider may know of it already),
-- `done` (its provider has answered). One row; none for an unknown payment.
create type payonce_release.checkout as (
  state text, payment uuid, purpose text, provider text, provider_order text, provider_url text, amount bigint, currency text,
  livemode boolean, payment_status text, faulted smallint, created_at timestamptz, expires_at timestamptz,
  order_id text, order_status text, order_payment_status text, paid_at timestamptz,
  subtotal bigint, discount bigint, shipping bigint, tax bigint, tax_included bigint, promo text, email text,
  credits bigint, account text);
create function payonce_release.show_checkout(wanted uuid, how text) returns payonce_release.checkout
language sql stable security invoker set search_path = pg_catalog, pg_temp as $$
  select how, p.id, p.purpose, p.provider, p.provider_order_id, p.provider_url, p.amount_minor, p.currency,
    p.livemode, p.status, p.faulted, p.created_at, p.expires_at,
    o.id, o.status, o.payment_status,
    coalesce(o.paid_at, (select k.captured_at from payonce.captures k where k.payment_id = p.id and k.verdict = 'settled')),
    o.subtotal_minor, o.discount_minor, o.shipping_minor, o.tax_minor, o.tax_included_minor, o.promo_code,
    coalesce(c.email, a.email), p.credits, a.external_key
  from payonce.payments p
  left join payonce.orders o on o.id = p.order_id left join payonce.customers c on c.id = o.customer_id
  left join payonce.billing_accounts a on a.id = p.account_id
  where p.id = wanted;
$$;
