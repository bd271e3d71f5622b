-- Columns of migrations that come from elsewhere; not to be kept.
alter table payonce.orders add column contact jsonb not null default '{}';
alter table payonce.orders add column tax_included_minor bigint not null default 0;
alter table payonce.order_items add column title text not null default '';
