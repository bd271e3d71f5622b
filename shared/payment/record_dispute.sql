-- A dispute is a fact, kept under the provider's id. A decision outranks every open state in whatever order they
-- arrive; between two decisions the later report stands; of two reports of one second always the same one.
create function payonce_release.record_dispute(
  e payonce_release.event, mark uuid, provider_order text, provider_payment text,
  provider_dispute text, amount bigint, currency text, new_state text, due timestamptz, refund_id uuid)
returns payonce_release.settled
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  our_payment uuid := payonce_release.find_payment(e.provider, mark, provider_order, provider_payment);
  claimed payonce_release.settled := payonce_release.claim(e, 'processed', 'dispute_recorded', our_payment);
  news boolean;
begin
  if not claimed.mine then
    return claimed;
  end if;
  e.id := claimed.event_id;  -- an event taken up again keeps the id it was stored under
  perform payonce_release.lock_facts(e.provider, provider_payment);

  if exists (select from payonce.disputes d where d.provider = e.provider and d.provider_dispute_id = provider_dispute
      and d.provider_payment_id <> provider_payment) then
    return payonce_release.conclude(e, claimed, 'parked', 'ids_disagree');
  end if;
  news := not exists (select from payonce.disputes d where d.provider = e.provider and d.provider_dispute_id = provider_dispute
    and (d.state, d.amount_minor, d.due_by) is not distinct from (new_state, amount, coalesce(due, d.due_by)));
  insert into payonce.disputes as d (provider, provider_dispute_id, provider_payment_id, amount_minor, currency, state,
    due_by, reported_at, created_at)
  values (e.provider, provider_dispute, provider_payment, amount, currency, new_state, due, e.created, e.now)
  on conflict (provider, provider_dispute_id) do update
    set state = excluded.state, amount_minor = excluded.amount_minor, due_by = coalesce(excluded.due_by, d.due_by),
        reported_at = excluded.reported_at
    where (case excluded.state when 'inquiry' then 1 when 'open' then 2 else 3 end, excluded.reported_at,
           excluded.state collate "C", excluded.amount_minor)
       >= (case d.state when 'inquiry' then 1 when 'open' then 2 else 3 end, d.reported_at, d.state collate "C", d.amount_minor);
  news := news and found;
  if news then
    insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, event_id, detail, created_at)
    values ('dispute.' || new_state, e.provider, 'payment', coalesce(our_payment::text, provider_payment), e.id,
      jsonb_build_object('dispute', provider_dispute, 'provider_payment', provider_payment,
        'amount_minor', amount, 'currency', currency, 'due_by', due), e.now);
  end if;
  perform payonce_release.ask_refund(e, provider_payment, refund_id);
  return payonce_release.conclude_fact(e, claimed, provider_payment, case when news then 'dispute_recorded' else 'no_change' end);
end $$;
