-- Objects that are mirrored.
select (select count(*) from stripe.customers) + (select count(*) from stripe.products) + (select count(*) from stripe.payment_intents)
