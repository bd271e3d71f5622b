//! Refunds and disputes are facts: whatever order they come in, however often, the books say what they add up to.
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use payonce::credit;
use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce_tests::{Checkout, House, in_a_house};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// The event of one step: `capture`, `refund a succeeded 300`, `refund a succeeded 300 USD`, `dispute d open 400`,
/// `total 300` (Stripe's charge.refunded); `at` is its signed time in seconds after the checkout's.
fn told(checkout: &Checkout, step: &str, at: u64) -> String {
    let words: Vec<&str> = step.split(' ').collect();
    let mut checkout = checkout.clone();
    checkout.created += Duration::from_secs(at);
    let tail = checkout.told.provider_payment.clone();
    let stripe = checkout.provider == Stripe;
    let (kind, status) = match words[..] {
        ["capture"] => return checkout.paid(),
        ["twin"] if stripe => ("payment_intent.succeeded", None),
        ["twin"] => ("order.paid", None),
        ["total", _] => ("charge.refunded", None),
        ["refund", _, "pending", ..] => ("refund.created", None),
        ["refund", _, "succeeded", ..] => (if stripe { "refund.updated" } else { "refund.processed" }, None),
        ["refund", _, "failed", ..] => ("refund.failed", None),
        ["dispute", _, "inquiry", ..] if stripe => ("charge.dispute.created", Some("warning_needs_response")),
        ["dispute", _, "open", ..] if stripe => ("charge.dispute.created", Some("needs_response")),
        ["dispute", _, "closed", ..] if stripe => ("charge.dispute.closed", Some("warning_closed")),
        ["dispute", _, state, ..] if stripe => ("charge.dispute.closed", Some(state)),
        ["dispute", _, "inquiry" | "open", ..] => ("payment.dispute.created", None),
        ["dispute", _, "won", ..] => ("payment.dispute.won", None),
        ["dispute", _, "lost", ..] => ("payment.dispute.lost", None),
        ["dispute", _, "closed", ..] => ("payment.dispute.closed", None),
        _ => panic!("no such step: {step}"),
    };
    let body = checkout.tells_with(kind, |told| {
        told.status = status.map(str::to_owned);
        if let ["refund" | "dispute", id, _, ..] = words[..] {
            told.refund_id = format!("re_{id}{tail}");
            told.dispute_id = format!("dp_{id}{tail}");
        }
        told.part = words.iter().find_map(|word| word.parse().ok());
        if let [.., "USD"] = words[..] {
            told.money.currency = "USD".parse().expect("a currency");
        }
    });
    if words.get(2) == Some(&"inquiry") {
        body.replace(r#""phase":"chargeback""#, r#""phase":"fraud""#)
    } else {
        body
    }
}

/// Takes the step and says what came of it; `spend 20` is the buyer's, not the provider's.
async fn take(house: &House, checkout: &Checkout, step: &str, at: u64) -> String {
    match step.strip_prefix("spend ") {
        Some(credits) => spend(house, checkout, credits.parse().expect("a number")).await,
        None => house.outcome(checkout.provider, &told(checkout, step, at)).await,
    }
}

async fn spend(house: &House, checkout: &Checkout, credits: i64) -> String {
    let account = checkout.account.expect("a top-up");
    let by = ("tests", "spent on something nice");
    match credit::adjust(&house.admin, account, -credits, by, SystemTime::now()).await {
        Ok(_) => "spent".into(),
        Err(error) => error.as_db_error().and_then(|error| error.constraint()).unwrap_or("refused").into(),
    }
}

/// `status refunded disputed`, then `wallet shortfall` of a top-up or `payment_status` of an order.
async fn state(house: &House, checkout: &Checkout) -> String {
    let purpose = match checkout.account {
        Some(account) => format!(
            "(select wallet from payonce.credit_accounts where account_id = '{account}') || ' ' ||
             (select coalesce(sum(credits), 0) from payonce.clawback_shortfalls where payment_id = p.id)"
        ),
        None => "(select payment_status from payonce.orders o where o.id = p.order_id)".into(),
    };
    house
        .text(&format!(
            "select p.status || ' ' || coalesce(c.refunded_minor || ' ' || c.disputed_minor, '- -') || ' ' || {purpose}
             from payonce.payments p left join payonce.captures c on c.payment_id = p.id where p.id = '{}'",
            checkout.payment
        ))
        .await
}

/// A case by name, and its steps: what is told, the outcome, the state after.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str, &'a str)]);

async fn walk(house: &House, checkout: &Checkout, (name, steps): Case<'_>) {
    for (at, (step, outcome, after)) in (0..).zip(steps) {
        let context = format!("{name}: {:?}: {step}", checkout.provider);
        assert_eq!(take(house, checkout, step, at).await, *outcome, "{context}");
        assert_eq!(state(house, checkout).await, *after, "{context}");
    }
    house.hold_to_the_invariants().await;
}

const REFUNDED: &str = "processed refund_recorded";
const DISPUTED: &str = "processed dispute_recorded";
const KEPT: &str = "processed fact_kept_for_unknown_payment";
const SAME: &str = "processed no_change";
const GRANTED: &str = "processed credits_granted";
const PAID: &str = "processed order_paid";

/// 100 credits for 900.
const TOP_UPS: [Case<'_>; 15] = [
    (
        "three partial refunds are one full one",
        &[
            ("capture", GRANTED, "paid 0 0 100 0"),
            ("refund a succeeded 300", REFUNDED, "partially_refunded 300 0 67 0"),
            ("refund b succeeded 300", REFUNDED, "partially_refunded 600 0 34 0"),
            ("refund c succeeded 300", REFUNDED, "refunded 900 0 0 0"),
        ],
    ),
    (
        "a partial refund takes its share rounded down",
        &[
            ("capture", GRANTED, "paid 0 0 100 0"),
            ("refund a succeeded 8", REFUNDED, "partially_refunded 8 0 100 0"),
            ("refund b succeeded 1", REFUNDED, "partially_refunded 9 0 99 0"),
            ("refund c succeeded 890", REFUNDED, "partially_refunded 899 0 1 0"),
        ],
    ),
    (
        "a pending refund is pending",
        &[
            ("capture", GRANTED, "paid 0 0 100 0"),
            ("refund a pending 450", REFUNDED, "paid 0 0 100 0"),
            ("refund a succeeded 450", REFUNDED, "partially_refunded 450 0 50 0"),
            ("refund a pending 450", SAME, "partially_refunded 450 0 50 0"),
        ],
    ),
    (
        "a refund told again takes nothing more",
        &[
            ("capture", GRANTED, "paid 0 0 100 0"),
            ("refund a succeeded 450", REFUNDED, "partially_refunded 450 0 50 0"),
            ("refund a succeeded 450", SAME, "partially_refunded 450 0 50 0"),
        ],
    ),
    (
        "a refund that fails in the end restores what it took",
        &[
            ("capture", GRANTED, "paid 0 0 100 0"),
            ("refund a succeeded 900", REFUNDED, "refunded 900 0 0 0"),
            ("refund a failed 900", REFUNDED, "paid 0 0 100 0"),
            ("refund a succeeded 900", SAME, "paid 0 0 100 0"),
            ("refund b succeeded 900", REFUNDED, "refunded 900 0 0 0"),
        ],
    ),
    (
        "a refund before its payment waits for it",
        &[
            ("refund a succeeded 450", KEPT, "created - - 0 0"),
            ("refund b pending 450", KEPT, "created - - 0 0"),
            ("capture", GRANTED, "partially_refunded 450 0 50 0"),
            ("refund b succeeded 450", REFUNDED, "refunded 900 0 0 0"),
        ],
    ),
    (
        "a refund that failed before its payment takes nothing",
        &[
            ("refund a failed 450", KEPT, "created - - 0 0"),
            ("refund a succeeded 450", KEPT, "created - - 0 0"),
            ("capture", GRANTED, "paid 0 0 100 0"),
        ],
    ),
    (
        "a dispute takes while it is argued, and gives back when won",
        &[
            ("capture", GRANTED, "paid 0 0 100 0"),
            ("dispute d open 900", DISPUTED, "paid 0 900 0 0"),
            ("dispute d won 900", DISPUTED, "paid 0 0 100 0"),
            ("dispute d open 900", SAME, "paid 0 0 100 0"),
        ],
    ),
    (
        "a lost dispute keeps what it took",
        &[
            ("capture", GRANTED, "paid 0 0 100 0"),
            ("dispute d open 450", DISPUTED, "paid 0 450 50 0"),
            ("dispute d lost 450", DISPUTED, "paid 0 450 50 0"),
        ],
    ),
    (
        "an enquiry takes nothing, and closes without taking",
        &[
            ("capture", GRANTED, "paid 0 0 100 0"),
            ("dispute d inquiry 900", DISPUTED, "paid 0 0 100 0"),
            ("dispute d closed 900", DISPUTED, "paid 0 0 100 0"),
            ("dispute d inquiry 900", SAME, "paid 0 0 100 0"),
        ],
    ),
    (
        "an enquiry may become a dispute, a dispute never an enquiry",
        &[
            ("dispute d inquiry 900", KEPT, "created - - 0 0"),
            ("capture", GRANTED, "paid 0 0 100 0"),
            ("dispute d open 450", DISPUTED, "paid 0 450 50 0"),
            ("dispute d inquiry 900", SAME, "paid 0 450 50 0"),
        ],
    ),
    (
        "a dispute that was decided before it was opened stays decided",
        &[
            ("dispute d lost 900", KEPT, "created - - 0 0"),
            ("dispute d open 900", KEPT, "created - - 0 0"),
            ("dispute e won 900", KEPT, "created - - 0 0"),
            ("dispute e open 900", KEPT, "created - - 0 0"),
            ("capture", GRANTED, "paid 0 900 0 0"),
        ],
    ),
    (
        "refunded and disputed money is gone once only",
        &[
            ("capture", GRANTED, "paid 0 0 100 0"),
            ("refund a succeeded 600", REFUNDED, "partially_refunded 600 0 34 0"),
            ("dispute d open 900", DISPUTED, "partially_refunded 600 900 0 0"),
            ("dispute d won 900", DISPUTED, "partially_refunded 600 0 34 0"),
        ],
    ),
    (
        "spent credits are owed, and a restoration lets off what is owed first",
        &[
            ("capture", GRANTED, "paid 0 0 100 0"),
            ("spend 80", "spent", "paid 0 0 20 0"),
            ("refund a succeeded 450", REFUNDED, "partially_refunded 450 0 0 30"),
            ("refund b succeeded 450", REFUNDED, "refunded 900 0 0 80"),
            ("refund a failed 450", REFUNDED, "partially_refunded 450 0 0 30"),
            ("refund b failed 450", REFUNDED, "paid 0 0 20 0"),
            ("spend 21", "credit_accounts_never_negative", "paid 0 0 20 0"),
        ],
    ),
    (
        "money in another currency is for a person, and moves nothing",
        &[
            ("capture", GRANTED, "paid 0 0 100 0"),
            ("refund a succeeded 450 USD", "parked refund_currency_mismatch", "paid 0 0 100 0"),
            ("refund a failed 450 USD", REFUNDED, "paid 0 0 100 0"),
            ("dispute d open 450 USD", "parked dispute_currency_mismatch", "paid 0 0 100 0"),
            ("dispute d won 450 USD", DISPUTED, "paid 0 0 100 0"),
        ],
    ),
];

#[test]
fn credits_follow_the_money_of_their_top_up() {
    in_a_house(async |house: &House| {
        for case in TOP_UPS {
            for provider in [Stripe, Razorpay] {
                let topup = house.topup(provider, 100, 900).await;
                walk(house, &topup, case).await;
            }
        }
    });
}

/// 900 for one piece.
const ORDERS: [Case<'_>; 5] = [
    (
        "partial refunds add up, and a failed one counts back",
        &[
            ("capture", PAID, "paid 0 0 paid"),
            ("refund a succeeded 1", REFUNDED, "partially_refunded 1 0 partially_refunded"),
            ("refund b succeeded 899", REFUNDED, "refunded 900 0 refunded"),
            ("refund b failed 899", REFUNDED, "partially_refunded 1 0 partially_refunded"),
            ("refund a failed 1", REFUNDED, "paid 0 0 paid"),
        ],
    ),
    (
        "a refund before its payment",
        &[
            ("refund a succeeded 900", KEPT, "created - - pending"),
            ("capture", PAID, "refunded 900 0 refunded"),
            ("twin", "processed already_captured", "refunded 900 0 refunded"),
        ],
    ),
    (
        "a dispute leaves the order paid until it is refunded",
        &[
            ("capture", PAID, "paid 0 0 paid"),
            ("dispute d open 900", DISPUTED, "paid 0 900 paid"),
            ("dispute d lost 900", DISPUTED, "paid 0 900 paid"),
        ],
    ),
    (
        "more refunded than captured is for a person; the fact is kept, the books stay within the capture",
        &[
            ("capture", PAID, "paid 0 0 paid"),
            ("refund a succeeded 600", REFUNDED, "partially_refunded 600 0 partially_refunded"),
            ("refund b succeeded 301", "parked refund_exceeds_capture", "refunded 900 0 refunded"),
            ("refund b failed 301", REFUNDED, "partially_refunded 600 0 partially_refunded"),
            (
                "refund c pending 301",
                "parked refund_exceeds_capture",
                "partially_refunded 600 0 partially_refunded",
            ),
            ("refund c failed 301", REFUNDED, "partially_refunded 600 0 partially_refunded"),
        ],
    ),
    (
        "a late failure of the attempt changes nothing of a refund",
        &[
            ("capture", PAID, "paid 0 0 paid"),
            ("refund a succeeded 900", REFUNDED, "refunded 900 0 refunded"),
            ("twin", "processed already_captured", "refunded 900 0 refunded"),
        ],
    ),
];

#[test]
fn an_order_and_its_customer_s_totals_follow_its_refunds() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        for case in ORDERS {
            for provider in [Stripe, Razorpay] {
                let order = house.order(provider, &[("atlas", 1)]).await;
                walk(house, &order, case).await;
            }
        }
        // Once more than the invariants: 10 orders of 900; refunded in the end: 2 x 900 (before), 2 x 600.
        let totals =
            "select orders || ' ' || spent_minor || ' ' || refunded_minor from payonce.customer_totals";
        assert_eq!(house.text(totals).await, "10 9000 4800");
    });
}

