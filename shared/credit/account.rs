//! A billing account, and corrections of its balance.
use std::time::SystemTime;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, error::Error};
use uuid::Uuid;

use crate::db::release;

/// Whose credits.
pub struct Account<'a> {
    /// The key by which its owner's system knows it, `v2:tenant:acme`.
    pub external_key: &'a str,
    /// For people.
    pub display_name: &'a str,
    /// Where its receipts go.
    pub email: Option<&'a str>,
}

impl Account<'_> {
    /// The account's id; made, with an empty wallet, when it is new.
    pub async fn upsert(&self, client: &Client) -> Result<Uuid, Error> {
        let id = Uuid::now_v7();
        let rows = client
            .query_typed(
                include_str!("open_account.sql"),
                &[
                    (&id, Type::UUID),
                    (&self.external_key, Type::TEXT),
                    (&self.display_name, Type::TEXT),
                    (&self.email, Type::TEXT),
                ],
            )
            .await?;
        Ok(rows.first().map_or(id, |row| row.get("id")))
    }
}

/// A correcting entry by an operator, with its reason; never an edit. The balance refuses to go below zero.
pub async fn adjust(
    client: &Client,
    account: Uuid,
    credits: i64,
    (actor, reason): (&str, &str),
    now: SystemTime,
) -> Result<i64, Error> {
    let source = Uuid::now_v7().to_string();
    let sql = release::sql(
        "select payonce_release.post_credits($1, 'adjustment', $2, 'operator', $3, $4, $5, $6) as seq",
    );
    let rows = client
        .query_typed(
            &sql,
            &[
                (&account, Type::UUID),
                (&credits, Type::INT8),
                (&source, Type::TEXT),
                (&actor, Type::TEXT),
                (&reason, Type::TEXT),
                (&now, Type::TIMESTAMPTZ),
            ],
        )
        .await?;
    Ok(rows.first().map_or(0, |row| row.get("seq")))
}
