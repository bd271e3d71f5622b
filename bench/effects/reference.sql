-- Orders that took effect.
select count(*) from reference.orders where paid_at is not null