#[test]
fn the_last_decision_on_a_dispute_stands_in_whatever_order_they_come() {
    in_a_house(async |house: &House| {
        let (won, wins, lost, lost_too) = (("won 900", 0), ("won 900", 2), ("lost 900", 1), ("lost 450", 1));
        let orders = [
            ([won, wins, lost], 0),
            ([won, lost, wins], 0),
            ([wins, lost, won], 0),
            ([lost, wins, won], 0),
            ([won, lost, lost_too], 900),
            ([lost_too, lost, won], 900),
        ];
        for (reports, disputed) in orders {
            for provider in [Stripe, Razorpay] {
                let topup = house.topup(provider, 100, 900).await;
                assert_eq!(take(house, &topup, "capture", 0).await, GRANTED);
                for (report, at) in reports {
                    take(house, &topup, &format!("dispute d {report}"), at).await;
                }
                let left = if disputed == 0 { 100 } else { 0 };
                assert_eq!(state(house, &topup).await, format!("paid 0 {disputed} {left} 0"), "{reports:?}");
            }
        }
    });
}

#[test]
fn a_refund_is_kept_even_when_its_payment_never_comes() {
    in_a_house(async |house: &House| {
        let mut nobody = house.topup(Stripe, 100, 900).await;
        nobody.told.mark = None;
        nobody.told.provider_payment = "pi_nobody".into();
        assert_eq!(take(house, &nobody, "refund a succeeded 450", 0).await, KEPT);
        assert_eq!(take(house, &nobody, "dispute d open 450", 0).await, KEPT);
        let kept = "select r.amount_minor || ' ' || d.amount_minor from payonce.refunds r
            join payonce.disputes d using (provider, provider_payment_id) where provider_payment_id = 'pi_nobody'";
        assert_eq!(house.text(kept).await, "450 450");
    });
}

