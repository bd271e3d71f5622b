-- The durability gate: null when money taken now will be remembered, else why not. $1 APP_ID, $2 STAGE, $3 the newest
-- migration this build knows, $4 the schema of its functions.
select case
  when pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' then 'the database is read-only'
  when current_setting('synchronous_commit') = 'off' then 'commits are not synced'
  when not exists (select from payonce.identity i where i.app_id = $1 and i.stage = $2) then 'it is the database of another stack'
  when not exists (select from payonce.schema_migrations m where m.version = $3) then 'the schema is behind: payonce migrate'
  when not exists (select from pg_namespace n where n.nspname = $4) then 'the functions of this release are not installed: payonce migrate'
end as shut
