-- Refuses a promotion that is not to be had now, by the code that says why. Exact once the caller holds the promotion's
-- lock; before, it is what a quote can say.
create function payonce_release.check_promotion(promo text, buyer uuid, at_time timestamptz) returns void
language plpgsql stable security invoker set search_path = pg_catalog, pg_temp as $$
declare
  p record;
  used_by_buyer bigint;
begin
  select q.status, q.starts_at, q.ends_at, q.usage_limit, q.per_customer_limit, q.usage_count + q.held_count as used
  into p from payonce.promotions q where q.code = promo;
  if not found or p.status <> 'active' or p.starts_at > at_time then
    perform payonce_release.refuse('promo_unknown', 'there is no such promotion now');
  elsif p.ends_at <= at_time then
    perform payonce_release.refuse('promo_expired', 'the promotion is over');
  elsif p.used >= p.usage_limit then
    perform payonce_release.refuse('promo_used_up', 'the promotion has been used as often as it may be');
  elsif p.per_customer_limit is not null and buyer is not null then
    select count(*) into used_by_buyer from (
      select 1 from payonce.promo_redemptions r where r.code = promo and r.customer_id = buyer
      union all
      select 1 from payonce.orders o where o.hold = 'held' and o.promo_code = promo and o.customer_id = buyer) u;
    if used_by_buyer >= p.per_customer_limit then
      perform payonce_release.refuse('promo_used_up', 'this buyer has used the promotion as often as one may');
    end if;
  end if;
end $$;
