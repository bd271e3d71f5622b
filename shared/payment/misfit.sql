-- Why an event cannot be about this payment, though it names it; null when it can.
create function payonce_release.misfit(
  e payonce_release.event, provider_order text, its_provider text, its_livemode boolean, its_provider_order text)
returns text
language plpgsql immutable security invoker set search_path = pg_catalog, pg_temp as $$
begin
  return case
    when its_provider <> e.provider then 'provider_mismatch'
    when its_livemode is distinct from e.livemode then 'livemode_mismatch'
    when its_provider_order <> provider_order then 'provider_order_mismatch' end;
end $$;
