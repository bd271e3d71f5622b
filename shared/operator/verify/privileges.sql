-- What the runtime roles, and the logins that act for them, may not do. $1 their names; $2 this build's schema.
-- name: runtime roles own nothing
select r.rolname || ' owns something' as broken from pg_catalog.pg_roles r
where r.rolname = any ($1) and exists (select from pg_catalog.pg_shdepend d
  where d.refclassid = 'pg_catalog.pg_authid'::regclass and d.refobjid = r.oid and d.deptype = 'o');
-- name: runtime roles truncate nothing and delete nothing; crons forget callers' keys and counts of calls
select role || ' may ' || lower(privilege) || ' ' || c.relname as broken
from unnest($1::text[]) as role cross join unnest(array['DELETE', 'TRUNCATE']) as privilege cross join pg_catalog.pg_class c
where c.relnamespace = 'payonce'::regnamespace and c.relkind in ('r', 'p', 'v') and has_table_privilege(role, c.oid, privilege)
  and not (privilege = 'DELETE' and c.relname in ('idempotency_keys', 'rate_limits') and exists (
    select from pg_catalog.pg_roles k where k.rolname = any ($1) and k.rolname ~ '_cron$' and pg_has_role(role, k.oid, 'usage')));
-- name: runtime roles never change ledger, audit log, stock movements, shortfalls, decisions on mismatches, receipts, backups
select role || ' may update ' || c.relname as broken from unnest($1::text[]) as role cross join pg_catalog.pg_class c
where c.relnamespace = 'payonce'::regnamespace
  and c.relname in ('credit_ledger', 'billing_audit_log', 'stock_movements', 'clawback_shortfalls', 'mismatch_decisions', 'receipts', 'backups')
  and (has_table_privilege(role, c.oid, 'UPDATE') or has_any_column_privilege(role, c.oid, 'UPDATE'));
-- name: runtime roles update by column, never a whole table
select role || ' may update every column of ' || c.relname as broken from unnest($1::text[]) as role cross join pg_catalog.pg_class c
where c.relnamespace = 'payonce'::regnamespace and c.relkind in ('r', 'p') and has_table_privilege(role, c.oid, 'UPDATE');
-- name: runtime roles make no tables, not even temporary ones
select role || ' may create in the schema or the database' as broken from unnest($1::text[]) as role
where has_schema_privilege(role, 'payonce', 'CREATE') or exists (select from pg_catalog.pg_namespace where nspname = $2 and has_schema_privilege(role, oid, 'CREATE'))
   or has_database_privilege(role, current_database(), 'CREATE') or has_database_privilege(role, current_database(), 'TEMPORARY');
-- name: runtime roles rule nobody
select rolname || ' has rights over the server' as broken from pg_catalog.pg_roles
where rolname = any ($1) and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls);
-- name: the public reads and writes nothing of ours
select 'public may ' || lower(privilege) || ' ' || c.relname as broken
from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as privilege cross join pg_catalog.pg_class c
where c.relnamespace = 'payonce'::regnamespace and c.relkind in ('r', 'p', 'v') and has_table_privilege('public', c.oid, privilege);
