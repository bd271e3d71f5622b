-- A checkout that a key has led to before. What ended meanwhile is not opened at a provider any more.
create function payonce_release.revisit(known uuid) returns payonce_release.checkout
language plpgsql stable security invoker set search_path = pg_catalog, pg_temp as $$
declare
  c payonce_release.checkout := payonce_release.show_checkout(known, 'resumed');
begin
  if c.provider_order is not null then
    c.state := 'done';
  elsif c.payment_status <> 'created' then
    perform payonce_release.refuse('checkout_over', 'this checkout ended before it was opened: begin a new one');
  end if;
  return c;
end $$;
