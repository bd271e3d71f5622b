-- Opens a checkout for credits: the house's price a credit, in the house's currency. Locks: the key.
create function payonce_release.open_topup(
  k payonce_release.caller_key, new_payment uuid, from_provider text, is_live boolean, at_time timestamptz, until timestamptz,
  account_key text, wanted bigint)
returns payonce_release.checkout
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  known uuid := payonce_release.claim_key(k, new_payment, at_time);
  a record;
  price record;
begin
  if known is not null then
    return payonce_release.revisit(known);
  end if;
  select b.id, b.status into a from payonce.billing_accounts b join payonce.credit_accounts w on w.account_id = b.id
  where b.external_key = account_key;
  if not found then
    perform payonce_release.refuse('account_unknown', 'there is no billing account of this key');
  elsif a.status <> 'active' then
    perform payonce_release.refuse('account_suspended', 'this billing account is suspended');
  end if;
  select q.currency, q.unit_minor, q.least_credits, q.most_credits into price from payonce.credit_prices q where q.provider = from_provider;
  if not found then
    perform payonce_release.refuse('not_offered', 'credits are not sold through this provider');
  elsif wanted not between price.least_credits and price.most_credits
      or wanted::numeric * price.unit_minor > 1000000000000 then
    perform payonce_release.refuse('credits_out_of_range',
      'from ' || price.least_credits || ' to ' || price.most_credits || ' credits at once');
  end if;
  insert into payonce.payments (id, purpose, account_id, credits, provider, amount_minor, currency, livemode, created_at, updated_at, expires_at)
  values (new_payment, 'topup', a.id, wanted, from_provider, wanted * price.unit_minor, price.currency, is_live, at_time, at_time, until);
  return payonce_release.show_checkout(new_payment, 'new');
end $$;
