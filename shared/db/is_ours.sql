-- Whose database this is, where it is not that of $1, APP_ID, and $2, STAGE; no row of identity: nobody's yet.
select i.app_id || '/' || i.stage as owner from payonce.identity i where (i.app_id, i.stage) <> ($1, $2)
