-- What is there in schema payonce, whole and enabled: a constraint not yet validated, a trigger switched off or an index
-- whose building failed is as good as missing.
select 'table' as kind, relname::text as name from pg_catalog.pg_class
where relnamespace = 'payonce'::regnamespace and relkind in ('r', 'p') and relpersistence = 'p'
union all select 'view', relname from pg_catalog.pg_class where relnamespace = 'payonce'::regnamespace and relkind in ('v', 'm')
union all select 'constraint', conname from pg_catalog.pg_constraint where connamespace = 'payonce'::regnamespace and convalidated
union all select 'index', c.relname from pg_catalog.pg_class c join pg_catalog.pg_index i on i.indexrelid = c.oid
where c.relnamespace = 'payonce'::regnamespace and i.indisvalid and i.indisready
union all select 'trigger', t.tgname from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
where c.relnamespace = 'payonce'::regnamespace and not t.tgisinternal and t.tgenabled in ('O', 'A')
union all select 'domain', typname from pg_catalog.pg_type where typnamespace = 'payonce'::regnamespace and typtype = 'd'
union all select 'function', proname from pg_catalog.pg_proc where pronamespace = 'payonce'::regnamespace
