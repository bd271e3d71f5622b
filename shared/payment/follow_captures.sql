-- What its captures make of a payment. The capture that settled it speaks for it; else the one that could not be
-- fulfilled; else, of those nobody can use, one that is still to be given back. Never the first or the last to come:
-- events overtake each other. Returns how much of that capture was given back: null, partially_refunded, refunded.
create function payonce_release.follow_captures(e payonce_release.event, paid_id uuid) returns text
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  lead record;
  so_far text;
begin
  select q.verdict, q.amount_minor, q.refunded_minor into strict lead from payonce.captures q where q.payment_id = paid_id
  order by (q.verdict = 'settled') desc, (q.verdict = 'unfulfillable') desc, (q.refunded_minor < q.amount_minor) desc,
    (q.verdict = 'mismatch') desc, q.refunded_minor limit 1;
  so_far := case when lead.refunded_minor = 0 then null
    when lead.refunded_minor < lead.amount_minor then 'partially_refunded' else 'refunded' end;
  update payonce.payments p
  set status = coalesce(so_far, case lead.verdict when 'settled' then 'paid' else lead.verdict end), updated_at = e.now
  where p.id = paid_id;
  return so_far;
end $$;
