-- Receipts and their numbers: one series for real money, one for tests, each without gaps. A number is given after the
-- commit that made it due, in a call of its own (shared/receipt/issue.sql): the hot call never waits for a series.
create table payonce.receipt_series (
  name text not null,
  last_number bigint not null default 0,
  constraint receipt_series_key primary key (name),
  constraint receipt_series_known check (name in ('live', 'test')),
  constraint receipt_series_not_negative check (last_number >= 0)
) with (fillfactor = 50);  -- two rows, updated by every receipt: room for HOT updates
insert into payonce.receipt_series (name) values ('live'), ('test');
create trigger receipt_series_counts_by_one before update on payonce.receipt_series for each row
  when (new.name <> old.name or new.last_number <> old.last_number + 1)
  execute function payonce.refuse_transition();

create table payonce.receipts (
  series text not null,
  number bigint not null,
  about_type text not null,
  order_id text collate "C",
  payment_id uuid,
  issued_at timestamptz not null,
  constraint receipts_key primary key (series, number),
  constraint receipts_order_once unique (order_id),
  constraint receipts_payment_once unique (payment_id),
  constraint receipts_series foreign key (series) references payonce.receipt_series (name),
  constraint receipts_order foreign key (order_id) references payonce.orders (id),
  constraint receipts_payment foreign key (payment_id) references payonce.payments (id),
  constraint receipts_number_positive check (number > 0),
  constraint receipts_about_known check (about_type in ('order', 'topup')),
  constraint receipts_order_has_order check ((about_type = 'order') = (order_id is not null)),
  constraint receipts_topup_has_payment check ((about_type = 'topup') = (payment_id is not null))
);
create trigger receipts_append_only before update or delete on payonce.receipts
  for each row execute function payonce.refuse_change();
create trigger receipts_no_truncate before truncate on payonce.receipts
  for each statement execute function payonce.refuse_change();

-- How often a receipt was sent again today. Partial: the mails that payments queue are not in it.
create index email_logs_sent_again on payonce.email_logs (ref_id, created_at) where idempotency_key like 'resend:%';

grant select on payonce.receipt_series, payonce.receipts to payonce_request, payonce_cron;
grant insert on payonce.receipts to payonce_request, payonce_cron;
grant update (last_number) on payonce.receipt_series to payonce_request, payonce_cron;
