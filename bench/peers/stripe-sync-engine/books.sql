-- What is not mirrored of :events payment intents, products and customers: none.
select 'count', x.what || ' ' || x.n from (
  select 'mirrored', (select count(*) from stripe.payment_intents where status = 'succeeded')
    + (select count(*) from stripe.products where active) + (select count(*) from stripe.customers)) as x (what, n)
where x.n <> :events;