#[test]
fn a_running_total_of_refunds_moves_nothing_and_waits_for_the_facts_it_names() {
    in_a_house(async |house: &House| {
        let topup = house.topup(Stripe, 100, 900).await;
        assert_eq!(take(house, &topup, "capture", 0).await, GRANTED);
        let total = told(&topup, "total 450", 1);
        assert_eq!(house.outcome(Stripe, &total).await, "failed facts_missing");
        assert_eq!(state(house, &topup).await, "paid 0 0 100 0");
        assert_eq!(take(house, &topup, "refund a pending 449", 2).await, REFUNDED);
        assert_eq!(house.outcome(Stripe, &total).await, "failed facts_missing", "a penny is missing");
        assert_eq!(take(house, &topup, "refund b succeeded 1", 3).await, REFUNDED);
        house.ahead.set(Duration::from_secs(300));
        assert_eq!(house.retry().await.settled, 1);
        assert_eq!(house.outcome(Stripe, &total).await, "duplicate refunds_agree");
        assert_eq!(take(house, &topup, "refund a failed 449", 4).await, REFUNDED);
        assert_eq!(
            take(house, &topup, "total 450", 5).await,
            "processed refunds_agree",
            "told before it failed"
        );
        assert_eq!(state(house, &topup).await, "partially_refunded 1 0 100 0");
    });
}

