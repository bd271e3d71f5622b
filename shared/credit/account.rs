//! A billing account, and corrections of its balance.
use std::time::SystemTime;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, error::Error};
use uuid::Uuid;

use crate::db::{self, release};
use crate::failure::Failure;

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
    /// The account's id, and whether it is new: then it has an empty wallet. One that is there keeps its name and address.
    pub async fn open(&self, client: &Client) -> Result<(Uuid, bool), Failure> {
        let (id, email) = (Uuid::now_v7(), self.email.map(str::to_lowercase));
        // Twice at most: who loses the race against another that opens it finds it by the second statement.
        for _ in 0..2 {
            let rows = client
                .query_typed(
                    include_str!("open_account.sql"),
                    &[
                        (&id, Type::UUID),
                        (&self.external_key, Type::TEXT),
                        (&self.display_name, Type::TEXT),
                        (&email, Type::TEXT),
                    ],
                )
                .await
                .map_err(db::Error::from)?;
            if let Some(row) = rows.first() {
                return Ok((row.get("id"), row.get("is_new")));
            }
        }
        Err(Failure::House { code: "no_answer", detail: "no such account, and none opened".into() })
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
