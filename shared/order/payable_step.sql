-- Amounts that we compute are multiples of this, in ISO minor units: the last of three decimals is 0 for every provider, and
-- Stripe takes the ariary whole (shared/stripe/minor_units). Prices are the owner's to set so.
create function payonce_release.payable_step(currency text) returns bigint
language sql immutable security invoker set search_path = pg_catalog, pg_temp as $$
  select case when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 10 when currency = 'MGA' then 100 else 1 end;
$$;
