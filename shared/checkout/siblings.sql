-- Open payments of orders that want no money any more, at most $1.
select p.id, p.provider, p.provider_order_id, p.livemode, p.created_at
from payonce.payments p join payonce.orders o on o.id = p.order_id
where p.status in ('created', 'requires_action', 'authorized', 'failed')
  and (o.payment_status not in ('pending', 'failed') or o.status not in ('new', 'expired'))
order by p.expires_at limit $1