#[test]
fn a_refund_by_hand_at_the_provider_is_the_one_we_asked_for() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        for provider in [Stripe, Razorpay] {
            let first = house.order(provider, &[("atlas", 1)]).await;
            let second = house.pay_again(&first, provider).await;
            assert_eq!(take(house, &first, "capture", 0).await, PAID);
            assert_eq!(take(house, &second, "capture", 0).await, "processed duplicate_capture");
            let refund = format!(
                "select string_agg(reason || ' ' || state || ' ' || coalesce(provider_refund_id, '-'), ', ')
                 from payonce.refunds where provider_payment_id = '{}'",
                second.told.provider_payment
            );
            assert_eq!(house.text(&refund).await, "duplicate requested -");
            let id = format!("re_hand{}", second.told.provider_payment);
            for state in ["pending", "succeeded"] {
                assert_eq!(take(house, &second, &format!("refund hand {state} 900"), 0).await, REFUNDED);
                assert_eq!(house.text(&refund).await, format!("duplicate {state} {id}"));
            }
            assert_eq!(house.payment_state(&second).await, "refunded");
            assert_eq!(house.order_state(&first).await, "confirmed/paid");
        }
    });
}

#[test]
fn shares_are_exact_beyond_64_bits() {
    in_a_house(async |house: &House| {
        let (credits, minor) = (4_000_000_000_000_000_001, 4_000_000_000_000_000_003);
        let topup = house.topup(Stripe, credits, minor).await;
        assert_eq!(take(house, &topup, "capture", 0).await, GRANTED);
        let half = minor / 2;
        assert_eq!(take(house, &topup, &format!("refund a succeeded {half}"), 0).await, REFUNDED);
        let taken = i128::from(credits) * i128::from(half) / i128::from(minor);
        assert_eq!(i128::from(house.wallet(&topup).await), i128::from(credits) - taken);
    });
}

