-- Each returns the rows that break it, and must return none. A number is never given twice.
-- name: I01 a balance is the sum of its ledger, and its last number the ledger's
select a.account_id::text as broken from payonce.credit_accounts a left join (
  select account_id, sum(wallet_delta) as sum, max(seq) as last, count(*) as entries from payonce.credit_ledger group by 1) l using (account_id)
where a.wallet <> coalesce(l.sum, 0) or a.last_seq <> coalesce(l.last, 0) or coalesce(l.last, 0) <> coalesce(l.entries, 0);
-- name: I02 every running balance in the ledger follows from its predecessors
select account_id || ':' || seq as broken from (
  select account_id, seq, wallet_after, sum(wallet_delta) over (partition by account_id order by seq) as sum from payonce.credit_ledger) x
where sum <> wallet_after;
-- name: I05 settled top-ups and their ledger entries match one to one, in account and credits
select coalesce(p.id::text, l.source_id) as broken from (
  select p.id, p.account_id, p.credits from payonce.payments p
  join payonce.captures c on c.payment_id = p.id and c.verdict = 'settled' where p.purpose = 'topup') p
full join (select source_type, source_id, account_id, wallet_delta from payonce.credit_ledger where entry_type = 'topup') l on l.source_type = 'payment' and l.source_id = p.id::text
where p.id is null or l.source_id is null or l.wallet_delta <> p.credits or l.account_id <> p.account_id;
-- name: I06 an order is paid exactly when one capture settled it, of its amount (adjusted by a person), currency and mode
select o.id as broken from payonce.orders o left join (
  select c.order_id, c.amount_minor + c.adjusted_minor as amount_minor, c.currency, p.livemode from payonce.captures c
  join payonce.payments p on p.id = c.payment_id where c.verdict = 'settled') s on s.order_id = o.id
where (o.paid_at is not null) <> (s.order_id is not null)
   or s.amount_minor <> o.total_minor or s.currency <> o.currency or s.livemode <> o.livemode;
-- name: I07 the lines of an order sum to its subtotal, and no order is empty
select o.id as broken from payonce.orders o left join payonce.order_items i on i.order_id = o.id
group by o.id, o.subtotal_minor having coalesce(sum(i.line_total_minor), 0) <> o.subtotal_minor or count(i.order_id) = 0;
-- name: I08 each line of a paid order has one sale of its quantity, no other line has any
select i.order_id || ':' || i.line as broken from payonce.order_items i join payonce.orders o on o.id = i.order_id
left join payonce.stock_movements m on m.order_id = i.order_id and m.line = i.line and m.reason = 'sale'
where (o.paid_at is not null) <> (m.id is not null) or m.delta <> -i.qty or m.product_slug <> i.product_slug or m.variant <> i.variant;
-- name: I09 stock is the sum of its movements, never negative
select v.product_slug || '/' || v.variant as broken from payonce.inventory v left join (
  select product_slug, variant, sum(delta) as sum from payonce.stock_movements group by 1, 2) m using (product_slug, variant)
where v.stock <> coalesce(m.sum, 0) or v.stock < 0;
-- name: I10 a customer's totals are the orders ever paid and what of them was refunded
select coalesce(t.customer_id, o.customer_id)::text as broken from payonce.customer_totals t full join (
  select o.customer_id, o.currency, count(*) as orders, sum(c.amount_minor) as spent, sum(c.refunded_minor) as refunded
  from payonce.orders o join payonce.captures c on c.order_id = o.id and c.verdict = 'settled'
  where o.paid_at is not null group by 1, 2) o on o.customer_id = t.customer_id and o.currency = t.currency
where coalesce(t.orders, 0) <> coalesce(o.orders, 0) or coalesce(t.spent_minor, 0) <> coalesce(o.spent, 0)
   or coalesce(t.refunded_minor, 0) <> coalesce(o.refunded, 0);
-- name: I11 a promotion's count is its redemptions
select p.code as broken from payonce.promotions p left join (
  select code, count(*) as n from payonce.promo_redemptions group by 1) r using (code) where p.usage_count <> coalesce(r.n, 0);
-- name: I12 a redemption exists exactly for a paid order with a promotion: same code, customer and discount
select coalesce(o.id, r.order_id) as broken from payonce.orders o full join payonce.promo_redemptions r on r.order_id = o.id
where (o.paid_at is not null and o.promo_code is not null) <> (r.order_id is not null)
   or r.code <> o.promo_code or r.discount_minor <> o.discount_minor or r.customer_id <> o.customer_id;
