-- The runtime roles may call the functions of this release; nobody else may.
revoke execute on all functions in schema payonce_release from public;
grant usage on schema payonce_release to payonce_request, payonce_cron;
grant execute on all functions in schema payonce_release to payonce_request, payonce_cron;
