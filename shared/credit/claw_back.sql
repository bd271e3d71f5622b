-- Credits follow the money: of a top-up, floor(credits x reversed / captured) are to be gone, whatever the road there.
-- What was spent already cannot be taken and becomes a shortfall; a reversal that is itself reversed first lets off the
-- shortfall, then restores. numeric carries the product, which may pass 64 bits.
create function payonce_release.claw_back(e payonce_release.event, our_payment uuid) returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  p record;
  taken bigint;
  owed bigint;
  change bigint;
  in_wallet bigint;
  by_ledger bigint;
begin
  select q.account_id, q.credits, c.amount_minor, least(c.amount_minor::numeric, c.refunded_minor::numeric + c.disputed_minor) as reversed
  into p from payonce.payments q join payonce.captures c on c.payment_id = q.id and c.verdict = 'settled'
  where q.id = our_payment and q.purpose = 'topup';
  if not found then
    return;
  end if;
  select a.wallet into strict in_wallet from payonce.credit_accounts a where a.account_id = p.account_id for no key update;
  select -coalesce(sum(l.wallet_delta), 0) into taken from payonce.credit_ledger l
  where l.source_type = 'payment' and l.source_id = our_payment::text and l.entry_type in ('clawback', 'restore');
  select coalesce(sum(s.credits), 0) into owed from payonce.clawback_shortfalls s where s.payment_id = our_payment;

  change := div(p.credits::numeric * p.reversed, p.amount_minor)::bigint - taken - owed;
  by_ledger := case when change > 0 then -least(change, in_wallet) else -change - least(-change, owed) end;
  if by_ledger <> 0 then
    perform payonce_release.post_credits(p.account_id, case when by_ledger < 0 then 'clawback' else 'restore' end,
      by_ledger, 'payment', our_payment::text, e.provider, null, e.now);
  end if;
  if change + by_ledger <> 0 then
    insert into payonce.clawback_shortfalls (payment_id, account_id, credits, created_at)
    values (our_payment, p.account_id, change + by_ledger, e.now);
  end if;
  if change <> 0 then
    insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, event_id, detail, created_at)
    values (case when change > 0 then 'credits.clawed_back' else 'credits.restored' end, e.provider, 'payment', our_payment::text, e.id,
      jsonb_build_object('account', p.account_id, 'credits', by_ledger, 'shortfall', change + by_ledger), e.now);
  end if;
end $$;