-- name: I15 captured money that is a duplicate or cannot be fulfilled is given back or asked to be, or was lost in a dispute
select c.provider_payment_id as broken from payonce.captures c
where c.verdict in ('duplicate', 'unfulfillable') and c.amount_minor > coalesce((select sum(r.amount_minor) from payonce.refunds r
  where r.provider = c.provider and r.provider_payment_id = c.provider_payment_id
    and r.currency = c.currency and r.state not in ('failed', 'cancelled')), 0)
  + coalesce((select sum(d.amount_minor) from payonce.disputes d where d.provider = c.provider
    and d.provider_payment_id = c.provider_payment_id and d.currency = c.currency and d.state = 'lost'), 0);
-- name: I16 refunds stay within their capture, in its currency
select c.provider_payment_id as broken from payonce.captures c join payonce.refunds r using (provider, provider_payment_id)
where r.state not in ('failed', 'cancelled') group by c.provider, c.provider_payment_id, c.amount_minor, c.currency
having sum(r.amount_minor) > c.amount_minor or bool_or(r.currency <> c.currency);
-- name: I17 what a capture says was refunded and disputed is what its facts say
select c.provider_payment_id as broken from payonce.captures c
where c.refunded_minor <> least(c.amount_minor, coalesce((select sum(r.amount_minor) from payonce.refunds r
    where r.provider = c.provider and r.provider_payment_id = c.provider_payment_id and r.state = 'succeeded' and r.currency = c.currency), 0))
   or c.disputed_minor <> least(c.amount_minor, coalesce((select sum(d.amount_minor) from payonce.disputes d
    where d.provider = c.provider and d.provider_payment_id = c.provider_payment_id and d.state in ('open', 'lost') and d.currency = c.currency), 0));
-- name: I26 a payment's status follows from its captures and what of them was refunded
select p.id::text as broken from payonce.payments p left join lateral (
  select c.verdict, c.amount_minor, c.refunded_minor from payonce.captures c where c.payment_id = p.id
  order by (c.verdict = 'settled') desc, (c.verdict = 'unfulfillable') desc, (c.refunded_minor < c.amount_minor) desc,
    (c.verdict = 'mismatch') desc, c.refunded_minor limit 1) c on true
where case
  when c.verdict is null then p.status in ('paid', 'mismatch', 'duplicate', 'unfulfillable', 'partially_refunded', 'refunded')
  when c.refunded_minor = 0 then p.status <> case c.verdict when 'settled' then 'paid' else c.verdict end
  else p.status <> case when c.refunded_minor < c.amount_minor then 'partially_refunded' else 'refunded' end end;
-- name: I27 no event waits for its retry a quarter of an hour too long
select id::text as broken from payonce.webhook_events where status = 'failed'
  and next_attempt_at < now() - interval '15 minutes' and coalesce(lease_until, next_attempt_at) < now() - interval '15 minutes';
-- name: I29 every paid order has its audit row
select o.id as broken from payonce.orders o where o.paid_at is not null and not exists (
  select from payonce.billing_audit_log a where a.action = 'order.paid' and a.resource_type = 'order' and a.resource_id = o.id);
-- name: I30 every clawback and restoration has an audit row
select l.account_id || ':' || l.seq as broken from payonce.credit_ledger l
where l.entry_type in ('clawback', 'restore') and not exists (
  select from payonce.billing_audit_log a where a.resource_type = 'payment' and a.resource_id = l.source_id
    and a.action = case l.entry_type when 'clawback' then 'credits.clawed_back' else 'credits.restored' end);
