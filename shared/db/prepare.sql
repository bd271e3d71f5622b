-- What must stand before the first migration. Roles are of the whole server and made once; logins are members of them.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['payonce_request', 'payonce_cron', 'payonce_migration'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
  end loop;
  -- From 16 on, who creates a role may grant it and not yet act as it.
  if not pg_has_role(current_user, 'payonce_migration',
      case when current_setting('server_version_num')::integer < 160000 then 'member' else 'set' end) then
    execute format('grant payonce_migration to %I', current_user);
  end if;
  execute format('grant create, temporary on database %I to payonce_migration', current_database());
  execute format('revoke temporary on database %I from public', current_database());
end $$;
set local role payonce_migration;
create schema if not exists payonce;
-- Whose database this is. One row. A command of the laptop stack touches only a database marked `local`.
create table if not exists payonce.identity (
  only_row boolean not null default true,
  app_id text not null,
  stage text not null,
  local boolean not null,
  created_at timestamptz not null default now(),
  constraint identity_one_row primary key (only_row),
  constraint identity_only_row_true check (only_row),
  constraint identity_production_is_never_local check (not (local and stage in ('prod', 'production', 'live')))
);
create table if not exists payonce.schema_migrations (
  version text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  constraint schema_migrations_key primary key (version)
);
