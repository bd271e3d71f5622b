-- Captured money takes effect: claimed, matched, compared, applied and marked in this one call and its one commit.
-- Locks: event, payment, then as the purpose needs. Its outcomes are explained at payment::settle.
create function payonce_release.settle_payment(
  e payonce_release.event, mark uuid, provider_order text, provider_payment text, amount bigint, currency text,
  mail_id uuid, refund_id uuid)
returns payonce_release.settled
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  our_payment uuid := payonce_release.find_payment(e.provider, mark, provider_order, provider_payment);
  claimed payonce_release.settled;
  p record;
  before record;
  odd text;
  verdict text;
  has_facts boolean;
begin
  claimed := payonce_release.claim(e, 'processed', case (select q.purpose from payonce.payments q where q.id = our_payment)
    when 'topup' then 'credits_granted' else 'order_paid' end, our_payment);
  if not claimed.mine then
    return claimed;
  elsif our_payment is null then
    return payonce_release.conclude(e, claimed, 'ignored', 'not_ours');
  end if;

  e.id := claimed.event_id;  -- an event taken up again keeps the id it was stored under
  perform payonce_release.lock_facts(e.provider, provider_payment);
  select q.id, q.purpose, q.order_id, q.account_id, q.credits, q.provider, q.amount_minor, q.currency, q.livemode, q.provider_order_id
  into p from payonce.payments q where q.id = our_payment for no key update;
  if not found then
    raise 'payment % is marked as ours and not stored yet', our_payment using errcode = 'PY404';
  end if;
  -- What came before: this money, maybe for a payment nobody knew of when ours was looked up; or money that settled ours.
  select bool_or(c.provider = e.provider and c.provider_payment_id = settle_payment.provider_payment) as this,
    bool_or(c.payment_id = p.id and c.verdict in ('settled', 'unfulfillable')) as settled
  into before from payonce.captures c
  where c.payment_id = p.id or (c.provider = e.provider and c.provider_payment_id = settle_payment.provider_payment);
  odd := payonce_release.misfit(e, provider_order, p.provider, p.livemode, p.provider_order_id);
  if odd is null and before.this then odd := payonce_release.told_again(e, provider_payment, amount, currency); end if;
  if odd is not null then
    return payonce_release.conclude(e, claimed, case odd when 'already_captured' then 'processed' else 'parked' end, odd);
  end if;

  verdict := case
    when before.settled then 'duplicate'
    when amount <> p.amount_minor or currency <> p.currency then 'mismatch'
    when p.purpose = 'order' then payonce_release.fulfil_order(e, p.order_id, p.id, mail_id)
    else 'settled' end;
  has_facts := payonce_release.record_capture(e, p.id, provider_order, provider_payment, amount, currency, verdict);
  if verdict <> 'settled' then
    perform payonce_release.set_aside(e, p.id, provider_payment, verdict, refund_id);
    update payonce.payments q set status = payonce_release.derive_status(q.id) where q.id = p.id;
  elsif p.purpose = 'topup' then
    perform payonce_release.top_up(e, p.account_id, p.credits, p.id, mail_id);
  end if;
  if has_facts then perform payonce_release.apply_facts(e, provider_payment); end if;

  return payonce_release.conclude(e, claimed, case verdict when 'mismatch' then 'parked' else 'processed' end,
    case verdict when 'settled' then case p.purpose when 'order' then 'order_paid' else 'credits_granted' end
      when 'mismatch' then 'payment_amount_mismatch' when 'duplicate' then 'duplicate_capture' else 'order_unfulfillable' end);
end $$;
