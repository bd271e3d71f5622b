-- Why an event cannot be about this payment, though it names it; null when it can. A Razorpay payment's notes may be the
-- buyer's own writing: while our payment has no order of Razorpay's yet, they prove nothing, and the event waits for it.
create function payonce_release.misfit(
  e payonce_release.event, provider_order text, its_provider text, its_livemode boolean, its_provider_order text)
returns text
language plpgsql stable security invoker set search_path = pg_catalog, pg_temp as $$
begin
  if its_provider <> e.provider then
    return 'provider_mismatch';
  elsif its_livemode is distinct from e.livemode then
    return 'livemode_mismatch';
  elsif its_provider_order <> provider_order then
    return 'provider_order_mismatch';
  elsif its_provider_order is not null and provider_order is null and e.provider = 'razorpay' and e.kind like 'payment.%' then
    return 'provider_order_mismatch';  -- a page opened without an order of ours: only its notes name the payment
  elsif its_provider_order is null and provider_order is not null and e.provider = 'razorpay' and e.kind like 'payment.%' then
    raise 'the order % that the payment names is not stored yet', provider_order using errcode = 'PY404';
  end if;
  return null;
end $$;
