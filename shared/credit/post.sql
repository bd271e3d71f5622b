-- The one way credits move: the balance and its ledger entry, in one step. `credit_accounts_never_negative` refuses a
-- spend the balance cannot cover.
create function payonce_release.post_credits(
  account uuid, entry text, delta bigint, from_type text, from_id text, by_actor text, why text, at_time timestamptz)
returns bigint
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  balance record;
begin
  update payonce.credit_accounts set wallet = wallet + delta, last_seq = last_seq + 1 where account_id = account
  returning wallet, last_seq into strict balance;
  insert into payonce.credit_ledger (account_id, seq, entry_type, wallet_delta, wallet_after, source_type, source_id,
    actor, reason, created_at)
  values (account, balance.last_seq, entry, delta, balance.wallet, from_type, from_id, by_actor, why, at_time);
  return balance.last_seq;
end $$;
