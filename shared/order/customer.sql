-- The customer of the address $2, new as $1 with the name $3. A known customer keeps the name: whoever buys is not asked who
-- they are, and renames nobody.
insert into payonce.customers as c (id, email, name) values ($1, $2, $3)
on conflict (email) do update set name = c.name
returning c.id
