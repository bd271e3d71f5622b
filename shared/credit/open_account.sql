-- A billing account and its wallet, new as $1; an account that is there keeps what it has. No row: somebody else opened it
-- this moment, and the next statement sees it.
with opened as (
  insert into payonce.billing_accounts (id, external_key, display_name, email) values ($1, $2, $3, $4)
  on conflict (external_key) do nothing returning id
), wallet as (
  insert into payonce.credit_accounts (account_id) select id from opened returning account_id
)
select account_id as id, true as is_new from wallet
union all
select b.id, false from payonce.billing_accounts b where b.external_key = $2
limit 1
