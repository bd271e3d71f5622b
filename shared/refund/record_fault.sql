-- Why the attempt $2 of the refund $1 did not go out, $3, and how many keys more that uses up, $4; its lease ends. Its next
-- attempt was set when it was leased.
update payonce.refunds set lease_until = null, last_error = $3, faulted = least(faulted + $4, 1000) where id = $1 and attempts = $2 and state = 'requested'
returning next_attempt_at is null as given_up
