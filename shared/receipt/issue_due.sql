-- Numbers the $2 longest paid orders and top-ups that have no receipt yet, of those made after $3 and $4 (ids begin with
-- their time, so that only the lately made are read); says how many. One series after the other, as every call takes
-- their locks. The inner list is complete before the first number is given.
with due as materialized (
  select about_order, about_payment from (
    select o.id as about_order, null::uuid as about_payment, o.livemode, o.paid_at from payonce.orders o
    where o.id > $3 and o.paid_at is not null and not exists (select from payonce.receipts r where r.order_id = o.id)
    union all
    select null, p.id, p.livemode, c.captured_at from payonce.payments p
    join payonce.captures c on c.payment_id = p.id and c.verdict = 'settled'
    where p.id > $4 and p.purpose = 'topup' and not exists (select from payonce.receipts r where r.payment_id = p.id)) unnumbered
  order by livemode, paid_at, about_order, about_payment limit $2
)
select count(payonce_release.issue_receipt(about_order, about_payment, $1)) as numbered from due
