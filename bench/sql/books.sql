-- What a round must have moved: events, how often they were brought, captures, paid orders, pieces that left the shelf,
-- pieces held, what customers spent, mails owed, promotions used.
select (select count(*) from payonce.webhook_events), (select coalesce(sum(deliveries), 0) from payonce.webhook_events)::bigint,
  (select count(*) from payonce.captures where verdict = 'settled'), (select count(*) from payonce.orders where paid_at is not null),
  (select -sum(delta)::bigint from payonce.stock_movements), (select sum(held)::bigint from payonce.inventory),
  (select coalesce(sum(spent_minor), 0)::bigint from payonce.customer_totals), (select count(*) from payonce.email_logs),
  (select coalesce(sum(usage_count), 0) from payonce.promotions)::bigint
