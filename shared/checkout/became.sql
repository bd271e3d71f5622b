-- The verdict on the capture $2 of the provider $1; of a mismatch that was decided, what the decision made of it.
select case when c.verdict = 'mismatch' and exists (select from payonce.mismatch_decisions m
    where m.provider = c.provider and m.provider_payment_id = c.provider_payment_id) then 'refunded' else c.verdict end as verdict
from payonce.captures c where c.provider = $1 and c.provider_payment_id = $2
