-- Counts a call from $1 in the window that began at $2; says how many that makes.
insert into payonce.rate_limits as r (bucket, window_start, calls) values ($1, $2, 1)
on conflict (bucket, window_start) do update set calls = r.calls + 1
returning calls
