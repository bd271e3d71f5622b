-- Is this promotion to be had now?
select code from payonce.promotions
where code = $1 and status = 'active' and coalesce(starts_at <= $2, true) and coalesce(ends_at > $2, true)
  and coalesce(usage_count < usage_limit, true)