/// What a provider knows of one payment: 100 credits, or a piece, for 900.
#[derive(Clone, Debug)]
struct Story {
    provider: Provider,
    topup: bool,
    /// Of each refund: its part of 900 and which states are told (pending, succeeded, failed).
    refunds: Vec<(i64, [bool; 3])>,
    /// Of each dispute, its reports: state, signed second, amount.
    disputes: Vec<Vec<(usize, u64, i64)>>,
    /// Credits the buyer spends.
    spends: Vec<i64>,
    /// In which orders all that happens; a number beyond the last event tells one again.
    orders: Vec<Vec<usize>>,
}

const REFUND_STATES: [&str; 3] = ["pending", "succeeded", "failed"];
const DISPUTE_STATES: [&str; 5] = ["inquiry", "open", "won", "lost", "closed"];

impl Story {
    /// Every event, with its signed second.
    fn steps(&self) -> Vec<(String, u64)> {
        let mut steps = vec![("capture".to_owned(), 0), ("twin".to_owned(), 0)];
        for (id, (part, states)) in self.refunds.iter().enumerate() {
            let told = REFUND_STATES.iter().zip(states).filter(|(_, told)| **told);
            steps.extend(told.map(|(state, _)| (format!("refund r{id} {state} {part}"), 0)));
        }
        for (id, reports) in self.disputes.iter().enumerate() {
            let told = reports
                .iter()
                .map(|(state, at, part)| (format!("dispute d{id} {} {part}", DISPUTE_STATES[*state]), *at));
            steps.extend(told);
        }
        if self.topup {
            steps.extend(self.spends.iter().map(|credits| (format!("spend {credits}"), 0)));
        }
        steps
    }

    /// What the books must say in the end, by another road than theirs: status, refunded, disputed, credits taken or owed.
    fn ends(&self) -> (String, i64, i64, i64) {
        let refunded: i64 =
            self.refunds.iter().filter(|(_, told)| told[1] && !told[2]).map(|(part, _)| part).sum();
        let disputed = |reports: &Vec<(usize, u64, i64)>| {
            let rank = |state| match state {
                0 => 0,
                1 => 1,
                _ => 2,
            };
            let last = reports
                .iter()
                .max_by_key(|(state, at, part)| (rank(*state), *at, DISPUTE_STATES[*state], *part));
            last.filter(|(state, ..)| [1, 3].contains(state)).map_or(0, |(.., part)| *part)
        };
        let disputed = self.disputes.iter().map(disputed).sum::<i64>().min(900);
        let status = if refunded == 0 {
            "paid"
        } else if refunded < 900 {
            "partially_refunded"
        } else {
            "refunded"
        };
        let taken = if self.topup { 100 * (refunded + disputed).min(900) / 900 } else { 0 };
        (status.into(), refunded, disputed, taken)
    }
}

