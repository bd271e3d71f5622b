-- Refunds that operators ask for, the sending of every requested refund, and mismatches that a person settles.
alter table payonce.refunds
  add column actor text not null default 'payonce',
  add column note text,
  add column attempts integer not null default 0,
  add column faulted smallint not null default 0,
  add column first_sent_at timestamptz,
  -- Null on a request: given up, a person decides. The default is for the release before, which still serves while this is
  -- applied and knows nothing of it: what it asks for, and what was asked before, is due at once.
  add column next_attempt_at timestamptz default now(),
  add column lease_until timestamptz,
  add column last_error text,
  drop constraint refunds_reason_known,
  add constraint refunds_reason_known check (reason in ('duplicate', 'unfulfillable', 'mismatch', 'operator', 'provider')),
  add constraint refunds_operator_says_why check (reason not in ('operator', 'mismatch') or length(coalesce(note, '')) >= 3),
  add constraint refunds_attempts_not_negative check (attempts >= 0 and faulted >= 0);
create index refunds_due on payonce.refunds (next_attempt_at) where state = 'requested';
create index refunds_sent_lately on payonce.refunds (first_sent_at) where reason in ('duplicate', 'unfulfillable') and first_sent_at is not null;

-- The difference that a person accepted: captured + adjusted = expected, so the sums still hold. Only a mismatch of the
-- right currency can become settled, and only so.
alter table payonce.captures
  add column adjusted_minor bigint not null default 0,
  drop constraint captures_settled_as_expected,
  add constraint captures_settled_as_expected check
    (verdict <> 'settled' or (amount_minor + adjusted_minor = expected_minor and currency = expected_currency)),
  add constraint captures_adjusted_only_when_settled check (adjusted_minor = 0 or verdict = 'settled');
drop trigger captures_terms_fixed on payonce.captures;
create trigger captures_terms_fixed before update on payonce.captures for each row
  when ((new.provider, new.provider_payment_id, new.payment_id, new.order_id, new.amount_minor, new.currency, new.captured_at)
        is distinct from (old.provider, old.provider_payment_id, old.payment_id, old.order_id, old.amount_minor, old.currency, old.captured_at)
    or ((new.verdict, new.adjusted_minor) is distinct from (old.verdict, old.adjusted_minor)
        and not (old.verdict = 'mismatch' and new.verdict in ('settled', 'unfulfillable', 'duplicate'))))
  execute function payonce.refuse_transition();

create table payonce.mismatch_decisions (
  provider text not null,
  provider_payment_id text collate "C" not null,
  decision text not null,
  difference_minor bigint not null,      -- expected less captured
  actor text not null,
  second_person text,
  reason text not null,
  created_at timestamptz not null,
  constraint mismatch_decisions_key primary key (provider, provider_payment_id),
  constraint mismatch_decisions_capture foreign key (provider, provider_payment_id)
    references payonce.captures (provider, provider_payment_id),
  constraint mismatch_decisions_known check (decision in ('accepted', 'refunded')),
  constraint mismatch_decisions_say_why check (length(reason) >= 3 and length(actor) >= 2),
  constraint mismatch_decisions_by_two check (decision <> 'accepted'
    or (length(coalesce(second_person, '')) >= 2 and lower(second_person) <> lower(actor)))
);
create trigger mismatch_decisions_append_only before update or delete on payonce.mismatch_decisions
  for each row execute function payonce.refuse_change();
create trigger mismatch_decisions_no_truncate before truncate on payonce.mismatch_decisions
  for each statement execute function payonce.refuse_change();

grant select on payonce.mismatch_decisions to payonce_request, payonce_cron;
grant insert on payonce.mismatch_decisions to payonce_request;
grant update (attempts, faulted, first_sent_at, next_attempt_at, lease_until, last_error) on payonce.refunds to payonce_request, payonce_cron;
grant update (verdict, adjusted_minor) on payonce.captures to payonce_request;
