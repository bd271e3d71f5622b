-- The releases installed here, and the refusals that triggers share. (The schema, the identity row and the list of
-- migrations are there before the first migration: shared/db/prepare.sql.)
-- The functions of each release live in a schema of their own, so old and new code run side by side.
create table payonce.releases (
  schema_name text not null,
  version text not null,
  installed_at timestamptz not null default now(),
  constraint releases_key primary key (schema_name),
  constraint releases_named_by_digest check (schema_name ~ '^payonce_[0-9a-f]{12}$')
);

create function payonce.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception '% is append-only', tg_table_name
    using errcode = 'PY001', constraint = tg_name, hint = 'write a correcting row instead';
end $$;

create function payonce.refuse_transition() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception '%: this change is refused by %', tg_table_name, tg_name
    using errcode = 'PY002', constraint = tg_name;
end $$;
