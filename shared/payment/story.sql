-- Everything about the payment $1, oldest first, as one JSON object.
select jsonb_build_object(
  'payment', to_jsonb(p),
  'account', (select to_jsonb(a) || to_jsonb(c) from payonce.billing_accounts a
    join payonce.credit_accounts c on c.account_id = a.id where a.id = p.account_id),
  'receipt', (select to_jsonb(r) from payonce.receipts r where r.payment_id = p.id),
  'captures', (select jsonb_agg(to_jsonb(k) order by k.captured_at) from payonce.captures k where k.payment_id = p.id),
  'refunds', (select jsonb_agg(to_jsonb(r) order by r.created_at) from payonce.refunds r
    join payonce.captures k using (provider, provider_payment_id) where k.payment_id = p.id),
  'decisions', (select jsonb_agg(to_jsonb(m) || jsonb_build_object('currency', k.currency) order by m.created_at)
    from payonce.mismatch_decisions m join payonce.captures k using (provider, provider_payment_id) where k.payment_id = p.id),
  'disputes', (select jsonb_agg(to_jsonb(d) order by d.created_at) from payonce.disputes d
    join payonce.captures k using (provider, provider_payment_id) where k.payment_id = p.id),
  'events', (select jsonb_agg(to_jsonb(e) - 'body' order by e.received_at) from payonce.webhook_events e where e.payment_id = p.id),
  'credits', (select jsonb_agg(to_jsonb(l) order by l.seq) from payonce.credit_ledger l
    where l.source_type = 'payment' and l.source_id = p.id::text),
  'shortfalls', (select jsonb_agg(to_jsonb(s) order by s.id) from payonce.clawback_shortfalls s where s.payment_id = p.id),
  'audit', (select jsonb_agg(to_jsonb(a) order by a.id) from payonce.billing_audit_log a
    where a.resource_type = 'payment' and a.resource_id = p.id::text),
  'mails', (select jsonb_agg(to_jsonb(m) order by m.created_at) from payonce.email_logs m
    where m.ref_type = 'payment' and m.ref_id = p.id::text)
)::text as story
from payonce.payments p where p.id = $1
