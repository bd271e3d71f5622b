-- A capture and the facts about it may arrive side by side, and neither can see the other before its commit.
-- Both take this lock first (after the event, before the payment), so the later one sees the earlier one's row.
create function payonce_release.lock_facts(from_provider text, provider_payment text) returns void
language sql volatile security invoker set search_path = pg_catalog, pg_temp as $$
  select pg_advisory_xact_lock(hashtextextended(from_provider || ':' || provider_payment, 0));
$$;
