//! What is delivered: batches of signed events, written down before the clock starts.
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use payonce::stripe;
use payonce_tests::Random;
use serde_json::json;

use crate::books::Books;
use crate::order::{Order, letters};

/// Signs the events, for every subject.
pub(crate) const SECRET: &str = "whsec_bench_of_the_house";

/// A kind of traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Traffic {
    /// A paid order each.
    Applied,
    /// The same events once more.
    Duplicate,
    /// A type nobody handles: stored, nothing else.
    Ignored,
    /// A quarter each: paid orders, their `payment_intent.succeeded`, ignored ones, redeliveries.
    Mixed,
}

impl Traffic {
    /// As reports call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Ignored => "ignored",
            Self::Mixed => "mixed",
        }
    }

    /// How many of `events` are orders to be paid.
    pub(crate) fn orders(self, events: usize) -> usize {
        match self {
            Self::Applied => events,
            Self::Mixed => events.div_ceil(4),
            Self::Duplicate | Self::Ignored => 0,
        }
    }
}

/// Events ready to be delivered, and what they must come to.
pub(crate) struct Batch {
    /// For the Runtime API.
    pub(crate) invocations: Rc<[String]>,
    /// Bodies that were paid orders.
    pub(crate) paid: Vec<String>,
    /// What is to be added to the books.
    pub(crate) moves: Books,
}

/// Writes about `events` events: about `orders`, which are placed and unpaid, or `told` before.
pub(crate) fn write(
    traffic: Traffic,
    events: usize,
    orders: &[Order],
    told: &[String],
    random: &mut Random,
) -> Batch {
    let paid: Vec<String> =
        orders.iter().map(|order| tell("checkout.session.completed", order, random)).collect();
    let bodies: Vec<String> = match traffic {
        Traffic::Applied => paid.clone(),
        Traffic::Duplicate => told.iter().cycle().take(events).cloned().collect(),
        Traffic::Ignored => {
            (0..events).map(|_| tell("customer.created", &Order::nobodys(random), random)).collect()
        }
        Traffic::Mixed => {
            let quarter = |(number, order): (usize, &Order)| {
                let earlier = &told[number % told.len()];
                let twin = tell("payment_intent.succeeded", order, random);
                let ignored = tell("customer.created", order, random);
                [paid[number].clone(), ignored, twin, earlier.clone()]
            };
            orders.iter().enumerate().flat_map(quarter).collect()
        }
    };
    let brought = bodies.len() as i64;
    let stored = match traffic {
        Traffic::Applied | Traffic::Ignored => brought,
        Traffic::Duplicate => 0,
        Traffic::Mixed => 3 * orders.len() as i64,
    };
    let now = SystemTime::now();
    Batch {
        invocations: bodies.iter().map(|body| invocation(body, now)).collect(),
        paid,
        moves: Books::of(orders, stored, brought),
    }
}

/// The body of a new event.
pub(crate) fn tell(kind: &str, order: &Order, random: &mut Random) -> String {
    let mut told = order.told.clone();
    told.event_id = format!("evt_{}", letters(random, 24));
    let body = stripe::sample(kind, &told, this_second()).expect("a sample");
    // Each customer is another one, as the mirror would otherwise write one row over and over.
    body.replace("cus_FoxgloveMira", &format!("cus_{}", letters(random, 14)))
}

/// A function URL's invocation with this body, signed now, with the headers that Stripe sends.
pub(crate) fn invocation(body: &str, now: SystemTime) -> String {
    let host = "x5wkvdjqy7bench.lambda-url.eu-west-1.on.aws";
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/v1/payments/webhooks/stripe", "rawQueryString": "",
        "headers": {
            "accept": "*/*; q=0.5, application/xml", "cache-control": "no-cache",
            "content-length": body.len().to_string(), "content-type": "application/json; charset=utf-8", "host": host,
            "stripe-signature": stripe::sign(body.as_bytes(), SECRET, now),
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256", "x-amzn-tls-version": "TLSv1.3",
            "x-amzn-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            "x-forwarded-for": "192.0.2.10", "x-forwarded-port": "443", "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "anonymous", "apiId": "x5wkvdjqy7bench", "domainName": host, "domainPrefix": "x5wkvdjqy7bench",
            "http": {
                "method": "POST", "path": "/v1/payments/webhooks/stripe", "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.10", "userAgent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            },
            "requestId": "e1506fd5-9e7b-434f-bd42-4f8fa224b599", "routeKey": "$default", "stage": "$default",
            "time": "21/Nov/2026:12:00:00 +0000", "timeEpoch": 1_795_262_400_000_u64,
        },
        "body": body, "isBase64Encoded": false,
    })
    .to_string()
}

/// Whole seconds: Stripe knows no finer time.
fn this_second() -> SystemTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
}
