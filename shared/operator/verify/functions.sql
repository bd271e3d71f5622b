-- How functions must be made (RULES 11). $1 runtime roles and their logins; $2 this build's schema.
-- name: functions run with the caller's rights
select p.oid::regprocedure::text as broken from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('payonce', $2) and p.prosecdef;
-- name: functions look names up in pg_catalog alone
select p.oid::regprocedure::text as broken from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('payonce', $2) and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false);
-- name: functions are called by the runtime roles and not by the public
select p.oid::regprocedure || ' may be called by the public' as broken
from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname = $2 and has_function_privilege('public', p.oid, 'EXECUTE')
union all
select p.oid::regprocedure || ' may not be called by ' || role
from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace cross join unnest($1::text[]) as role
where n.nspname = $2 and not (has_function_privilege(role, p.oid, 'EXECUTE') and has_schema_privilege(role, n.oid, 'USAGE'));
-- name: no temporary table of the public can take the place of ours
select 'the public may make temporary tables' as broken where has_database_privilege('public', current_database(), 'TEMPORARY');
