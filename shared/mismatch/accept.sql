-- Two persons accept money that is not what was asked, in the currency that was asked: the difference is an adjustment, and
-- from here on it is as any settled capture. Returns the verdict; where the order is not to be had any more the money goes
-- back. Locks: its parked events, facts, payment, then as fulfilment needs.
create function payonce_release.accept_mismatch(
  e payonce_release.event, provider_payment text, by_actor text, second text, why text, mail_id uuid, refund_id uuid)
returns text
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  c record;
  p record;
  ends text := 'settled';
begin
  perform payonce_release.lock_parked(e.provider, provider_payment);
  perform payonce_release.lock_facts(e.provider, provider_payment);
  select q.id, q.purpose, q.order_id, q.account_id, q.credits into p from payonce.payments q
  join payonce.captures k on k.payment_id = q.id
  where k.provider = e.provider and k.provider_payment_id = accept_mismatch.provider_payment for no key update of q;
  select k.payment_id, k.amount_minor, k.currency, k.expected_minor, k.expected_currency, k.verdict, k.refunded_minor + k.disputed_minor as gone
  into c from payonce.captures k where k.provider = e.provider and k.provider_payment_id = accept_mismatch.provider_payment for no key update;
  perform payonce_release.decide_mismatch(e, provider_payment, 'accepted', by_actor, second, why);
  if c.currency <> c.expected_currency or c.amount_minor = 0 or c.gone > 0 or exists (select from payonce.refunds r
      where r.provider = e.provider and r.provider_payment_id = accept_mismatch.provider_payment and r.state = 'pending') then
    perform payonce_release.refuse('refund_impossible',
      'only money of the currency asked, none of it gone again or on its way, can be accepted');
  end if;

  if p.purpose = 'order' then
    ends := payonce_release.fulfil_order(e, p.order_id, p.id, mail_id);
  elsif exists (select from payonce.captures k where k.payment_id = p.id and k.verdict = 'settled') then
    ends := 'duplicate';
  end if;
  update payonce.captures k set verdict = ends, adjusted_minor = case ends when 'settled' then c.expected_minor - c.amount_minor else 0 end
  where k.provider = e.provider and k.provider_payment_id = accept_mismatch.provider_payment;
  if ends <> 'settled' then
    perform payonce_release.ask_refund(e, provider_payment, refund_id);
  elsif p.purpose = 'topup' then
    perform payonce_release.top_up(e, p.account_id, p.credits, p.id, mail_id);
  else
    -- What was spent is what came: refunds are of that.
    update payonce.customer_totals t set spent_minor = t.spent_minor + c.amount_minor - c.expected_minor
    from payonce.orders o where o.id = p.order_id and t.customer_id = o.customer_id and t.currency = o.currency;
  end if;
  update payonce.payments q set status = payonce_release.derive_status(q.id), updated_at = e.now where q.id = p.id;
  perform payonce_release.conclude_mismatch(e, p.id, 'mismatch_accepted');
  return ends;
end $$;
