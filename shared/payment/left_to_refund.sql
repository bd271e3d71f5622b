-- What of a capture can still be given back: neither given back already, nor on its way, nor lost in a dispute. Null: no
-- such capture.
create function payonce_release.left_to_refund(from_provider text, provider_payment text) returns bigint
language sql stable security invoker set search_path = pg_catalog, pg_temp as $$
  select c.amount_minor
    - (select coalesce(sum(r.amount_minor), 0) from payonce.refunds r where r.provider = c.provider
        and r.provider_payment_id = c.provider_payment_id and r.currency = c.currency and r.state in ('pending', 'succeeded'))::bigint
    - (select coalesce(sum(d.amount_minor), 0) from payonce.disputes d where d.provider = c.provider
        and d.provider_payment_id = c.provider_payment_id and d.currency = c.currency and d.state = 'lost')::bigint
  from payonce.captures c where c.provider = from_provider and c.provider_payment_id = left_to_refund.provider_payment;
$$;
