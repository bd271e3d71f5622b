-- A caller's key: taken for `hoped` (null: nobody had it), or the payment it was taken for before. The same key with
-- another request is refused; while its holder may still be asking the provider, so is a second caller. Two at once: the
-- second waits here for the first one's commit. A call whose own commit was not answered finds what it hoped for. Taken for
-- good, or undone with everything else when the call is refused.
create type payonce_release.caller_key as (scope text, key bytea, request bytea, locked_until timestamptz);
create function payonce_release.claim_key(k payonce_release.caller_key, hoped uuid, at_time timestamptz) returns uuid
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  seen record;
begin
  insert into payonce.idempotency_keys (scope, key_sha256, request_sha256, payment_id, locked_until, created_at)
  values (k.scope, k.key, k.request, hoped, k.locked_until, at_time)
  on conflict (scope, key_sha256) do nothing;
  if found then
    return null;
  end if;
  select i.request_sha256, i.payment_id, i.locked_until, p.provider_order_id into strict seen
  from payonce.idempotency_keys i join payonce.payments p on p.id = i.payment_id
  where i.scope = k.scope and i.key_sha256 = k.key for no key update of i;
  if seen.request_sha256 <> k.request then
    perform payonce_release.refuse('idempotency_conflict', 'this Idempotency-Key was used for another request: take a new one');
  elsif seen.provider_order_id is null and seen.locked_until > at_time and seen.payment_id <> hoped then
    perform payonce_release.refuse('idempotency_in_flight', 'the first request with this Idempotency-Key is being worked on');
  elsif seen.provider_order_id is null then
    update payonce.idempotency_keys set locked_until = k.locked_until where scope = k.scope and key_sha256 = k.key;
  end if;
  return seen.payment_id;
end $$;
