-- The provider did not open it: whoever comes next with the key $2 of scope $1 may try at once. $3 our payment, $4 how many
-- definite faults more. Locks: the key, the payment.
with released as (
  update payonce.idempotency_keys set locked_until = created_at where scope = $1 and key_sha256 = $2 returning payment_id
)
update payonce.payments p set faulted = p.faulted + $4 from released r where p.id = r.payment_id and p.id = $3 and p.faulted < 1000
