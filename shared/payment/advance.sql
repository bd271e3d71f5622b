-- A payment moved without money arriving. Only forward, and never over money: a late `failed` does not undo a capture.
create function payonce_release.advance_payment(
  e payonce_release.event, mark uuid, provider_order text, provider_payment text, stage text)
returns payonce_release.settled
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  our_payment uuid := payonce_release.find_payment(e.provider, mark, provider_order, provider_payment);
  claimed payonce_release.settled;
  p record;
  odd text;
begin
  claimed := payonce_release.claim(e, 'processed', 'payment_' || stage, our_payment);
  if not claimed.mine then
    return claimed;
  elsif our_payment is null then
    return payonce_release.conclude(e, claimed, 'ignored', 'not_ours');
  end if;

  select q.order_id, q.provider, q.livemode, q.status, q.provider_order_id into p from payonce.payments q where q.id = our_payment for no key update;
  if not found then
    raise 'payment % is marked as ours and not stored yet', our_payment using errcode = 'PY404';
  end if;
  odd := payonce_release.misfit(e, provider_order, p.provider, p.livemode, p.provider_order_id);
  if odd is not null then
    return payonce_release.conclude(e, claimed, 'parked', odd);
  elsif not p.status = any (case stage
      when 'requires_action' then array['created', 'failed']
      when 'authorized' then array['created', 'requires_action', 'failed']
      when 'failed' then array['created', 'requires_action', 'authorized']
      else array['created', 'requires_action', 'authorized', 'failed'] end) then
    return payonce_release.conclude(e, claimed, 'processed', 'no_change');
  end if;

  update payonce.payments
  set status = stage, provider_order_id = coalesce(provider_order_id, provider_order), updated_at = e.now where id = our_payment;
  if stage = 'failed' then
    update payonce.orders set payment_status = 'failed' where id = p.order_id and payment_status = 'pending';
  elsif stage in ('expired', 'cancelled') then
    -- The order closes with its last open payment; a capture that comes late may still claim it. Locked before looking:
    -- of two payments that close at once, the second sees the first.
    perform 1 from payonce.orders o where o.id = p.order_id for no key update;
    update payonce.orders o set status = 'expired'
    where o.id = p.order_id and o.status = 'new' and o.payment_status in ('pending', 'failed')
      and not exists (select from payonce.payments q where q.order_id = o.id
        and q.status in ('created', 'requires_action', 'authorized', 'failed'));
    if found then
      perform payonce_release.release_hold(p.order_id);
    end if;
  end if;
  return claimed;
end $$;
