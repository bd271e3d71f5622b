-- The payment `wanted`, or the newest payment of the order `of_order`; of one provider, and with this order of
-- its own, where they are given. No row: none.
create function payonce_release.find_checkout(wanted uuid, of_order text, at_provider text, its_order text)
returns setof payonce_release.checkout
language sql stable security invoker set search_path = pg_catalog, pg_temp as $$
  select payonce_release.show_checkout(p.id, 'done') from payonce.payments p
  where (p.id = wanted or p.order_id = of_order) and p.provider = coalesce(at_provider, p.provider)
    and (its_order is null or p.provider_order_id = its_order)
  order by p.created_at desc, p.id desc limit 1;
$$;
