-- The writes of a paid order in their cheapest form: one statement, nothing compared, nothing locked beforehand, no event told
-- twice. It is no payment: it is what the rows, their indexes and constraints cost by themselves.
create function bench.write_paid(k bigint, body bytea) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  with event as (
    insert into payonce.webhook_events (id, provider, provider_created_at, event_key, event_type, livemode, body, secret_version,
      status, outcome, payment_id, received_at, settled_at)
    values (('00000000-0000-7000-8001-' || lpad(to_hex(k), 12, '0'))::uuid, 'stripe', date_trunc('second', now()), 'evt_bench_' || k,
      'checkout.session.completed', false, body, 'current', 'processed', 'order_paid',
      ('00000000-0000-7000-8000-' || lpad(to_hex(k), 12, '0'))::uuid, now(), now())
  ), o as (
    update payonce.orders set status = 'confirmed', payment_status = 'paid', paid_at = now(), hold = 'used'
    where id = 'ORD-' || lpad(k::text, 26, '0')
    returning id, customer_id, currency, total_minor, discount_minor, promo_code
  ), p as (
    update payonce.payments set status = 'paid', updated_at = now() from o
    where payments.id = ('00000000-0000-7000-8000-' || lpad(to_hex(k), 12, '0'))::uuid returning payments.id
  ), lines as (
    select i.order_id, i.line, i.product_slug, i.variant, i.qty from payonce.order_items i where i.order_id = 'ORD-' || lpad(k::text, 26, '0')
  ), shelf as (
    update payonce.inventory v set stock = v.stock - l.qty, held = v.held - l.qty from lines l
    where v.product_slug = l.product_slug and v.variant = l.variant
  ), moved as (
    insert into payonce.stock_movements (product_slug, variant, delta, reason, order_id, line, actor, created_at)
    select product_slug, variant, -qty, 'sale', order_id, line, 'stripe', now() from lines
  ), promoted as (
    update payonce.promotions q set usage_count = q.usage_count + 1, held_count = q.held_count - 1 from o where q.code = o.promo_code
  ), redeemed as (
    insert into payonce.promo_redemptions (order_id, code, customer_id, discount_minor, created_at)
    select id, promo_code, customer_id, discount_minor, now() from o where promo_code is not null
  ), customer as (
    insert into payonce.customer_totals as t (customer_id, currency, orders, spent_minor)
    select customer_id, currency, 1, total_minor from o
    on conflict (customer_id, currency) do update set orders = t.orders + 1, spent_minor = t.spent_minor + excluded.spent_minor
  ), told as (
    insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, detail, created_at)
    select 'order.paid', 'stripe', 'order', id, jsonb_build_object('amount_minor', total_minor, 'currency', currency), now() from o
  ), mail as (
    insert into payonce.email_logs (id, idempotency_key, email_type, recipient, ref_type, ref_id, created_at)
    select ('00000000-0000-7000-8002-' || lpad(to_hex(k), 12, '0'))::uuid, 'receipt:' || o.id, 'order_receipt', c.email, 'order', o.id, now()
    from o join payonce.customers c on c.id = o.customer_id
  )
  insert into payonce.captures (provider, provider_payment_id, payment_id, order_id, amount_minor, currency, expected_minor,
    expected_currency, verdict, captured_at)
  select 'stripe', 'pi_bench_' || k, p.id, o.id, o.total_minor, o.currency, o.total_minor, o.currency, 'settled', now() from o cross join p;
$$;
grant usage on schema bench to payonce_request;
