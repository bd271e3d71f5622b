-- What the receipt of the order $1 or of the top-up $2 says, as one JSON object; its `series` and `number` null while it has
-- none, `paid_on` null while nothing is paid. No row: no such order or top-up. Dates are UTC.
with about as (
  select o.id as order_id, null::uuid as payment_id, o.currency, o.livemode, o.paid_at, o.subtotal_minor, o.discount_minor,
    o.promo_code, o.shipping_minor, o.tax_minor, o.tax_included_minor, o.total_minor,
    coalesce(nullif(o.contact->>'name', ''), c.name) as buyer, null::text as account, null::bigint as credits
  from payonce.orders o join payonce.customers c on c.id = o.customer_id where o.id = $1::text
  union all
  select null, p.id, p.currency, p.livemode, null, p.amount_minor, 0, null, 0, 0, 0, p.amount_minor, '', a.display_name, p.credits
  from payonce.payments p join payonce.billing_accounts a on a.id = p.account_id
  where p.id = $2::uuid and p.purpose = 'topup'
), settled as (
  select c.provider, c.provider_payment_id, c.currency, c.amount_minor, c.refunded_minor, c.captured_at
  from payonce.captures c join about a on coalesce(c.order_id, c.payment_id::text) = coalesce(a.order_id, a.payment_id::text)
  where c.verdict = 'settled'
)
select jsonb_build_object(
  'series', r.series, 'number', r.number, 'issued_on', to_char(r.issued_at at time zone 'UTC', 'YYYY-MM-DD'),
  'paid_on', to_char(coalesce(a.paid_at, s.captured_at) at time zone 'UTC', 'YYYY-MM-DD'), 'livemode', a.livemode,
  'buyer', a.buyer, 'order', a.order_id, 'payment', a.payment_id, 'account', a.account, 'credits', a.credits,
  'currency', a.currency, 'subtotal', a.subtotal_minor, 'discount', a.discount_minor, 'promo_code', a.promo_code,
  'shipping', a.shipping_minor, 'tax', a.tax_minor, 'tax_included', a.tax_included_minor, 'total', a.total_minor,
  'paid', coalesce(s.amount_minor, 0), 'provider', s.provider, 'provider_payment', s.provider_payment_id,
  'refunded', coalesce(s.refunded_minor, 0),
  'lines', coalesce((select jsonb_agg(jsonb_build_object('title', coalesce(nullif(i.title, ''), q.name), 'variant', i.variant,
      'qty', i.qty, 'unit_price', i.unit_price_minor, 'total', i.line_total_minor) order by i.line)
    from payonce.order_items i join payonce.products q on q.slug = i.product_slug where i.order_id = a.order_id), '[]'),
  'refunds', coalesce((select jsonb_agg(jsonb_build_object('on', to_char(f.updated_at at time zone 'UTC', 'YYYY-MM-DD'),
      'amount', f.amount_minor) order by f.updated_at, f.id)
    from payonce.refunds f where f.provider = s.provider and f.provider_payment_id = s.provider_payment_id
      and f.state = 'succeeded' and f.currency = s.currency), '[]')
)::text as found
from about a left join settled s on true
left join payonce.receipts r on r.order_id = a.order_id or r.payment_id = a.payment_id
