-- The newest orders: $1 of this address, $2 in this state of the order or of its payment, $3 how many; null: any.
-- An id begins with its time, so the order of the ids is that of the orders.
select (jsonb_build_object('email', c.email, 'name', c.name) || to_jsonb(o))::text as fields
from payonce.orders o join payonce.customers c on c.id = o.customer_id
where c.email = coalesce($1, c.email) and coalesce(o.status = $2 or o.payment_status = $2, true)
order by o.id desc limit $3