/// Stories whose refunds stay within the capture; disputes may pass it.
fn stories(orders: usize) -> impl Strategy<Value = Story> {
    let part = || prop_oneof![Just(1), Just(8), Just(9), Just(299), Just(300)];
    let told = proptest::sample::select(vec![
        [true, false, false],
        [false, true, false],
        [false, false, true],
        [true, true, false],
        [true, false, true],
        [false, true, true],
        [true, true, true],
    ]);
    let report = (0..5_usize, 0..3_u64, prop_oneof![Just(300), Just(450), Just(900)]);
    let facts = (
        any::<bool>(),
        any::<bool>(),
        prop::collection::vec((part(), told), 0..=3),
        prop::collection::vec(prop::collection::vec(report, 1..=4), 0..=2),
        prop::collection::vec(prop_oneof![Just(30_i64), Just(50), Just(100)], 0..=2),
    );
    facts.prop_flat_map(move |(stripe, topup, refunds, disputes, spends)| {
        let provider = if stripe { Stripe } else { Razorpay };
        let story = Story { provider, topup, refunds, disputes, spends, orders: vec![] };
        let steps = story.steps();
        let told = steps.iter().filter(|(step, _)| !step.starts_with("spend")).count();
        let repeats = prop::collection::vec(0..told, 0..=3);
        let order = repeats
            .prop_map(move |repeats| (0..steps.len()).chain(repeats).collect::<Vec<_>>())
            .prop_shuffle();
        prop::collection::vec(order, orders).prop_map(move |orders| Story { orders, ..story.clone() })
    })
}

impl Telling<'_> {
    /// The state in the end, of a fresh checkout to which all this happened in this order.
    async fn lives(&self, story: &Story, order: &[usize], at_once: bool) -> (String, i64, i64, i64) {
        let house = self.0;
        let checkout = if story.topup {
            house.topup(story.provider, 100, 900).await
        } else {
            house.order(story.provider, &[("atlas", 1)]).await
        };
        let steps = story.steps();
        let steps = order.iter().map(|step| &steps[*step]);
        if at_once {
            join_all(steps.map(|(step, at)| take(house, &checkout, step, *at))).await;
        } else {
            for (step, at) in steps {
                take(house, &checkout, step, *at).await;
            }
        }
        self.end_of(&checkout).await
    }

    async fn end_of(&self, checkout: &Checkout) -> (String, i64, i64, i64) {
        let of_payment = format!("'{}'", checkout.payment);
        let sql = format!(
            "select p.status, c.refunded_minor, c.disputed_minor, (
               coalesce((select -sum(wallet_delta) from payonce.credit_ledger where source_type = 'payment'
                 and source_id = {of_payment} and entry_type in ('clawback', 'restore')), 0) +
               coalesce((select sum(credits) from payonce.clawback_shortfalls where payment_id = {of_payment}), 0))::bigint
             from payonce.payments p join payonce.captures c on c.payment_id = p.id where p.id = {of_payment}"
        );
        let rows = self.0.admin.query_typed(&sql, &[]).await.expect("an answer");
        let row = &rows[0];
        (row.get(0), row.get(1), row.get(2), row.get(3))
    }
}

/// Lets a property's synchronous body wait for the house.
struct Telling<'a>(&'a House);

fn hold(house: &House, cases: u32, orders: usize, at_once: bool) {
    let house = Telling(house);
    let config = Config { cases, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let held = TestRunner::new(config).run(&stories(orders), |story| {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                for order in &story.orders {
                    let end = house.lives(&story, order, at_once).await;
                    prop_assert_eq!(end, story.ends(), "{:?} of {:?}", order, story.steps());
                }
                Ok(())
            })
        })
    });
    held.unwrap_or_else(|failed| panic!("{failed}"));
}

#[test]
fn the_books_end_the_same_in_whatever_order_and_however_often_facts_come() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 1_000_000).await;
        hold(house, 60, 4, false);
    });
}

#[test]
fn the_books_end_the_same_when_all_facts_come_at_once() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 1_000_000).await;
        hold(house, 60, 2, true);
    });
}
