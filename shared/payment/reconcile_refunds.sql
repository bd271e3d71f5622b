-- The provider's running total of refunds moves nothing: it checks that the facts we hold explain it. When they do not
-- yet, the event fails and is tried again; the missing refund is an event of its own.
create function payonce_release.reconcile_refunds(
  e payonce_release.event, mark uuid, provider_order text, provider_payment text, total bigint, currency text)
returns payonce_release.settled
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  our_payment uuid := payonce_release.find_payment(e.provider, mark, provider_order, provider_payment);
  claimed payonce_release.settled := payonce_release.claim(e, 'processed', 'refunds_agree', our_payment);
  explained bigint;
begin
  if not claimed.mine then
    return claimed;
  elsif our_payment is null then
    return payonce_release.conclude(e, claimed, 'ignored', 'not_ours');
  end if;
  -- Failed refunds count: the total is a snapshot of the time before they failed.
  select coalesce(sum(r.amount_minor), 0) into explained from payonce.refunds r
  where r.provider = e.provider and r.provider_payment_id = provider_payment and r.currency = reconcile_refunds.currency
    and r.provider_refund_id is not null;
  if explained < total then
    raise 'the provider says % was refunded of %, our facts explain %', total, provider_payment, explained using errcode = 'PY409';
  end if;
  return claimed;
end $$;
