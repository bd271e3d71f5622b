//! `payonce webhook check`
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail, ensure};
use bytes::Bytes;
use payonce::inbox::{Provider, Rejection};
use payonce::secret::Ring;
use payonce::{razorpay, stripe};

use crate::{event, settings};

#[derive(clap::Args)]
pub(crate) struct Check {
    #[arg(long, value_name = "stripe|razorpay")]
    provider: Provider,
    /// A secret, several times for several  [default: the environment's, which no list of processes shows]
    #[arg(long = "secret", value_name = "SECRET")]
    secrets: Vec<String>,
    /// The signature header as it came, with or without its name: Stripe-Signature (t=...,v1=...) or X-Razorpay-Signature
    #[arg(long, conflicts_with = "signature")]
    header: Option<String>,
    /// Razorpay's signature, 64 hex digits
    #[arg(long, value_name = "HEX")]
    signature: Option<String>,
    /// The time it came, in unix seconds  [default: now]
    #[arg(long, value_name = "UNIX")]
    now: Option<u32>,
    /// How far Stripe's timestamp may be off, in seconds
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    tolerance: u32,
    /// The body, byte for byte; - is standard input
    #[arg(value_name = "FILE|-")]
    file: String,
}

/// The value of a header that may have been copied with its name.
fn without_name(provider: Provider, header: &str) -> Result<String> {
    let Some((name, value)) = header.split_once(':') else { return Ok(header.trim().to_owned()) };
    let wanted = match provider {
        Provider::Stripe => "Stripe-Signature",
        Provider::Razorpay => "X-Razorpay-Signature",
    };
    ensure!(
        name.trim().eq_ignore_ascii_case(wanted),
        "--header: {} signs in {wanted}, this is {}",
        provider.name(),
        name.trim()
    );
    Ok(value.trim().to_owned())
}

impl Check {
    pub(crate) fn run(mut self) -> Result<ExitCode> {
        if self.provider == Provider::Stripe && self.signature.is_some() {
            bail!("Stripe's signature needs its timestamp: give the whole header, --header t=...,v1=...");
        }
        if let Some(header) = &mut self.header {
            *header = without_name(self.provider, header)?;
        }
        let body = Bytes::from(event::send::read(&self.file)?);
        let secrets = self.ring()?;
        match self.verify(&body, &secrets) {
            Ok(()) => {
                println!("accept ({})", self.which(&body, &secrets));
                Ok(ExitCode::SUCCESS)
            }
            Err(rejection) => {
                println!("reject {}", rejection.code());
                println!("{rejection}");
                Ok(ExitCode::FAILURE)
            }
        }
    }

    /// Named by their place on the command line: the values are never shown.
    fn ring(&self) -> Result<Ring> {
        if self.secrets.is_empty() {
            return Ok(settings::webhook_secrets(self.provider)?.live(self.now()));
        }
        let named = self.secrets.iter().enumerate();
        Ok(Ring::new(named.map(|(at, secret)| (format!("secret {}", at + 1), secret.as_str()))))
    }

    fn verify(&self, body: &Bytes, secrets: &Ring) -> Result<(), Rejection> {
        let header = self.header.as_deref().or(self.signature.as_deref()).map(str::as_bytes);
        let tolerance = Duration::from_secs(self.tolerance.into());
        match self.provider {
            Provider::Stripe => stripe::verify_within(body.clone(), header, secrets, self.now(), tolerance),
            Provider::Razorpay => razorpay::verify(body.clone(), header, None, secrets),
        }
        .map(drop)
    }

    /// The name of the first secret that verifies it alone.
    fn which(&self, body: &Bytes, secrets: &Ring) -> String {
        let fits = |version: &str, value: &[u8]| {
            let alone = Ring::new([(version, String::from_utf8_lossy(value))]);
            self.verify(body, &alone).is_ok()
        };
        let signer = secrets.iter().find(|secret| fits(secret.version(), secret.expose()));
        signer.map_or_else(String::new, |secret| secret.version().to_owned())
    }

    fn now(&self) -> SystemTime {
        self.now
            .map_or_else(SystemTime::now, |unix| SystemTime::UNIX_EPOCH + Duration::from_secs(unix.into()))
    }
}

#[test]
fn a_header_is_taken_with_its_name_and_without_and_never_another_s() {
    let read = |provider, header| without_name(provider, header).map_err(|error| error.to_string());
    assert_eq!(read(Provider::Stripe, "t=1,v1=ab"), Ok("t=1,v1=ab".into()));
    assert_eq!(read(Provider::Stripe, "stripe-signature: t=1,v1=ab\r\n"), Ok("t=1,v1=ab".into()));
    assert_eq!(read(Provider::Razorpay, "X-Razorpay-Signature:ab"), Ok("ab".into()));
    assert!(read(Provider::Razorpay, "Stripe-Signature: t=1,v1=ab").is_err());
}
