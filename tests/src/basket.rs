//! Checkouts opened by the SQL that the checkout function calls, on a connection of one's own: so as many buyers as a race
//! needs come at once, and hold what they came for.
use std::time::{Duration, SystemTime};

use payonce::db::{direct, release};
use payonce::inbox::Provider::{self, Stripe};
use payonce::inbox::SamplePayment;
use payonce::money::Money;
use payonce::order::OrderId;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use crate::{Checkout, House};

/// How long a page is open, and what it holds with it.
pub const OPEN_FOR: Duration = Duration::from_secs(60 * 60);
/// Longer than any answer takes.
const LEASE: Duration = Duration::from_secs(15);

/// What somebody wants to buy, and how.
#[derive(Clone, Copy, Debug)]
pub struct Basket<'a> {
    /// By address; new when nobody has it yet.
    pub buyer: &'a str,
    /// Products and pieces.
    pub lines: &'a [(&'a str, i64)],
    /// A promotion's code.
    pub promo: Option<&'a str>,
    /// Who collects.
    pub provider: Provider,
    /// The caller's key; a new one each time where there is none.
    pub key: Option<&'a str>,
}

impl<'a> Basket<'a> {
    /// Asha's, at Stripe.
    pub fn of(lines: &'a [(&'a str, i64)]) -> Self {
        Self { buyer: "asha.rao@example.com", lines, promo: None, provider: Stripe, key: None }
    }
}

impl House {
    /// A connection as checkout has one, past the pooler.
    pub async fn as_checkout(&self) -> Client {
        self.login("payonce_request_login").await
    }

    /// A connection as the crons have one, past the pooler.
    pub async fn as_cron(&self) -> Client {
        self.login("payonce_cron_login").await
    }

    async fn login(&self, login: &str) -> Client {
        direct(&self.cluster.direct_url(login, &self.name), None).await.expect("a connection")
    }

    /// Opens a checkout for a new order, which holds what is in `basket`; or the code by which it was refused.
    pub async fn hold(&self, client: &Client, basket: &Basket<'_>) -> Result<Checkout, String> {
        let buyer = known(client, basket.buyer).await;
        let (products, quantities): (Vec<&str>, Vec<i64>) = basket.lines.iter().copied().unzip();
        let (variants, order) = (vec![""; products.len()], OrderId::of(Uuid::now_v7()));
        let rest: [(&(dyn ToSql + Sync), Type); 6] = [
            (&order.as_str(), Type::TEXT),
            (&buyer, Type::UUID),
            (&products, Type::TEXT_ARRAY),
            (&variants, Type::TEXT_ARRAY),
            (&quantities, Type::INT8_ARRAY),
            (&basket.promo, Type::TEXT),
        ];
        let call = "open_order(k.key, $4, $5, false, $6, $7, $8, $9, $10, $11, $12, $13, $14, '{}')";
        self.open(client, call, basket.key, basket.provider, true, &rest).await
    }

    /// Opens a further checkout for the order of `first`; or the code by which it was refused.
    pub async fn hold_again(
        &self,
        client: &Client,
        order: &str,
        provider: Provider,
        key: Option<&str>,
    ) -> Result<Checkout, String> {
        let call = "open_again(k.key, $4, $5, $6, $7, $8, $9)";
        self.open(client, call, key, provider, true, &[(&order, Type::TEXT)]).await
    }

    /// Opens a checkout for credits of the account with this key; or the code by which it was refused.
    pub async fn hold_topup(
        &self,
        client: &Client,
        account: &str,
        credits: i64,
        provider: Provider,
    ) -> Result<Checkout, String> {
        let call = "open_topup(k.key, $4, $5, false, $6, $7, $8, $9)";
        let rest: [(&(dyn ToSql + Sync), Type); 2] = [(&account, Type::TEXT), (&credits, Type::INT8)];
        self.open(client, call, None, provider, false, &rest).await
    }

