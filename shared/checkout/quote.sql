-- What the basket $1, $2, $3 (products, variants, quantities) costs with the promotion $4 for the buyer $5 at $6.
select c.currency, c.subtotal, c.discount, c.shipping, c.tax, c.tax_included, c.total as amount, $4::text as promo, (
  select jsonb_agg(jsonb_build_object('product', w.product, 'variant', w.variant, 'title', p.name, 'qty', w.qty,
    'unit_price_minor', p.price_minor, 'line_total_minor', w.qty * p.price_minor) order by w.line)
  from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality as w (product, variant, qty, line)
  join payonce.products p on p.slug = w.product)::text as items
from payonce_release.price_basket($1, $2, $3, $4, (select b.id from payonce.customers b where b.email = $5), $6) c
