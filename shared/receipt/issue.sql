-- Gives a paid order or a settled top-up its receipt number, once; says the number, null where nothing is paid.
-- The series stays locked until the commit and the receipt is looked for again under that lock: no number is given twice,
-- none is skipped, and a call that rolls back took none. Locks: the series, and nothing after it.
create function payonce_release.issue_receipt(about_order text, about_payment uuid, now timestamptz) returns bigint
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  wanted text;
  given bigint;
begin
  select case when o.livemode then 'live' else 'test' end into wanted
  from payonce.orders o where o.id = about_order and o.paid_at is not null;
  if not found then
    select case when p.livemode then 'live' else 'test' end into wanted
    from payonce.payments p join payonce.captures c on c.payment_id = p.id and c.verdict = 'settled'
    where p.id = about_payment and p.purpose = 'topup';
  end if;
  if wanted is null then
    return null;
  end if;

  perform 1 from payonce.receipt_series s where s.name = wanted for no key update;
  select r.number into given from payonce.receipts r where r.order_id = about_order or r.payment_id = about_payment;
  if found then
    return given;
  end if;
  update payonce.receipt_series s set last_number = s.last_number + 1 where s.name = wanted
  returning s.last_number into strict given;
  insert into payonce.receipts (series, number, about_type, order_id, payment_id, issued_at)
  values (wanted, given, case when about_order is null then 'topup' else 'order' end, about_order, about_payment, issue_receipt.now);
  return given;
end $$;