    async fn open(
        &self,
        client: &Client,
        call: &str,
        key: Option<&str>,
        provider: Provider,
        holds: bool,
        rest: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Checkout, String> {
        let key = key.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned);
        let (scope, name) = (if holds { "checkout" } else { "topup" }, provider.name());
        let (now, payment) = (self.now(), Uuid::now_v7());
        let (locked_until, until, hold_until) = (now + LEASE, now + OPEN_FOR, now + OPEN_FOR);
        let mut params: Vec<(&(dyn ToSql + Sync), Type)> = vec![
            (&scope, Type::TEXT),
            (&key, Type::TEXT),
            (&locked_until, Type::TIMESTAMPTZ),
            (&payment, Type::UUID),
            (&name, Type::TEXT),
            (&now, Type::TIMESTAMPTZ),
            (&until, Type::TIMESTAMPTZ),
        ];
        if holds {
            params.push((&hold_until, Type::TIMESTAMPTZ));
        }
        params.extend(rest.iter().cloned());
        let sql = format!(
            "select c.state, c.payment, c.order_id, c.amount, c.currency, c.provider, c.provider_order
             from (select row($1, sha256(convert_to($2, 'utf8')), sha256('the same'), $3)::payonce_release.caller_key as key) k
             cross join lateral payonce_release.{call} c"
        );
        let rows = client.query_typed(&release::sql(&sql), &params).await.map_err(|error| {
            let refusal = error.as_db_error().unwrap_or_else(|| panic!("{call}: {error:?}"));
            let code = refusal.constraint().filter(|_| refusal.code().code() == "PY422");
            code.map_or_else(|| format!("{refusal:?}"), str::to_owned)
        })?;
        let checkout = read(&rows[0]);
        // As when the provider has answered.
        let opened = format!(
            "update payonce.payments set provider_order_id = '{}' where id = '{}' and provider_order_id is null",
            checkout.told.provider_order, checkout.payment
        );
        client.batch_execute(&opened).await.expect("opened");
        Ok(checkout)
    }

    /// A billing account to buy credits for, by its key, and what a credit costs: a rupee.
    pub async fn sell_credits(&self, account: &str) {
        self.run(&format!(
            "insert into payonce.credit_prices (provider, currency, unit_minor) values ('stripe', 'INR', 100), ('razorpay', 'INR', 100)
             on conflict do nothing;
             with opened as (insert into payonce.billing_accounts (id, external_key, display_name, email)
               values (gen_random_uuid(), '{account}', 'Test', 'books@example.com') returning id)
             insert into payonce.credit_accounts (account_id) select id from opened"
        ))
        .await;
    }

    /// Ends the order as the sweeper does, `after` its checkout was opened. Was there something to end?
    pub async fn expire(&self, client: &Client, order: &str, after: Duration) -> bool {
        let at = self.now() + after;
        let params: [(&(dyn ToSql + Sync), Type); 2] = [(&order, Type::TEXT), (&at, Type::TIMESTAMPTZ)];
        let sql = release::sql("select payonce_release.expire_order($1, $2)");
        client.query_typed(&sql, &params).await.expect("an answer")[0].get(0)
    }

    /// Pieces on the shelf, and of them held.
    pub async fn shelf(&self, slug: &str) -> (i64, i64) {
        let shelf = |column: &str| {
            format!("select {column} from payonce.inventory where product_slug = '{slug}' and variant = ''")
        };
        (self.value(&shelf("stock")).await, self.value(&shelf("held")).await)
    }
}

/// The customer of this address.
async fn known(client: &Client, email: &str) -> Uuid {
    let sql =
        "insert into payonce.customers as c (id, email, name) values (gen_random_uuid(), $1, 'Asha Rao')
        on conflict (email) do update set name = c.name returning id";
    client.query_typed(sql, &[(&email, Type::TEXT)]).await.expect("a customer")[0].get(0)
}

fn read(row: &Row) -> Checkout {
    let payment: Uuid = row.get("payment");
    let provider: Provider = row.get::<_, &str>("provider").parse().expect("a provider");
    let currency = row.get::<_, &str>("currency").parse().expect("a currency");
    let money = Money { minor: row.get("amount"), currency };
    let mut told = SamplePayment::new(provider, &payment.simple().to_string(), money);
    told.mark = Some(payment);
    if let Some(order) = row.get("provider_order") {
        told.provider_order = order;
    }
    // Whole seconds: providers know no finer time.
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let created = SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs());
    let order: Option<String> = row.get("order_id");
    Checkout { order: order.unwrap_or_default(), payment, account: None, provider, told, created }
}
