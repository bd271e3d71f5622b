-- A database that has been in use: $orders paid orders of bench.seed, and three events of each, spread over 90 days. The bodies of
-- all but the newest tenth were dropped when their retention was over. As superuser, with triggers and foreign keys at rest; the
-- invariants are checked afterwards.
set session_replication_role = replica;
select count(*) from bench.seed(1, $orders);

create temporary table paid as
select o.id, o.customer_id, o.currency, o.total_minor, o.discount_minor, o.promo_code, p.id as payment, n.k,
  'pi_' || left(translate(encode(sha256(o.id::bytea), 'base64'), '+/', 'xy'), 24) as capture,
  date_trunc('second', now() - interval '90 days' * ($orders - n.k) / $orders - interval '1 hour') as at,
  n.k > $orders - $orders / 10 as is_new
from payonce.orders o join payonce.payments p on p.order_id = o.id cross join lateral (select substr(o.id, 5)::bigint as k) n
order by n.k;
insert into payonce.webhook_events (id, provider, provider_created_at, event_key, event_type, livemode, body, secret_version,
  status, outcome, payment_id, received_at, settled_at)
select ('00000000-0000-7000-' || (8000 + t.n) || '-' || lpad(to_hex(p.k), 12, '0'))::uuid, 'stripe', p.at,
  'evt_' || left(translate(encode(sha256((t.kind || p.id)::bytea), 'base64'), '+/', 'xy'), 24), t.kind, false,
  case when p.is_new then convert_to(replace($json$$body$json$, 'EVENT', p.id), 'utf8') end, 'current', t.status, t.outcome,
  case when t.n < 3 then p.payment end, p.at, p.at
from paid p cross join (values (1, 'checkout.session.completed', 'processed', 'order_paid'),
  (2, 'payment_intent.succeeded', 'processed', 'already_captured'), (3, 'customer.created', 'ignored', 'unhandled_type')) as t (n, kind, status, outcome)
order by p.k, t.n;
update payonce.orders o set status = 'confirmed', payment_status = 'paid', hold = 'used', paid_at = p.at from paid p where p.id = o.id;
update payonce.payments q set status = 'paid', updated_at = p.at from paid p where p.payment = q.id;
insert into payonce.captures (provider, provider_payment_id, payment_id, order_id, amount_minor, currency, expected_minor,
  expected_currency, verdict, captured_at)
select 'stripe', capture, payment, id, total_minor, currency, total_minor, currency, 'settled', at from paid order by k;
insert into payonce.stock_movements (product_slug, variant, delta, reason, order_id, line, actor, created_at)
select i.product_slug, i.variant, -i.qty, 'sale', i.order_id, i.line, 'stripe', p.at
from paid p join payonce.order_items i on i.order_id = p.id order by p.k, i.line;
update payonce.inventory v set stock = v.stock - v.held, held = 0;
insert into payonce.promo_redemptions (order_id, code, customer_id, discount_minor, created_at)
select id, promo_code, customer_id, discount_minor, at from paid where promo_code is not null order by k;
update payonce.promotions set usage_count = held_count, held_count = 0;
insert into payonce.customer_totals (customer_id, currency, orders, spent_minor)
select customer_id, currency, count(*), sum(total_minor) from paid group by 1, 2;
insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, event_id, detail, created_at)
select 'order.paid', 'stripe', 'order', id, ('00000000-0000-7000-8001-' || lpad(to_hex(k), 12, '0'))::uuid,
  jsonb_build_object('payment', payment, 'amount_minor', total_minor, 'currency', currency), at from paid order by k;
insert into payonce.email_logs (id, idempotency_key, email_type, recipient, ref_type, ref_id, created_at)
select ('00000000-0000-7000-9000-' || lpad(to_hex(k), 12, '0'))::uuid, 'receipt:' || id, 'order_receipt', 'buyer@bench.example', 'order', id, at
from paid order by k;
drop table paid;
set session_replication_role = origin;
