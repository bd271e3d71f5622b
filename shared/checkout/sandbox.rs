//! `POST /v1/checkout/sandbox-pay`: pays a checkout where no provider is. Only in the sandbox, never for real money, and only
//! with a token that opens nothing else.
use super::request::{self, SandboxPay};
use super::{Endpoint, Named};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::inbox::own::Learnt;
use crate::lambda::Request;
use crate::token::{self, Purpose};

impl Endpoint {
    /// `paid`, however often it is pressed.
    pub async fn sandbox_pay(&self, request: &Request) -> Result<Answer, Failure> {
        self.admit(request).await?;
        if !self.is_sandbox() {
            return Err(request::refused("not_in_sandbox", "PAYMENTS_MODE is not sandbox"));
        }
        let pay: SandboxPay = request::read(&request.body)?;
        let Some(named @ Named::Payment(_)) = Named::quoted(&pay.payment) else {
            return Err(request::not_found());
        };
        if !token::opens(&self.config.tokens, &pay.token, Purpose::SandboxPay, &named.about(), request.now) {
            return Err(request::not_found());
        }
        let found = self.find(request.deadline, &named).await?.filter(|found| !found.livemode);
        let checkout = found.ok_or_else(request::not_found)?;
        let Some(order) = checkout.provider_order.clone() else { return Err(request::not_found()) };
        let paid_by = format!("sandbox_{}", checkout.payment.simple());
        self.settle(request, &checkout, Learnt::Sandbox, &order, &paid_by).await?;
        self.became(request, &checkout, &paid_by).await
    }
}
