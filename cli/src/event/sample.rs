//! `payonce event sample`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, Result};
use payonce::inbox::{Provider, SamplePayment};
use payonce::money::Money;
use payonce::{razorpay, stripe};
use uuid::Uuid;

use crate::post::{Delivery, tail};

#[derive(clap::Args)]
pub(crate) struct Sample {
    #[arg(long, value_name = "stripe|razorpay")]
    provider: Provider,
    /// The provider's type, such as payment_intent.succeeded or payment.captured
    #[arg(long)]
    kind: String,
    /// The signed invocation that Lambda would make of it (for sam local invoke); good for five minutes at Stripe
    #[arg(long)]
    as_invocation: bool,
}

impl Sample {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let now = SystemTime::now();
        let money = Money { minor: 149_900, currency: "INR".parse()? };
        let sample = SamplePayment::new(self.provider, &tail(self.provider, Uuid::now_v7()), money);
        let delivery = delivery(self.provider, &self.kind, &sample, now)?;
        if self.as_invocation {
            println!("{:#}", delivery.invocation(now)?);
        } else {
            println!("{}", String::from_utf8_lossy(&delivery.body));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The event of type `kind` about `sample`; an unknown type is answered with the known ones.
pub(super) fn delivery(
    provider: Provider,
    kind: &str,
    sample: &SamplePayment,
    now: SystemTime,
) -> Result<Delivery> {
    let (body, kinds) = match provider {
        Provider::Stripe => (stripe::sample(kind, sample, now), stripe::SAMPLES.as_slice()),
        Provider::Razorpay => (razorpay::sample(kind, sample, now), razorpay::SAMPLES.as_slice()),
    };
    let body = body.with_context(|| {
        if kinds.contains(&kind) {
            return format!("{} has no way to write {}, or a part of it", provider.name(), sample.money);
        }
        format!("no sample of {kind:?}; there are: {}", kinds.join(", "))
    })?;
    Ok(Delivery { provider, body: body.into_bytes(), event_id: Some(sample.event_id.clone()) })
}
