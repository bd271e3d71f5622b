-- The provider did not open it: whoever comes next with the key $2 of scope $1 may try at once. $3 our payment, $4 how many
-- definite faults more. Locks: the payment, the key, as a checkout that is opened again does.
with faulted as (
  update payonce.payments p set faulted = least(p.faulted + $4, 1000) where p.id = $3 returning p.id
)
update payonce.idempotency_keys k set locked_until = k.created_at from faulted f
where k.scope = $1 and k.key_sha256 = $2 and k.payment_id = f.id
