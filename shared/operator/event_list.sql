-- The newest events: $1 status, $2 provider, $3 since when, $4 or how long ago at most, $5 how many; null: any.
select (to_jsonb(e) - 'body')::text as fields from payonce.webhook_events e
where e.status = coalesce($1, e.status) and e.provider = coalesce($2, e.provider)
  and coalesce(e.received_at >= ($3::text)::timestamptz, true)
  and coalesce(e.received_at >= now() - ($4::text)::interval, true)
order by e.received_at desc, e.id desc limit $5
