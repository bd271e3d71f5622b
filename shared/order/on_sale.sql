-- What an order can be made of, and how much of it nobody holds.
select p.slug, v.variant, p.price_minor, p.currency, v.stock - v.held as free
from payonce.products p join payonce.inventory v on v.product_slug = p.slug
where p.status = 'active' order by p.slug, v.variant
