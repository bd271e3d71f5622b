-- What must not happen and is refused: each block raises unless the server does what the code takes for granted. Run in a transaction that is rolled back.
-- name: stock is taken only while there is enough of it
do $$
declare
  taken integer;
begin
  create temporary table shelf (stock bigint) on commit drop;
  insert into shelf (stock) values (5);
  update shelf set stock = stock - 3 where stock >= 3;
  get diagnostics taken = row_count;
  if taken <> 1 then raise 'the first three of five were not had'; end if;
  update shelf set stock = stock - 3 where stock >= 3;
  get diagnostics taken = row_count;
  if taken <> 0 or (select stock from shelf) <> 2 then raise 'three more of two were had'; end if;
end $$;
-- name: what a check forbids is refused, by name
do $$
declare
  refused_by text;
begin
  create temporary table wallet (credits bigint, constraint wallet_never_negative check (credits >= 0)) on commit drop;
  insert into wallet (credits) values (10);
  begin
    update wallet set credits = credits - 11;
  exception when check_violation then
    get stacked diagnostics refused_by = constraint_name;
  end;
  if refused_by is distinct from 'wallet_never_negative' then raise 'an overdraft was not refused'; end if;
  update wallet set credits = credits - least(credits, 11);
  if (select credits from wallet) <> 0 then raise 'a clamped take did not stop at zero'; end if;
end $$;
-- name: money is settled once by a partial unique index
do $$
begin
  create temporary table capture (order_id text, verdict text) on commit drop;
  create unique index capture_settled_once on capture (order_id) where verdict = 'settled';
  insert into capture (order_id, verdict) values ('ORD', 'settled'), ('ORD', 'duplicate'), ('ORD', 'duplicate');
  begin
    insert into capture (order_id, verdict) values ('ORD', 'settled');
    raise 'an order was settled twice';
  exception when unique_violation then null;
  end;
end $$;
-- name: what is append-only refuses update, delete and truncate
do $$
declare
  refused integer := 0;
begin
  create temporary table ledger (delta bigint) on commit drop;
  create trigger ledger_append_only before update or delete on ledger for each row execute function payonce.refuse_change();
  create trigger ledger_no_truncate before truncate on ledger for each statement execute function payonce.refuse_change();
  insert into ledger (delta) values (1);
  begin update ledger set delta = 2; exception when sqlstate 'PY001' then refused := refused + 1; end;
  begin delete from ledger; exception when sqlstate 'PY001' then refused := refused + 1; end;
  begin truncate ledger; exception when sqlstate 'PY001' then refused := refused + 1; end;
  if refused <> 3 then raise 'only % of 3 were refused', refused; end if;
end $$;
