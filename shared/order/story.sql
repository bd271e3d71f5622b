-- Everything about the order $1, oldest first, as one JSON object.
select jsonb_build_object(
  'order', to_jsonb(o), 'customer', to_jsonb(c),
  'items', (select jsonb_agg(to_jsonb(i) order by i.line) from payonce.order_items i where i.order_id = o.id),
  'promotion', (select to_jsonb(r) from payonce.promo_redemptions r where r.order_id = o.id),
  'payments', (select jsonb_agg(to_jsonb(p) order by p.created_at) from payonce.payments p where p.order_id = o.id),
  'receipt', (select to_jsonb(r) from payonce.receipts r where r.order_id = o.id),
  'captures', (select jsonb_agg(to_jsonb(k) order by k.captured_at) from payonce.captures k where k.order_id = o.id),
  'refunds', (select jsonb_agg(to_jsonb(r) order by r.created_at) from payonce.refunds r
    join payonce.captures k using (provider, provider_payment_id) where k.order_id = o.id),
  'decisions', (select jsonb_agg(to_jsonb(m) || jsonb_build_object('currency', k.currency) order by m.created_at)
    from payonce.mismatch_decisions m join payonce.captures k using (provider, provider_payment_id) where k.order_id = o.id),
  'disputes', (select jsonb_agg(to_jsonb(d) order by d.created_at) from payonce.disputes d
    join payonce.captures k using (provider, provider_payment_id) where k.order_id = o.id),
  'events', (select jsonb_agg(to_jsonb(e) - 'body' order by e.received_at) from payonce.webhook_events e
    join payonce.payments p on p.id = e.payment_id where p.order_id = o.id),
  'stock', (select jsonb_agg(to_jsonb(m) order by m.id) from payonce.stock_movements m where m.order_id = o.id),
  'totals', (select to_jsonb(t) from payonce.customer_totals t where t.customer_id = c.id and t.currency = o.currency),
  'audit', (select jsonb_agg(to_jsonb(a) order by a.id) from payonce.billing_audit_log a
    where (a.resource_type = 'order' and a.resource_id = o.id)
       or (a.resource_type = 'payment' and a.resource_id in (select p.id::text from payonce.payments p where p.order_id = o.id))),
  'mails', (select jsonb_agg(to_jsonb(m) order by m.created_at) from payonce.email_logs m
    where m.ref_type = 'order' and m.ref_id = o.id)
)::text as story
from payonce.orders o join payonce.customers c on c.id = o.customer_id
where o.id = $1
