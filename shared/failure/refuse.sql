-- Refuses a call as its caller's: everything it did is undone, and the caller gets the code.
create function payonce_release.refuse(code text, why text) returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
begin
  raise exception '%', why using errcode = 'PY422', constraint = code;
end $$;
