//! Money that came in at a till, and what is done about it afterwards: by operators, at the providers' desks, by banks.
use std::time::{Duration, SystemTime};

use payonce::answer::Answer;
use payonce::db::direct;
use payonce::failure::Failure;
use payonce::inbox::{Provider, SamplePayment};
use payonce::money::Money;
use payonce::refund::{self, Returned, Wanted};
use payonce::{razorpay, stripe};
use serde_json::json;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::providers::Fault;
use crate::till::{Till, order};

/// Money that came.
#[derive(Clone, Debug)]
pub struct Paid {
    /// By whom.
    pub provider: Provider,
    /// Our order; `""` for credits.
    pub order: String,
    /// Our payment.
    pub payment: Uuid,
    /// `cs_...`, `order_...`
    pub provider_order: String,
    /// `pi_...`, `pay_...`: the unit in which it came.
    pub capture: String,
    /// How much was asked for.
    pub money: Money,
}

/// The account whose credits are bought here, 250 paise each.
pub const ACCOUNT: &str = "v2:tenant:acme";

impl Till<'_> {
    /// An order, opened, paid and delivered.
    pub async fn sells(&self, provider: Provider, items: &[(&str, i64)]) -> Paid {
        let opened = self.opened(&order(provider, items)).await;
        self.paid(&opened).await
    }

    /// So many credits for [`ACCOUNT`], opened, paid and delivered.
    pub async fn tops_up(&self, provider: Provider, credits: i64) -> Paid {
        let opened = self.opens_topup(provider, credits).await;
        self.paid(&opened).await
    }

    /// So many credits for [`ACCOUNT`], opened.
    pub async fn opens_topup(&self, provider: Provider, credits: i64) -> Answer {
        self.house
            .run(&format!(
                "insert into payonce.credit_prices (provider, currency, unit_minor, least_credits, most_credits)
                 values ('stripe', 'INR', 250, 1, 5000), ('razorpay', 'INR', 250, 1, 5000) on conflict do nothing;
                 with a as (insert into payonce.billing_accounts (id, external_key, display_name, email)
                   values (gen_random_uuid(), '{ACCOUNT}', 'Acme', 'books@acme.example') on conflict do nothing returning id)
                 insert into payonce.credit_accounts (account_id) select id from a"
            ))
            .await;
        let topup = json!({ "account": ACCOUNT, "credits": credits });
        let page = "https://shop.example/thanks";
        self.opened(&json!({ "provider": provider.name(), "topup": topup, "success_url": page })).await
    }

    /// The buyer pays what was opened, and its webhooks arrive.
    pub async fn paid(&self, opened: &Answer) -> Paid {
        let mut paid = asked_for(opened);
        paid.capture = self.pays(&paid);
        self.deliver().await;
        paid
    }

    /// The buyer pays what was opened, and of which no webhook was delivered yet. Gives the capture.
    pub fn pays(&self, asked: &Paid) -> String {
        match asked.provider {
            Provider::Stripe => self.stripe.buyer_pays(&asked.provider_order),
            Provider::Razorpay => self.razorpay.buyer_pays(&asked.provider_order).payment_id,
        }
    }

    /// The buyer pays something else, and its webhooks arrive.
    pub async fn pays_instead(&self, opened: &Answer, minor: i64, currency: &str) -> Paid {
        let mut paid = asked_for(opened);
        paid.capture = match paid.provider {
            Provider::Stripe => self.stripe.buyer_pays_instead(&paid.provider_order, minor, currency),
            Provider::Razorpay => {
                self.razorpay.buyer_pays_instead(&paid.provider_order, minor, currency).payment_id
            }
        };
        self.deliver().await;
        paid
    }

    /// A connection as operators have one.
    pub async fn operator(&self) -> Client {
        let url = self.house.cluster.direct_url("payonce_request_login", &self.house.name);
        direct(&url, None).await.expect("the database")
    }

    /// An operator asks for a refund: of so much, or of all that is left.
    pub async fn gives_back(&self, paid: &Paid, minor: Option<i64>) -> Result<(Uuid, i64, i64), Failure> {
        self.takes_back(paid, minor, Returned::Nothing).await
    }

    /// The same, for goods that are back.
    pub async fn takes_back(
        &self,
        paid: &Paid,
        minor: Option<i64>,
        returned: Returned<'_>,
    ) -> Result<(Uuid, i64, i64), Failure> {
        let wanted = Wanted {
            provider: paid.provider,
            provider_payment: &paid.capture,
            minor,
            note: "the cup was broken",
            actor: "meera",
            returned,
        };
        refund::request(&mut self.operator().await, &wanted, self.house.now()).await
    }

    /// Somebody refunds at the provider's own desk, where nobody knows of ours. Gives the provider's refund.
    pub fn refund_at_the_desk(&self, paid: &Paid, minor: i64) -> String {
        match paid.provider {
            Provider::Stripe => self.stripe.refund_at_the_desk(&paid.capture, minor),
            Provider::Razorpay => self.razorpay.refund_at_the_desk(&paid.capture, minor),
        }
    }

    /// A refund reaches the buyer's bank, or comes back from it.
    pub fn refund_ends(&self, provider: Provider, refund: &str, well: bool) {
        match (provider, well) {
            (Provider::Stripe, true) => self.stripe.refund_ends(refund, "succeeded"),
            (Provider::Stripe, false) => self.stripe.refund_ends(refund, "failed"),
            (Provider::Razorpay, true) => self.razorpay.refund_ends(refund, "processed"),
            (Provider::Razorpay, false) => self.razorpay.refund_ends(refund, "failed"),
        }
    }

    /// From now on refunds take their time.
    pub fn refunds_are_slow(&self) {
        self.stripe.refunds_are_slow();
        self.razorpay.refunds_are_slow();
    }

    /// Plans what becomes of the next so many calls by which a refund of this money is made (`POST`) or looked for (`GET`).
    pub fn plan_refund(&self, paid: &Paid, method: &str, times: usize, fault: Fault) {
        match paid.provider {
            Provider::Stripe => self.stripe.plan(times, &format!("{method} /v1/refunds"), fault),
            Provider::Razorpay => {
                self.razorpay.plan(times, &format!("{method} /v1/payments/{}/refund", paid.capture), fault);
            }
        }
    }

    /// The methods of all calls about refunds so far.
    pub fn refund_calls(&self, provider: Provider) -> Vec<String> {
        let calls = match provider {
            Provider::Stripe => self.stripe.calls(),
            Provider::Razorpay => self.razorpay.calls(),
        };
        calls.into_iter().filter(|(_, path)| path.contains("/refund")).map(|(method, _)| method).collect()
    }

    /// How often a refund was asked for.
    pub fn refunds_asked(&self, provider: Provider) -> usize {
        self.refund_calls(provider).iter().filter(|method| *method == "POST").count()
    }

    /// How many refunds the provider made.
    pub fn refunds_at(&self, provider: Provider) -> usize {
        match provider {
            Provider::Stripe => self.stripe.refunds(),
            Provider::Razorpay => self.razorpay.refunds(),
        }
    }

    /// Every refund on our books, `state reason amount`, oldest first.
    pub async fn refunds(&self) -> Vec<String> {
        let rows = self
            .house
            .admin
            .query_typed(
                "select state || ' ' || reason || ' ' || amount_minor from payonce.refunds order by created_at, id",
                &[],
            )
            .await
            .expect("refunds");
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The provider's id of the refund that was sent last.
    pub async fn last_sent(&self) -> String {
        self.house
            .text("select provider_refund_id from payonce.refunds where provider_refund_id is not null order by first_sent_at desc nulls last limit 1")
            .await
    }

    /// `payment_status refunded disputed`, then `orders spent refunded` of the customer or the wallet's credits.
    pub async fn books(&self, paid: &Paid) -> String {
        let purpose = if paid.order.is_empty() {
            "(select wallet::text from payonce.credit_accounts a where a.account_id = p.account_id)"
        } else {
            "(select o.payment_status || ' ' || t.orders || ' ' || t.spent_minor || ' ' || t.refunded_minor
              from payonce.orders o join payonce.customer_totals t using (customer_id, currency) where o.id = p.order_id)"
        };
        self.house
            .text(&format!(
                "select p.status || ' ' || c.refunded_minor || ' ' || c.disputed_minor || ' | ' || coalesce({purpose}, '-')
                 from payonce.payments p join payonce.captures c on c.payment_id = p.id
                 where c.provider_payment_id = '{}'",
                paid.capture
            ))
            .await
    }

    /// The provider tells of a dispute about a part of this money (`needs_response`, `won`, ... as Stripe calls them),
    /// signed so many seconds after the first report. Gives the outcome.
    pub async fn dispute(&self, paid: &Paid, state: &str, minor: i64, at: u64) -> String {
        let mut told = SamplePayment::new(paid.provider, &format!("T{}", paid.payment.simple()), paid.money);
        told.event_id = format!("evt_{}", Uuid::now_v7().simple());
        told.mark = Some(paid.payment);
        (told.provider_order, told.provider_payment) = (paid.provider_order.clone(), paid.capture.clone());
        told.part = Some(minor);
        let created = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000 + at);
        let ended = matches!(state, "won" | "lost");
        let body = match paid.provider {
            Provider::Stripe => {
                told.status = Some(state.into());
                let kind = if ended { "charge.dispute.closed" } else { "charge.dispute.created" };
                stripe::sample(kind, &told, created)
            }
            Provider::Razorpay => {
                let kind =
                    if ended { format!("payment.dispute.{state}") } else { "payment.dispute.created".into() };
                razorpay::sample(&kind, &told, created)
            }
        };
        self.house.outcome(paid.provider, &body.expect("a sample")).await
    }

    /// Time goes by, in the house and at the providers.
    pub fn waits(&self, minutes: u64) {
        let ahead = self.house.ahead.get() + Duration::from_secs(60 * minutes);
        self.house.ahead.set(ahead);
        self.stripe.moves_ahead(ahead);
        self.razorpay.moves_ahead(ahead);
    }
}

/// What an opened checkout asks for, before anybody paid.
pub fn asked_for(opened: &Answer) -> Paid {
    let text = |name: &str| opened.body[name].as_str().unwrap_or_default().to_owned();
    let provider_order = text("provider_order");
    Paid {
        provider: if provider_order.starts_with("cs_") { Provider::Stripe } else { Provider::Razorpay },
        order: text("order"),
        payment: text("payment").parse().expect("our payment"),
        provider_order,
        capture: String::new(),
        money: Money {
            minor: opened.body["amount_minor"].as_i64().expect("an amount"),
            currency: text("currency").parse().expect("a currency"),
        },
    }
}
