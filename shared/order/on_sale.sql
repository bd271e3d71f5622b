-- What an order can be made of, as order/create.sql finds it.
select p.slug, v.variant, p.price_minor, p.currency, v.stock
from payonce.products p join payonce.inventory v on v.product_slug = p.slug
where p.status = 'active' order by p.slug, v.variant
