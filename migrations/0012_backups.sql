-- Where the backups of this database are, as whoever took them said. A live database takes no migration without one that
-- is younger than a day (shared/db/migrate.rs). Written over the direct URL alone: the runtime roles get nothing.
create table payonce.backups (
  id bigint generated always as identity,
  taken_at timestamptz not null,
  location text not null,
  actor text not null,
  recorded_at timestamptz not null,
  constraint backups_key primary key (id),
  constraint backups_say_where check (length(location) between 3 and 500),
  constraint backups_say_who check (length(actor) between 2 and 500),
  constraint backups_taken_before_recorded check (taken_at <= recorded_at)
);
create trigger backups_append_only before update or delete on payonce.backups
  for each row execute function payonce.refuse_change();
create trigger backups_no_truncate before truncate on payonce.backups
  for each statement execute function payonce.refuse_change();
