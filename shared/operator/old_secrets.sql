-- Events of the last day that the secret before the current one verified, by provider and version. Providers deliver for
-- three days: which keeps this to one end of the identity's index.
select e.provider, e.secret_version, count(*) as events, max(e.received_at) as last
from payonce.webhook_events e
where e.provider in ('stripe', 'razorpay')
  and e.provider_created_at > $1::timestamptz - interval '4 days'
  and e.received_at > $1::timestamptz - interval '1 day'
  and e.secret_version like 'previous%'
group by e.provider, e.secret_version
order by e.provider, e.secret_version
