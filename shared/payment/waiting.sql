-- The money that waits for a person, as one JSON object: a list a kind, each what is most urgent first, at most $1 of it.
-- `about` is our order's id, or the payment's where it bought credits; null: its money is not here yet.
select jsonb_build_object(
  'refunds', coalesce((select jsonb_agg(to_jsonb(w) order by w.created_at) from (
    select coalesce(c.order_id, c.payment_id::text) as about, r.provider, r.provider_payment_id, r.amount_minor, r.currency,
      r.reason, r.state, r.actor, r.note, r.attempts, r.next_attempt_at, r.last_error, r.id, r.created_at
    from payonce.refunds r left join payonce.captures c using (provider, provider_payment_id)
    where r.state = 'requested' and r.next_attempt_at is not null order by r.created_at limit $1) w), '[]'),
  'given_up', coalesce((select jsonb_agg(to_jsonb(w) order by w.created_at) from (
    select coalesce(c.order_id, c.payment_id::text) as about, r.provider, r.provider_payment_id, r.amount_minor, r.currency,
      r.reason, r.state, r.actor, r.note, r.attempts, r.next_attempt_at, r.last_error, r.id, r.created_at
    from payonce.refunds r left join payonce.captures c using (provider, provider_payment_id)
    where r.state = 'requested' and r.next_attempt_at is null order by r.created_at limit $1) w), '[]'),
  'unrefunded', coalesce((select jsonb_agg(to_jsonb(w) order by w.created_at) from (
    select coalesce(c.order_id, c.payment_id::text) as about, c.provider, c.provider_payment_id,
      c.amount_minor - r.back as amount_minor, c.currency, c.verdict as reason, c.captured_at as created_at
    from payonce.captures c cross join lateral (
      select coalesce(sum(g.amount_minor), 0)::bigint as back from (
        select k.amount_minor from payonce.refunds k where k.provider = c.provider
          and k.provider_payment_id = c.provider_payment_id and k.state in ('requested', 'pending', 'succeeded')
        union all
        select d.amount_minor from payonce.disputes d where d.provider = c.provider
          and d.provider_payment_id = c.provider_payment_id and d.currency = c.currency and d.state = 'lost') g) r
    where c.amount_minor > r.back and (c.verdict in ('duplicate', 'unfulfillable') or exists (
      select from payonce.mismatch_decisions m where m.provider = c.provider and m.provider_payment_id = c.provider_payment_id
        and m.decision = 'refunded'))
    order by c.captured_at limit $1) w), '[]'),
  'mismatches', coalesce((select jsonb_agg(to_jsonb(w) order by w.captured_at) from (
    select coalesce(c.order_id, c.payment_id::text) as about, c.provider, c.provider_payment_id, c.amount_minor, c.currency,
      c.expected_minor, c.expected_currency, c.refunded_minor, c.captured_at
    from payonce.captures c where c.verdict = 'mismatch' and c.refunded_minor < c.amount_minor and not exists (
      select from payonce.mismatch_decisions m where m.provider = c.provider and m.provider_payment_id = c.provider_payment_id)
    order by c.captured_at limit $1) w), '[]'),
  'disputes', coalesce((select jsonb_agg(to_jsonb(w) order by w.due_by nulls last, w.created_at) from (
    select coalesce(c.order_id, c.payment_id::text) as about, d.provider, d.provider_payment_id, d.provider_dispute_id,
      d.amount_minor, d.currency, d.state, d.due_by, d.created_at
    from payonce.disputes d left join payonce.captures c using (provider, provider_payment_id)
    where d.state in ('inquiry', 'open') order by d.due_by nulls last, d.created_at limit $1) w), '[]'),
  'shortfalls', coalesce((select jsonb_agg(to_jsonb(w) order by w.created_at) from (
    select s.payment_id::text as about, a.external_key, a.display_name, sum(s.credits)::bigint as credits,
      min(s.created_at) as created_at
    from payonce.clawback_shortfalls s join payonce.billing_accounts a on a.id = s.account_id
    group by s.payment_id, a.external_key, a.display_name having sum(s.credits) > 0
    order by min(s.created_at) limit $1) w), '[]')
)::text as waiting
