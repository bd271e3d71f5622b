-- Chai & Chapter, a tea and book shop in Coonoor. Each statement adds what is missing and counts it; see seed.rs.
-- name: products
insert into payonce.products (slug, name, currency, price_minor) values
  ('darjeeling-first-flush', 'Darjeeling First Flush, Castleton 2026', 'INR', 89900),
  ('nilgiri-frost-tea', 'Nilgiri Frost Tea, Coonoor Winter', 'INR', 64900),
  ('assam-second-flush', 'Assam Second Flush, Mangalam', 'INR', 54900),
  ('kashmiri-kahwa', 'Kashmiri Kahwa with Saffron', 'INR', 79900),
  ('monsoon-masala-chai', 'Monsoon Masala Chai', 'INR', 34900),
  ('brass-strainer', 'Brass Tea Strainer, Moradabad', 'INR', 45000),
  ('malgudi-days', 'Malgudi Days, R. K. Narayan', 'INR', 39900),
  ('gitanjali', 'Gitanjali, Rabindranath Tagore', 'INR', 29900),
  ('the-home-and-the-world', 'The Home and the World, Rabindranath Tagore', 'INR', 34900),
  ('book-of-tea', 'The Book of Tea, Okakura Kakuzo', 'INR', 24900),
  ('rainy-day-notebook', 'Rainy-Day Notebook, handmade paper', 'INR', 19900),
  ('reading-lamp', 'Reading Lamp for Power Cuts', 'INR', 129900)
on conflict do nothing;
-- name: variants with their opening stock
with opening (product_slug, variant, stock) as (values
  ('darjeeling-first-flush', '50g', 80), ('darjeeling-first-flush', '100g', 120), ('darjeeling-first-flush', 'gift-tin', 12),
  ('nilgiri-frost-tea', '50g', 60), ('nilgiri-frost-tea', '100g', 90),
  ('assam-second-flush', '100g', 150), ('assam-second-flush', '250g', 70),
  ('kashmiri-kahwa', '', 45), ('monsoon-masala-chai', 'mild', 200), ('monsoon-masala-chai', 'fiery', 200), ('brass-strainer', '', 30),
  ('malgudi-days', '', 500), ('malgudi-days', 'hardback', 25),
  ('gitanjali', '', 140), ('the-home-and-the-world', '', 75), ('book-of-tea', '', 220),
  ('rainy-day-notebook', 'indigo', 160), ('rainy-day-notebook', 'turmeric', 160),
  ('reading-lamp', '', 1)
), shelved as (
  insert into payonce.inventory (product_slug, variant, stock) select product_slug, variant, stock from opening
  on conflict do nothing returning product_slug, variant, stock
)
insert into payonce.stock_movements (product_slug, variant, delta, reason, actor)
select product_slug, variant, stock, 'opening', 'payonce seed' from shelved order by product_slug, variant;
-- name: promotions
insert into payonce.promotions (code, kind, value, currency, usage_limit, per_customer_limit) values
  ('MONSOON10', 'percent', 10, null, null, null),
  ('FIRSTPOT', 'flat', 15000, 'INR', null, 1),
  ('LASTPAGE', 'percent', 25, null, 1, 1),
  ('CHAI-ON-US', 'free_shipping', 0, null, null, null)
on conflict do nothing;
-- name: terms of sale
insert into payonce.terms_of_sale (currency, shipping_minor, shipping_free_from_minor, tax_basis_points, tax_inclusive)
values ('INR', 6000, 99900, 500, true) on conflict do nothing;
-- name: prices of credits
insert into payonce.credit_prices (provider, currency, unit_minor) values ('stripe', 'INR', 100), ('razorpay', 'INR', 100)
on conflict do nothing;
-- name: customers
insert into payonce.customers (id, email, name) values
  (gen_random_uuid(), 'ammu.varier@example.com', 'Ammu Varier'),
  (gen_random_uuid(), 'swami@malgudi.example', 'Swaminathan'),
  (gen_random_uuid(), 'mira.thistle@example.com', 'Mira Thistle'),
  (gen_random_uuid(), 'feluda@rajanisen.example', 'Pradosh C. Mitter')
on conflict do nothing;
-- name: billing accounts with an empty wallet
with opened as (
  insert into payonce.billing_accounts (id, external_key, display_name, email) values
    (gen_random_uuid(), 'v2:tenant:malgudi-reading-club', 'Malgudi Reading Club', 'librarian@malgudi.example'),
    (gen_random_uuid(), 'v2:tenant:nilgiri-tea-tasters', 'Nilgiri Tea Tasters', null)
  on conflict do nothing returning id
)
insert into payonce.credit_accounts (account_id) select id from opened;
