-- Claim first: who holds the order's lock and finds it unpaid sells it: what it holds; without a hold (late money) what nobody
-- else holds.
-- Locks: order, stock by (product, variant) in byte order, promotion, customer: each step of the sale reads the one before.
create function payonce_release.fulfil_order(e payonce_release.event, wanted text, paid_by uuid, mail_id uuid) returns text
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  o record;
  was_held integer;
  sold boolean;
begin
  select q.id, q.customer_id, q.status, q.payment_status, q.currency, q.total_minor, q.discount_minor, q.promo_code, q.paid_at, q.hold
  into o from payonce.orders q where q.id = wanted for no key update;
  if o.paid_at is not null or o.payment_status not in ('pending', 'failed') then
    return 'duplicate';
  end if;
  was_held := (o.hold = 'held')::integer;
  with shelf as materialized (
    select v.product_slug, v.variant, i.line, i.qty, v.stock - v.held * (1 - was_held) < i.qty as short
    from payonce.inventory v join payonce.order_items i on i.product_slug = v.product_slug and i.variant = v.variant
    where i.order_id = o.id order by v.product_slug, v.variant for no key update of v
  ), basket as materialized (
    select s.product_slug, s.variant, s.line, s.qty from shelf s
    where o.status in ('new', 'expired') and not exists (select from shelf where short)
  ), taken as (
    update payonce.inventory v set stock = v.stock - b.qty, held = v.held - b.qty * was_held
    from basket b where v.product_slug = b.product_slug and v.variant = b.variant
  ), moved as (
    insert into payonce.stock_movements (product_slug, variant, delta, reason, order_id, line, actor, created_at)
    select b.product_slug, b.variant, -b.qty, 'sale', o.id, b.line, e.provider, e.now from basket b order by b.line
  ), paid as materialized (
    update payonce.orders q set status = 'confirmed', payment_status = 'paid', paid_at = e.now, hold = case q.hold when 'held' then 'used' else q.hold end
    where q.id = o.id and exists (select from basket) returning q.id
  )
  select exists (select from paid) into sold;
  if sold then
    if o.promo_code is not null then
      perform payonce_release.redeem_promotion(e, o.id, o.promo_code, o.customer_id, o.discount_minor, was_held);
    end if;
    with counted as (
      insert into payonce.customer_totals as t (customer_id, currency, orders, spent_minor)
      values (o.customer_id, o.currency, 1, o.total_minor)
      on conflict (customer_id, currency) do update set orders = t.orders + 1, spent_minor = t.spent_minor + o.total_minor
    ), audited as (
      insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, event_id, detail, created_at)
      values ('order.paid', e.provider, 'order', o.id, e.id, jsonb_build_object('payment', paid_by, 'amount_minor', o.total_minor, 'currency', o.currency), e.now)
    )
    insert into payonce.email_logs (id, idempotency_key, email_type, recipient, ref_type, ref_id, created_at)
    select mail_id, 'receipt:' || o.id, 'order_receipt', c.email, 'order', o.id, e.now
    from payonce.customers c where c.id = o.customer_id;
    return 'settled';
  end if;
  update payonce.orders set status = 'cancelled', payment_status = case o.total_minor when 0 then 'refunded' else 'refund_pending' end
  where id = o.id;
  perform payonce_release.release_hold(o.id);
  return 'unfulfillable';
end $$;