-- name: I36 no float or numeric column in the schema
select table_name || '.' || column_name as broken from information_schema.columns
where table_schema = 'payonce' and data_type in ('real', 'double precision', 'numeric', 'money');
-- name: I37 a payment and its order are of one mode, one amount and one currency
select p.id::text as broken from payonce.payments p join payonce.orders o on o.id = p.order_id
where p.livemode <> o.livemode or p.amount_minor <> o.total_minor or p.currency <> o.currency;
-- name: I41 of a reversed top-up, credits taken and owed are floor(credits x reversed / captured)
select p.id::text as broken from payonce.payments p
join payonce.captures c on c.payment_id = p.id and c.verdict = 'settled' where p.purpose = 'topup'
  and div(p.credits::numeric * least(c.amount_minor::numeric, c.refunded_minor::numeric + c.disputed_minor), c.amount_minor)
   <> coalesce((select -sum(l.wallet_delta) from payonce.credit_ledger l where l.source_type = 'payment'
        and l.source_id = p.id::text and l.entry_type in ('clawback', 'restore')), 0)
    + coalesce((select sum(s.credits) from payonce.clawback_shortfalls s where s.payment_id = p.id), 0);
-- name: I43 an order's payment status follows from the capture that settled it
select o.id as broken from payonce.orders o join payonce.captures c on c.order_id = o.id and c.verdict = 'settled'
where o.payment_status <> case when c.refunded_minor = 0 then 'paid'
  when c.refunded_minor < c.amount_minor then 'partially_refunded' else 'refunded' end;
-- name: I44 every paid order and every top-up with an address has its receipt mail
select o.id as broken from payonce.orders o where o.paid_at is not null and not exists (
  select from payonce.email_logs m where m.idempotency_key = 'receipt:' || o.id)
union all
select p.id::text from payonce.payments p join payonce.captures c on c.payment_id = p.id and c.verdict = 'settled'
join payonce.billing_accounts a on a.id = p.account_id where a.email is not null and not exists (
  select from payonce.email_logs m where m.idempotency_key = 'receipt:' || p.id);
-- name: I40 no order holds anything two hours after its time, unless its payment is still being made
select o.id as broken from payonce.orders o where o.hold = 'held' and o.expires_at < now() - interval '2 hours'
  and (o.expires_at < now() - interval '15 days' or not exists (select from payonce.payments p
    where p.order_id = o.id and p.status in ('requires_action', 'authorized')));
-- name: I45 what is held is what unpaid orders hold, of stock and of promotions
select v.product_slug || '/' || v.variant as broken from payonce.inventory v left join (
  select i.product_slug, i.variant, sum(i.qty) as qty from payonce.order_items i
  join payonce.orders o on o.id = i.order_id and o.hold = 'held' group by 1, 2) h using (product_slug, variant)
where v.held <> coalesce(h.qty, 0)
union all
select p.code from payonce.promotions p left join (
  select promo_code, count(*) as n from payonce.orders where hold = 'held' group by 1) h on h.promo_code = p.code
where p.held_count <> coalesce(h.n, 0)
union all
select id from payonce.orders where hold = 'held' and paid_at is not null or hold = 'used' and paid_at is null;
-- name: I46 of no line more came back than was sold
select order_id || ':' || line as broken from payonce.stock_movements where reason in ('sale', 'return')
group by order_id, line having sum(delta) > 0;
-- name: I47 a capture was adjusted exactly when a person accepted it, by the difference
select c.provider_payment_id as broken from payonce.captures c
full join payonce.mismatch_decisions m on m.provider = c.provider and m.provider_payment_id = c.provider_payment_id and m.decision = 'accepted'
where c.adjusted_minor <> 0 and m.provider is null
   or m.provider is not null and (c.verdict = 'mismatch' or c.verdict = 'settled' and c.adjusted_minor <> m.difference_minor);
-- name: I48 a promotion is over its limit only by late captures that say so
select p.code as broken from payonce.promotions p
where p.usage_count + p.held_count > p.usage_limit + (select count(*) from payonce.promo_redemptions r where r.code = p.code and r.over_limit);
-- name: I49 the receipts of a series are numbered from 1 to its last, none left out
select s.name as broken from payonce.receipt_series s left join (
  select series, count(*) as n, max(number) as last from payonce.receipts group by 1) r on r.series = s.name
where s.last_number <> coalesce(r.n, 0) or s.last_number <> coalesce(r.last, 0);
-- name: I50 a receipt is of something paid, in the series of its mode
select r.series || ':' || r.number as broken from payonce.receipts r
left join payonce.orders o on o.id = r.order_id
left join payonce.payments p on p.id = r.payment_id and p.purpose = 'topup'
left join payonce.captures c on c.payment_id = p.id and c.verdict = 'settled'
where (r.series = 'live') is distinct from coalesce(o.livemode, p.livemode) or (o.paid_at is null and c.payment_id is null);
