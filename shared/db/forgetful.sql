-- Is a commit answered before it is on disk: in this session, or for whoever else comes to this database?
select 'this session' as broken where current_setting('synchronous_commit') = 'off'
union all
select coalesce(r.rolname::text, 'everybody') from pg_catalog.pg_db_role_setting s
left join pg_catalog.pg_roles r on r.oid = s.setrole
where s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = current_database()))
  and lower(array_to_string(s.setconfig, ' ')) ~ 'synchronous_commit=(off|false|no|0)\M'
