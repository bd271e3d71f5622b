-- Queues the receipt's mail once more: one mail a key, at most `most` a day. Says what became of it, and for `too_many`
-- after how many seconds there is room again. Two calls at once for one receipt take turns, so that they count each other.
create function payonce_release.resend_receipt(
  about_order text, about_payment uuid, key_digest text, most integer, mail_id uuid, now timestamptz,
  out outcome text, out wait_s bigint)
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  about text := coalesce(about_order, about_payment::text);
  mail_key text := 'resend:' || about || ':' || key_digest;
  whom text;
  sent_at timestamptz[];
begin
  select c.email into whom from payonce.orders o join payonce.customers c on c.id = o.customer_id
  where o.id = about_order and o.paid_at is not null;
  if not found then
    select a.email into whom from payonce.payments p
    join payonce.captures c on c.payment_id = p.id and c.verdict = 'settled'
    join payonce.billing_accounts a on a.id = p.account_id
    where p.id = about_payment;
    if not found then
      outcome := 'not_paid';
      return;
    end if;
  end if;
  if whom is null then
    outcome := 'no_address';
    return;
  end if;

  perform pg_advisory_xact_lock(hashtextextended('resend:' || about, 0));
  if exists (select from payonce.email_logs m where m.idempotency_key = mail_key) then
    outcome := 'queued';
    return;
  end if;
  select array_agg(m.created_at order by m.created_at desc) into sent_at from payonce.email_logs m
  where m.ref_id = about and m.idempotency_key like 'resend:%' and m.created_at > resend_receipt.now - interval '1 day';
  if cardinality(sent_at) >= most then
    outcome := 'too_many';
    wait_s := greatest(1, ceil(extract(epoch from sent_at[most] + interval '1 day' - resend_receipt.now)));
    return;
  end if;
  insert into payonce.email_logs (id, idempotency_key, email_type, recipient, ref_type, ref_id, created_at)
  values (mail_id, mail_key, case when about_order is null then 'topup_receipt' else 'order_receipt' end, whom,
    case when about_order is null then 'payment' else 'order' end, about, resend_receipt.now);
  outcome := 'queued';
end $$;
