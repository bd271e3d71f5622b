-- The status that a payment's captures give it. The capture that settled it speaks for it; else the one that could not be
-- fulfilled; else, of those nobody can use, one that is still to be given back. Never the first or the last to come:
-- events overtake each other.
create function payonce_release.derive_status(our_payment uuid) returns text
language sql stable security invoker set search_path = pg_catalog, pg_temp as $$
  select case
    when c.refunded_minor > 0 and c.refunded_minor < c.amount_minor then 'partially_refunded'
    when c.refunded_minor > 0 then 'refunded'
    when c.verdict = 'settled' then 'paid'
    else c.verdict end
  from payonce.captures c where c.payment_id = our_payment
  order by (c.verdict = 'settled') desc, (c.verdict = 'unfulfillable') desc, (c.refunded_minor < c.amount_minor) desc,
    (c.verdict = 'mismatch') desc, c.refunded_minor limit 1;
$$;
