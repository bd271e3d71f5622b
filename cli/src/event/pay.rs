//! `payonce event pay`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, Result};
use payonce::inbox::{Provider, SamplePayment};
use payonce::money::Currency;
use payonce::operator::{self, Asked, Payable};
use uuid::Uuid;

use super::sample;
use crate::{post, settings, typed};

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["order", "topup"])))]
#[command(group(clap::ArgGroup::new("how").args(["print", "send", "as_invocation"])))]
pub(crate) struct Pay {
    /// Whose payment, where an order has several  [default: whoever has the newest]
    #[arg(long, value_name = "stripe|razorpay")]
    provider: Option<Provider>,
    /// ORD-...
    #[arg(long, value_name = "ID")]
    order: Option<String>,
    /// The top-up's payment id
    #[arg(long, value_name = "PAYMENT_ID")]
    topup: Option<Uuid>,
    /// Instead of what was asked, in minor units
    #[arg(long, value_name = "MINOR", allow_negative_numbers = true, value_parser = typed::minor)]
    amount: Option<i64>,
    /// Instead of what was asked
    #[arg(long)]
    currency: Option<Currency>,
    /// The event's type  [default: checkout.session.completed, payment.captured]
    #[arg(long)]
    kind: Option<String>,
    /// The provider's payment id; with another one, other money  [default: always the same for a payment]
    #[arg(long, value_name = "ID")]
    provider_payment: Option<String>,
    /// What a refund or dispute is about, in minor units  [default: the whole]
    #[arg(long, value_name = "MINOR", allow_negative_numbers = true, value_parser = typed::minor)]
    part: Option<i64>,
    /// The status of what the event is about, where its type leaves it open (a dispute: won, lost)
    #[arg(long)]
    status: Option<String>,
    /// Print the body, send nothing
    #[arg(long)]
    print: bool,
    /// Sign it and post it to the provider's function; the default
    #[arg(long)]
    send: bool,
    /// Print the signed invocation that Lambda would make of it
    #[arg(long)]
    as_invocation: bool,
}

impl Pay {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let payment = self.payment().await?;
        let now = SystemTime::now();
        let kind = self.kind.as_deref().unwrap_or(match payment.provider {
            Provider::Stripe => "checkout.session.completed",
            Provider::Razorpay => "payment.captured",
        });
        let delivery = sample::delivery(payment.provider, kind, &self.sample(&payment)?, now)?;
        if self.print {
            println!("{}", String::from_utf8_lossy(&delivery.body));
            Ok(ExitCode::SUCCESS)
        } else if self.as_invocation {
            println!("{:#}", delivery.invocation(now)?);
            Ok(ExitCode::SUCCESS)
        } else {
            delivery.send(None)
        }
    }

    async fn payment(&self) -> Result<Payable> {
        let client = settings::pooled().await?;
        settings::require_local(&client, "an invented payment").await?;
        let asked = match (&self.order, self.topup) {
            (_, Some(id)) => Asked::Payment(id),
            (order, None) => Asked::OfOrder(order.clone().unwrap_or_default()),
        };
        let at = self.provider.map(|provider| format!(" at {}", provider.name())).unwrap_or_default();
        operator::payable(&client, &asked, self.provider).await?.with_context(|| match asked {
            Asked::Payment(id) => format!("no payment {id}{at} in this database"),
            Asked::OfOrder(id) => format!("no payment{at} for an order {id} in this database"),
        })
    }

    /// What the provider would tell of it: a new event each time, about the same money.
    fn sample(&self, payment: &Payable) -> Result<SamplePayment> {
        let provider = payment.provider;
        let mut money = payment.money;
        money.minor = self.amount.unwrap_or(money.minor);
        money.currency = self.currency.unwrap_or(money.currency);

        let mut sample = SamplePayment::new(provider, &post::tail(provider, payment.id), money);
        sample.event_id = format!("evt_{}", post::tail(provider, Uuid::now_v7()));
        sample.mark = Some(payment.id);
        sample.stack = Some(settings::stack()?);
        sample.livemode = payment.livemode;
        sample.provider_payment = match &self.provider_payment {
            Some(id) => id.clone(),
            None => post::invented_payment_id(provider, payment.id),
        };
        if let Some(order) = &payment.provider_order {
            sample.provider_order.clone_from(order);
        }
        sample.part = self.part;
        sample.status.clone_from(&self.status);
        // Of a session without a price Stripe says so; `paid` it never is.
        if provider == Provider::Stripe && money.minor == 0 && self.kind.is_none() {
            sample.status.get_or_insert_with(|| "no_payment_required".into());
        }
        Ok(sample)
    }
}
