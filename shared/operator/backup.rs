//! Which backups of this database there are, as whoever took them said.
use std::time::SystemTime;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

/// A backup to be put on record. Over the direct URL: the runtime roles may not.
pub struct Marker<'a> {
    /// When it was taken; not after `now`.
    pub taken_at: SystemTime,
    /// Where it is: a snapshot's name, an object's address. 3 to 500 characters.
    pub location: &'a str,
    /// Who says so: 2 to 500 characters.
    pub actor: &'a str,
    /// The time.
    pub now: SystemTime,
}

/// A backup on record.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// When it was taken, in UTC, for people.
    pub taken_at: String,
    /// Where it is.
    pub location: String,
    /// Who said so.
    pub actor: String,
}

/// Puts it on record.
pub async fn mark_backup(client: &Client, marker: &Marker<'_>) -> Result<(), Error> {
    client
        .execute_typed(
            "insert into payonce.backups (taken_at, location, actor, recorded_at) values ($1, $2, $3, $4)",
            &[
                (&marker.taken_at, Type::TIMESTAMPTZ),
                (&marker.location, Type::TEXT),
                (&marker.actor, Type::TEXT),
                (&marker.now, Type::TIMESTAMPTZ),
            ],
        )
        .await?;
    Ok(())
}

/// Up to `most` of those on record, newest first.
pub async fn backups(client: &Client, most: i64) -> Result<Vec<Recorded>, Error> {
    let rows = client
        .query_typed(
            "select to_char(taken_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at, location, actor
             from payonce.backups order by taken_at desc, id desc limit $1",
            &[(&most, Type::INT8)],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| Recorded {
        taken_at: row.get("at"),
        location: row.get("location"),
        actor: row.get("actor"),
    };
    Ok(rows.iter().map(read).collect())
}
