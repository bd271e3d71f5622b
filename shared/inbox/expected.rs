//! Whose events are ours: the mode and the accounts this stack serves.
use super::{Event, Fact, Provider};

/// The mode and the accounts this stack serves.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Real money? Test events never touch a live stack, nor live ones a test stack.
    pub livemode: bool,
    /// The mode of the Razorpay key whose webhook secret we hold: Razorpay's events do not say.
    pub razorpay_livemode: bool,
    /// The Stripe account; a Connect event names another one.
    pub stripe_account: Option<String>,
    /// The Razorpay account, where it is to be checked.
    pub razorpay_account: Option<String>,
}

impl Event {
    /// Parks the event when it is of another mode or account, whatever it says.
    pub fn held_to(mut self, expected: &Expected) -> Self {
        if self.provider == Provider::Razorpay {
            self.livemode = Some(expected.razorpay_livemode);
        }
        if self.account.is_some() && !self.is_of_our_account(expected) {
            self.fact = Fact::Unusable("foreign_account");
        } else if self.livemode != Some(expected.livemode) {
            self.fact = Fact::Unusable("livemode_mismatch");
        }
        self
    }

    /// Stripe names an account only when it is a connected one; Razorpay always does.
    fn is_of_our_account(&self, expected: &Expected) -> bool {
        match self.provider {
            Provider::Stripe => self.account == expected.stripe_account,
            Provider::Razorpay => {
                expected.razorpay_account.is_none() || self.account == expected.razorpay_account
            }
        }
    }
}
