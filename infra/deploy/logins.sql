-- The three logins of a stack, in a database of its own. Once:
--   STAGE=prod REQUEST_PASSWORD=... CRON_PASSWORD=... MIGRATION_PASSWORD=... psql "$OWNER_URL" -f infra/deploy/logins.sql
-- By whoever owns that database and may create roles (CREATEROLE; no superuser is needed); from Postgres 16 on the same owner for all
-- stages of one server, since roles are given only by who made them. Needs psql 15 or newer, which takes the passwords from the
-- environment, so that no list of processes shows them. With APP_ID=shop the roles are shop_payonce_...
\set ON_ERROR_STOP on
\set APP_ID payonce
\getenv APP_ID APP_ID
\getenv STAGE STAGE
\getenv REQUEST_PASSWORD REQUEST_PASSWORD
\getenv CRON_PASSWORD CRON_PASSWORD
\getenv MIGRATION_PASSWORD MIGRATION_PASSWORD
select case :'APP_ID' when 'payonce' then '' else :'APP_ID' || '_' end as prefix,
  :'APP_ID' || '_' || replace(:'STAGE', '-', '_') as stack \gset
\set request_role :prefix payonce_request
\set cron_role :prefix payonce_cron
\set migration_role :prefix payonce_migration
\set request_login :stack _request
\set cron_login :stack _cron
\set migration_login :stack _migration

begin;
-- Roles are of the whole server: another stage may have made them.
select format('create role %I nologin', wanted)
from unnest(array[:'request_role', :'cron_role', :'migration_role']) as wanted
where not exists (select from pg_roles where rolname = wanted) \gexec

create role :"request_login" login password :'REQUEST_PASSWORD' in role :"request_role";
create role :"cron_login" login password :'CRON_PASSWORD' in role :"cron_role";
create role :"migration_login" login password :'MIGRATION_PASSWORD';
grant :"migration_role" to :"migration_login" with admin option;
select current_database() as this \gset
grant create, temporary on database :"this" to :"migration_login" with grant option;
-- Stages of one server share the roles, not their databases: this one opens to its own three logins, its owner and superusers.
revoke connect, temporary on database :"this" from public;
grant connect on database :"this" to :"request_login", :"cron_login", :"migration_login";

-- Less than the function's own deadline of 3.5 seconds: who waits for a lock gives up first, and is tried again.
alter role :"request_login" set lock_timeout = '1s';
alter role :"request_login" set statement_timeout = '2s';
alter role :"request_login" set idle_in_transaction_session_timeout = '2s';
alter role :"request_login" set default_transaction_isolation = 'read committed';
alter role :"cron_login" set lock_timeout = '1s';
alter role :"cron_login" set statement_timeout = '2s';
alter role :"cron_login" set idle_in_transaction_session_timeout = '2s';
alter role :"cron_login" set default_transaction_isolation = 'read committed';
alter role :"migration_login" set lock_timeout = '5s';
commit;
\echo :request_login :cron_login :migration_login
