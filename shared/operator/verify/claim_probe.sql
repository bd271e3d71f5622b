-- The claim of this release, of an event $2 that no provider ever sends; $1 our id, $3 the outcome it is to have.
select mine, outcome from payonce_release.claim(
  row($1, 'stripe', to_timestamp(0), $2, 'payonce.verify', false, null, null, null, 'verify', now(), 1,
    array['failed', 'dead'], null)::payonce_release.event,
  'ignored', $3, null)
