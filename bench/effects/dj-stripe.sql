-- Orders that took effect.
select count(*) from shop_order where paid_at is not null
