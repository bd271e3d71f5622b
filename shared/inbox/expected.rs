//! Is this event ours? Held against the mode and the accounts this stack serves.
use super::{Event, Fact, Provider};
use crate::config::Expected;

impl Event {
    /// Parks the event when it is of another mode or account, whatever it says; a mark of another stack is not believed.
    pub fn held_to(mut self, expected: &Expected) -> Self {
        self.forget_marks_of_others(&expected.stack);
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

    /// The code under which the settings park it, where it is they, and not what it says.
    pub fn refused_by_settings(&self) -> Option<&'static str> {
        match self.fact {
            Fact::Unusable(code @ ("foreign_account" | "livemode_mismatch")) => Some(code),
            _ => None,
        }
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
