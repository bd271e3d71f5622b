-- A billing account and its wallet; an account that is there keeps what it has.
with opened as (
  insert into payonce.billing_accounts (id, external_key, display_name, email) values ($1, $2, $3, $4)
  on conflict (external_key) do nothing returning id
), wallet as (
  insert into payonce.credit_accounts (account_id) select id from opened returning account_id
)
select account_id as id from wallet
union all
select id from payonce.billing_accounts where external_key = $2
limit 1
