-- How the server is set for us. $1 runtime roles and their logins; $2 unused.
-- name: logins of the runtime roles give up waiting: lock, statement and idle timeouts are set
select r.rolname || ' has no ' || wanted || ' (alter role ... set)' as broken
from pg_catalog.pg_roles r
cross join unnest(array['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout']) as wanted
where r.rolname = any ($1) and r.rolcanlogin and not exists (
  select from pg_catalog.pg_db_role_setting s join pg_catalog.pg_database d on d.datname = current_database()
  cross join unnest(s.setconfig) as setting
  where s.setdatabase in (0, d.oid) and s.setrole in (0, r.oid)
    and setting like wanted || '=%' and setting !~ '=0+[a-z]*$');
-- name: a commit is on disk before it is answered (synchronous_commit)
select 'synchronous_commit is off for this session' as broken where current_setting('synchronous_commit') = 'off'
union all
select 'synchronous_commit is off for ' || coalesce(r.rolname, 'the whole database') from pg_catalog.pg_db_role_setting s
join pg_catalog.pg_database d on d.datname = current_database() left join pg_catalog.pg_roles r on r.oid = s.setrole
where s.setdatabase in (0, d.oid) and lower(array_to_string(s.setconfig, ' ')) ~ 'synchronous_commit=(off|false|no|0)\M';
-- name: the database holds UTF-8 and stores integers for instants
select 'encoding ' || current_setting('server_encoding') as broken where current_setting('server_encoding') <> 'UTF8'
union all select 'integer_datetimes is off' where current_setting('integer_datetimes') <> 'on';
