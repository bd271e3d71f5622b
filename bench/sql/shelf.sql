-- What is sold and who buys: 500 products, 50 promotions of ten per cent, 1000 customers. Stock for longer than any run.
insert into payonce.products (slug, name, currency, price_minor)
select 'bench-' || lpad(n::text, 3, '0'), 'Tea no. ' || n, 'INR', 45000 from generate_series(1, 500) n;
insert into payonce.inventory (product_slug, stock)
select 'bench-' || lpad(n::text, 3, '0'), 1000000000 from generate_series(1, 500) n;
insert into payonce.stock_movements (product_slug, variant, delta, reason, actor)
select 'bench-' || lpad(n::text, 3, '0'), '', 1000000000, 'opening', 'bench' from generate_series(1, 500) n;
insert into payonce.promotions (code, kind, value)
select 'BENCH' || lpad(n::text, 2, '0'), 'percent', 10 from generate_series(1, 50) n;
insert into payonce.customers (id, email, name)
select ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'buyer' || lpad(n::text, 4, '0') || '@bench.example', 'Buyer ' || n
from generate_series(1, 1000) n;
