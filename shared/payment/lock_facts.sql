-- A capture and the facts about it may arrive side by side, and neither can see the other before its commit.
-- Both take this lock first (after the event, before the payment), so the later one sees the earlier one's row.
-- Tried first: an expression alone costs no statement. Always true.
create function payonce_release.lock_facts(from_provider text, provider_payment text) returns boolean
language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp as $$
declare
  about bigint := hashtextextended(from_provider || ':' || provider_payment, 0);
begin
  if not pg_try_advisory_xact_lock(about) then
    perform pg_advisory_xact_lock(about);
  end if;
  return true;
end $$;
