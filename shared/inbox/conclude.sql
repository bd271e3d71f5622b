-- Settles a claimed event in another way than the claim hoped for. Part of the claim's own commit.
create function payonce_release.conclude(e payonce_release.event, claimed payonce_release.settled, new_status text, new_outcome text)
returns payonce_release.settled
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
begin
  if (new_status, new_outcome) is distinct from (claimed.status, claimed.outcome) then
    update payonce.webhook_events set status = new_status, outcome = new_outcome
    where provider = e.provider and provider_created_at = e.created and event_key = e.key;
  end if;
  return row(true, new_status, new_outcome, claimed.event_id, claimed.payment_id)::payonce_release.settled;
end $$;
