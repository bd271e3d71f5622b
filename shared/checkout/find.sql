-- The payment $1, or the newest payment of the order $2; of the provider $3 where it is given.
select COLUMNS from payonce.payments p
cross join lateral (select (payonce_release.show_checkout(p.id, 'done')).*) c
where (p.id = $1 or p.order_id = $2) and p.provider = coalesce($3, p.provider)
order by p.created_at desc, p.id desc limit 1
