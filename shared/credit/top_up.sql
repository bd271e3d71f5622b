-- A settled top-up: its credits, once a payment (`credit_ledger_topped_up_once`), with audit row and receipt mail.
create function payonce_release.top_up(e payonce_release.event, account uuid, credits bigint, paid_by uuid, mail_id uuid)
returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
begin
  perform payonce_release.post_credits(account, 'topup', credits, 'payment', paid_by::text, e.provider, null, e.now);
  insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, event_id, detail, created_at)
  values ('credits.topped_up', e.provider, 'payment', paid_by::text, e.id,
    jsonb_build_object('account', account, 'credits', credits), e.now);
  insert into payonce.email_logs (id, idempotency_key, email_type, recipient, ref_type, ref_id, created_at)
  select mail_id, 'receipt:' || paid_by, 'topup_receipt', a.email, 'payment', paid_by::text, e.now
  from payonce.billing_accounts a where a.id = account and a.email is not null;
end $$;
