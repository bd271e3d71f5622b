-- Orders that hold something although their time is over, longest over first. $1 now, $2 how many.
select o.id from payonce.orders o
where o.hold = 'held' and o.expires_at <= $1 and (o.expires_at <= $1 - interval '14 days' or not exists (
  select from payonce.payments p where p.order_id = o.id and p.status in ('requires_action', 'authorized')))
order by o.expires_at limit $2
