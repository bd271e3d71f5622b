-- What comes back of what was written: each block raises unless the server does what the code takes for granted. Run in a transaction that is rolled back.
-- name: an event that comes again is told from a new one, and finds its earlier state
do $$
declare
  seen record;
begin
  create temporary table inbox (key text primary key, status text, deliveries integer default 1) on commit drop;
  insert into inbox as w (key, status) values ('evt', 'processed')
  on conflict (key) do update set deliveries = w.deliveries + 1 returning w.status, w.deliveries, w.xmax = 0 as fresh into seen;
  if not seen.fresh then raise 'a new event was taken for an old one'; end if;
  insert into inbox as w (key, status) values ('evt', 'ignored')
  on conflict (key) do update set deliveries = w.deliveries + 1 returning w.status, w.deliveries, w.xmax = 0 as fresh into seen;
  if seen.fresh or seen.status <> 'processed' or seen.deliveries <> 2 then raise 'an old event was taken for a new one'; end if;
end $$;
-- name: a change returns the row as it left it
do $$
declare
  left_over bigint;
begin
  create temporary table counter (n bigint) on commit drop;
  insert into counter (n) values (41);
  update counter set n = n + 1 returning n into strict left_over;
  if left_over <> 42 then raise 'returned %', left_over; end if;
end $$;
-- name: a sum that passes 64 bits is refused, never wrapped
do $$
begin
  perform 9223372036854775807::bigint + 1::bigint;
  raise 'it wrapped around';
exception when numeric_value_out_of_range then null;
end $$;
-- name: a percentage of money rounds down to whole minor units
do $$
begin
  if 999::bigint * 10 / 100 <> 99 then raise 'ten per cent of 999 is %', 999::bigint * 10 / 100; end if;
end $$;
-- name: names sort by bytes, so that locks are taken in one order everywhere
do $$
begin
  if array(select name from (values ('b'), ('B'), ('a-c'), ('ab')) as v (name) order by name collate "C") <> array['B', 'a-c', 'ab', 'b'] then
    raise 'another order';
  end if;
end $$;
