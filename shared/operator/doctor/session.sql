-- What a connection of ours is. $1 this stack's roles: request, cron, migration.
select current_setting('server_version') as version,
  pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as read_only,
  current_setting('synchronous_commit') = 'off' as forgetful,
  current_setting('default_transaction_isolation') as isolation,
  array(select s.name::text from pg_settings s
    where s.name in ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout') and s.setting = '0') as endless,
  (select s.setting::bigint from pg_settings s where s.name = 'statement_timeout') as statement_ms,
  r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolbypassrls or r.rolreplication as rules,
  array(select w.rolname::text from pg_roles w where w.rolname = any ($1) and pg_has_role(r.oid, w.oid, 'usage')) as roles
from pg_roles r where r.rolname = current_user
