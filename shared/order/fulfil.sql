-- Claim first: one conditional step takes the order from unpaid to paid, and only who took it moves anything else.
-- It sells what it holds; without a hold (late money) what nobody else holds. Returns the verdict on the capture. Locks: order, stock by (product, variant) in byte order, promotion, customer.
create function payonce_release.fulfil_order(e payonce_release.event, wanted text, paid_by uuid, mail_id uuid)
returns text
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  o record;
  short integer;
begin
  select q.id, q.customer_id, q.status, q.payment_status, q.currency, q.total_minor, q.discount_minor, q.promo_code, q.paid_at, q.hold
  into o from payonce.orders q where q.id = wanted for no key update;
  if o.paid_at is not null or o.payment_status not in ('pending', 'failed') then
    return 'duplicate';
  end if;

  perform 1 from payonce.inventory v
  join payonce.order_items i on i.product_slug = v.product_slug and i.variant = v.variant
  where i.order_id = o.id order by v.product_slug, v.variant for no key update of v;
  select count(*) into short from payonce.order_items i
  join payonce.inventory v on v.product_slug = i.product_slug and v.variant = i.variant
  where i.order_id = o.id and v.stock - case o.hold when 'held' then 0 else v.held end < i.qty;
  if short > 0 or o.status not in ('new', 'expired') then
    update payonce.orders set status = 'cancelled',
      payment_status = case when o.total_minor = 0 then 'refunded' else 'refund_pending' end where id = o.id;
    perform payonce_release.release_hold(o.id);
    return 'unfulfillable';
  end if;

  update payonce.orders set status = 'confirmed', payment_status = 'paid', paid_at = e.now,
    hold = case o.hold when 'held' then 'used' else o.hold end where id = o.id;
  update payonce.inventory v set stock = v.stock - i.qty, held = v.held - case o.hold when 'held' then i.qty else 0 end
  from payonce.order_items i
  where i.order_id = o.id and v.product_slug = i.product_slug and v.variant = i.variant;
  insert into payonce.stock_movements (product_slug, variant, delta, reason, order_id, line, actor, created_at)
  select i.product_slug, i.variant, -i.qty, 'sale', i.order_id, i.line, e.provider, e.now
  from payonce.order_items i where i.order_id = o.id order by i.line;
  if o.promo_code is not null then
    perform payonce_release.redeem_promotion(e, o.promo_code, o.id, o.customer_id, o.discount_minor, o.hold = 'held');
  end if;
  insert into payonce.customer_totals as t (customer_id, currency, orders, spent_minor)
  values (o.customer_id, o.currency, 1, o.total_minor)
  on conflict (customer_id, currency) do update set orders = t.orders + 1, spent_minor = t.spent_minor + o.total_minor;
  insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, event_id, detail, created_at)
  values ('order.paid', e.provider, 'order', o.id, e.id,
    jsonb_build_object('payment', paid_by, 'amount_minor', o.total_minor, 'currency', o.currency), e.now);
  insert into payonce.email_logs (id, idempotency_key, email_type, recipient, ref_type, ref_id, created_at)
  select mail_id, 'receipt:' || o.id, 'order_receipt', c.email, 'order', o.id, e.now
  from payonce.customers c where c.id = o.customer_id;
  return 'settled';
end $$;
