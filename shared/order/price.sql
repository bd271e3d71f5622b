-- What a basket costs: catalogue prices, less the promotion, with shipping and tax. Writes nothing, locks nothing. What
-- cannot be sold is refused by its code. Percentages of a discount are rounded down (never more off than was promised), tax
-- is rounded half up, both to what providers can take; numeric carries the products, which may pass 64 bits.
create type payonce_release.priced as (
  currency text, subtotal bigint, discount bigint, shipping bigint, tax bigint, tax_included bigint, total bigint,
  unit_prices bigint[], titles text[]);  -- a line each, as the basket gave them
create function payonce_release.price_basket(
  products text[], variants text[], quantities bigint[], promo text, buyer uuid, at_time timestamptz)
returns payonce_release.priced
language plpgsql stable security invoker set search_path = pg_catalog, pg_temp as $$
declare
  b record;
  off record;
  step bigint;
  terms record;
  result payonce_release.priced;
begin
  select count(*) as lines, count(v.product_slug) as sold, count(distinct p.currency) as currencies, min(p.currency) as currency,
    coalesce(sum(w.qty::numeric * p.price_minor), 0) as subtotal,
    array_agg(p.price_minor order by w.line) as unit_prices, array_agg(p.name order by w.line) as titles,
    min(w.product || case w.variant when '' then '' else '/' || w.variant end) filter (where v.product_slug is null) as missing,
    min(w.product || case w.variant when '' then '' else '/' || w.variant end) filter (where v.stock - v.held < w.qty) as short
  into b from unnest(products, variants, quantities) with ordinality as w (product, variant, qty, line)
  left join payonce.products p on p.slug = w.product and p.status = 'active'
  left join payonce.inventory v on v.product_slug = p.slug and v.variant = w.variant;
  if b.sold < b.lines then
    perform payonce_release.refuse('product_unavailable', b.missing || ' is not on sale');
  elsif b.currencies <> 1 then
    perform payonce_release.refuse('currencies_mixed', 'order what is sold in different currencies separately');
  elsif b.short is not null then
    perform payonce_release.refuse('out_of_stock', b.short || ' is not there in that quantity');
  elsif b.subtotal > 1000000000000 then
    perform payonce_release.refuse('amount_out_of_range', 'the basket costs more than can be paid at once');
  end if;
  result.currency := b.currency;
  result.subtotal := b.subtotal;
  result.unit_prices := b.unit_prices;
  result.titles := b.titles;
  if promo is not null then
    perform payonce_release.check_promotion(promo, buyer, at_time);
  end if;
  select p.kind, p.value, p.currency into off from payonce.promotions p where p.code = promo;
  if off.kind = 'flat' and off.currency <> b.currency then
    perform payonce_release.refuse('promo_unknown', 'this promotion is not for what is sold in ' || b.currency);
  end if;
  step := payonce_release.payable_step(b.currency);
  result.discount := least(result.subtotal, coalesce(case off.kind
    when 'percent' then result.subtotal * off.value / 100 / step * step when 'flat' then off.value end, 0));
  select t.shipping_minor, t.shipping_free_from_minor, t.tax_basis_points, t.tax_inclusive into terms
  from payonce.terms_of_sale t where t.currency = b.currency;
  result.shipping := case when coalesce(off.kind = 'free_shipping', false)
    or coalesce(result.subtotal - result.discount >= terms.shipping_free_from_minor, false) then 0 else coalesce(terms.shipping_minor, 0) end;
  result.total := result.subtotal - result.discount + result.shipping;
  result.tax := case when terms.tax_inclusive then 0
    else coalesce(div(result.total::numeric * terms.tax_basis_points + 5000 * step, 10000 * step) * step, 0) end;
  result.tax_included := case when not coalesce(terms.tax_inclusive, false) then 0
    else div(result.total::numeric * terms.tax_basis_points * 2 + 10000 + terms.tax_basis_points, 2 * (10000 + terms.tax_basis_points)) end;
  result.total := result.total + result.tax;
  return result;
end $$;
