-- The logins of the laptop stack, each a member of the role that the migrations grant to. Run once by a superuser.
\set ON_ERROR_STOP on
begin;
create role payonce_request nologin;
create role payonce_cron nologin;
create role payonce_migration nologin;

create role payonce_request_login login password :'password' in role payonce_request;
create role payonce_cron_login login password :'password' in role payonce_cron;
create role payonce_migration_login login password :'password' createrole createdb;
grant payonce_migration to payonce_migration_login with admin option;

alter role payonce_request_login set lock_timeout = '1s';
alter role payonce_request_login set statement_timeout = '2s';
alter role payonce_request_login set idle_in_transaction_session_timeout = '2s';
alter role payonce_request_login set default_transaction_isolation = 'read committed';

alter role payonce_cron_login set lock_timeout = '1s';
alter role payonce_cron_login set statement_timeout = '2s';
alter role payonce_cron_login set idle_in_transaction_session_timeout = '2s';
alter role payonce_cron_login set default_transaction_isolation = 'read committed';

alter role payonce_migration_login set lock_timeout = '5s';
commit;

create database payonce owner payonce_migration_login;
