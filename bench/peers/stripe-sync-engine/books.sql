-- What is not mirrored of :events payment intents and products: none.
select 'count', x.what || ' ' || x.n from (
  select 'mirrored', (select count(*) from stripe.payment_intents where status = 'succeeded')
    + (select count(*) from stripe.products where active)) as x (what, n)
where x.n <> :events;
