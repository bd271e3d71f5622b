-- The whole effect of a paid order on the reference model, as one call: claimed, matched, compared, applied. No more than the
-- effect needs, and no setting on the function: the cheapest form that is still natural.
create function reference.paid_order(
  event_id text, event_type text, created timestamptz, livemode boolean, payload jsonb, payload_sha256 text,
  mark uuid, provider_order text, provider_payment text, amount bigint, paid_currency text)
returns text language plpgsql as $$
declare
  event uuid;
  fresh boolean;
  before text;
  p record;
  o record;
begin
  insert into reference.webhook_events as w (provider, event_id, event_type, provider_created_at, livemode, payload,
    payload_sha256, secret_version, status, outcome, processed_at)
  values ('stripe', event_id, event_type, created, livemode, payload, payload_sha256, 'current', 'processed', 'order_paid', now())
  on conflict on constraint webhook_events_provider_event_id_key do update set deliveries = w.deliveries + 1
  returning w.id, w.xmax = 0, w.outcome into event, fresh, before;
  if not fresh then
    return before;
  end if;
  select q.id, q.order_id, q.amount_minor, q.currency, q.livemode, q.settled_at into p
  from reference.payments q where q.id = mark for no key update;
  if p.settled_at is not null then
    update reference.webhook_events w set outcome = 'already_paid' where w.id = event;
    return 'already_paid';
  elsif (p.amount_minor, p.currency, p.livemode) is distinct from (amount, paid_currency::char(3), livemode) then
    raise 'payment % does not fit', mark;
  end if;
  update reference.orders q set status = 'confirmed', payment_status = 'paid', paid_at = now()
  where q.id = p.order_id and q.status in ('new', 'expired') and q.payment_status in ('pending', 'failed')
  returning q.id, q.customer_id, q.currency, q.total_minor, q.discount_minor, q.promo_code into strict o;

  perform 1 from reference.inventory v join reference.order_items i using (product_slug, variant)
  where i.order_id = o.id order by v.product_slug collate "C", v.variant collate "C" for no key update of v;
  update reference.inventory v set stock = v.stock - i.qty from reference.order_items i
  where i.order_id = o.id and v.product_slug = i.product_slug and v.variant = i.variant;
  insert into reference.stock_movements (product_slug, variant, delta, reason, order_item_id, actor)
  select i.product_slug, i.variant, -i.qty, 'sale', i.id, 'stripe' from reference.order_items i where i.order_id = o.id;
  if o.promo_code is not null then
    update reference.promotions q set usage_count = q.usage_count + 1 where q.code = o.promo_code;
    insert into reference.promo_redemptions (order_id, code, customer_id, discount_minor)
    values (o.id, o.promo_code, o.customer_id, o.discount_minor);
  end if;
  update reference.payments q set status = 'paid', provider_order_id = provider_order, provider_payment_id = provider_payment,
    captured_minor = amount, captured_currency = paid_currency, settled_at = now(), updated_at = now() where q.id = p.id;
  update reference.customers c set total_orders = c.total_orders + 1, total_spent_minor = c.total_spent_minor + o.total_minor
  where c.id = o.customer_id;
  insert into reference.billing_audit_log (action, actor_type, actor_id, resource_type, resource_id, after_state)
  values ('order.paid', 'webhook', 'stripe', 'order', o.id,
    jsonb_build_object('payment', p.id, 'amount_minor', amount, 'currency', paid_currency));
  insert into reference.email_logs (idempotency_key, email_type, template_version, ref_type, ref_id, recipient_email, delivery)
  select 'receipt:' || o.id, 'order_receipt', '1', 'order', o.id, c.email, 'at_least_once'
  from reference.customers c where c.id = o.customer_id;
  return 'order_paid';
end $$;
