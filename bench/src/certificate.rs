//! A certificate of the server's own, for TLS as a database in production has it.
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// A CA, and a certificate of it for `localhost`, which the server's user may read.
pub(crate) struct Certificate {
    /// What a function is told to trust.
    pub(crate) ca: PathBuf,
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificate {
    /// Writes it into `folder`.
    pub(crate) fn write(folder: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        std::fs::create_dir_all(folder)?;
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_key = KeyPair::generate()?;
        let ca = authority.self_signed(&ca_key)?;
        let issuer = Issuer::new(authority, ca_key);
        let key = KeyPair::generate()?;
        let cert = CertificateParams::new(vec!["localhost".into()])?.signed_by(&key, &issuer)?;
        let written = Self {
            ca: folder.join("ca.pem"),
            cert: folder.join("server.pem"),
            key: folder.join("server.key"),
        };
        std::fs::write(&written.ca, ca.pem())?;
        std::fs::write(&written.cert, cert.pem())?;
        std::fs::write(&written.key, key.serialize_pem())?;
        // Postgres reads a key only when it is its user's. As root the servers run as another; nobody else can give it away,
        // nor needs to.
        std::fs::set_permissions(&written.key, std::fs::Permissions::from_mode(0o600))?;
        for user in ["postgres", "nobody"] {
            let done = std::process::Command::new("chown").arg(user).arg(&written.key).output()?;
            if done.status.success() {
                break;
            }
        }
        Ok(written)
    }
}
