-- Open payments that nobody should make any more: of orders that want no money, and at Stripe those that waited for their
-- buyer when the order's time was over (its session may be over too, and the webhook lost). $1 now, $2 how many.
select p.id, p.provider, p.provider_order_id, p.livemode, p.created_at
from payonce.payments p join payonce.orders o on o.id = p.order_id
where p.status in ('created', 'requires_action', 'authorized', 'failed')
  and (o.payment_status not in ('pending', 'failed') or o.status not in ('new', 'expired')
    or p.provider = 'stripe' and p.status = 'requires_action' and o.expires_at < $1)
order by p.expires_at limit $2
