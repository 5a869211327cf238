//! How `fleet`, `operator` and `provision` reach the broker: over TLS (`mqtts://host:port`), trusting the authority
//! whose certificate they are given and no other, with name and password where it wants them.
//!
//! The relayer does without: its session lasts, and a certificate that it cannot read is a fault of its settings.

use std::{fmt, sync::Arc, time::Duration};

use rumqttc::{
    MqttOptions, TlsConfiguration, Transport,
    tokio_rustls::rustls::{
        self, ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{
            CertificateDer,
            pem::{self, PemObject as _},
        },
    },
};

/// Without traffic for so long a client pings.
pub const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Why a broker cannot be reached as it was said.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// Not `mqtts://host:port`.
    #[error("the broker is mqtts://host:port, not {0}")]
    Url(String),
    /// A file without a certificate, or one that is not PEM at all.
    #[error("certificate authority: no certificate in the file; PEM is wanted, from -----BEGIN CERTIFICATE----- on")]
    NoCertificate,
    /// PEM that is broken.
    #[error("certificate authority: {0}")]
    Pem(#[from] pem::Error),
    /// A certificate that can be no root.
    #[error("certificate authority: {0}")]
    Certificate(#[from] rustls::Error),
}

/// A broker over TLS, its authority and a login, if it wants one.
#[derive(Clone)]
pub struct Broker {
    host: String,
    port: u16,
    authority_pem: Vec<u8>,
    tls: Arc<ClientConfig>,
    login: Option<(String, String)>,
}

/// Without name and password.
impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mqtts://{}:{}", self.host, self.port)
    }
}

impl Broker {
    /// A broker from its URL, the PEM of the authority that signed its certificate, name and password. Connects to
    /// nothing.
    ///
    /// # Errors
    /// [`BrokerError`].
    pub fn parse(url: &str, authority_pem: Vec<u8>, login: Option<(String, String)>) -> Result<Self, BrokerError> {
        let address = url.strip_prefix("mqtts://").map(|rest| rest.trim_end_matches('/'));
        let (host, port) = address
            .and_then(|address| address.rsplit_once(':'))
            .and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)))
            .ok_or_else(|| BrokerError::Url(url.into()))?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&authority_pem) {
            roots.add(certificate?)?;
        }
        if roots.is_empty() {
            return Err(BrokerError::NoCertificate);
        }
        // The provider is named: with two of them in a binary, the default one is an error at run time.
        let tls = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { host, port, authority_pem, tls: Arc::new(tls), login })
    }

    /// Its name, which its certificate is for.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it was made with, for devices whose modem does the TLS.
    #[must_use]
    pub fn authority_pem(&self) -> &[u8] {
        &self.authority_pem
    }

    /// What a client of this name connects with: a session that ends with its connection, [`KEEP_ALIVE`].
    #[must_use]
    pub fn options(&self, client_id: &str) -> MqttOptions {
        let mut options = MqttOptions::new(client_id, &self.host, self.port);
        options.set_transport(Transport::Tls(TlsConfiguration::Rustls(self.tls.clone())));
        options.set_keep_alive(KEEP_ALIVE).set_clean_session(true);
        if let Some((name, password)) = &self.login {
            options.set_credentials(name, password);
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

    use super::*;

    fn authority() -> String {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
    }

    #[test]
    fn a_broker_says_where_it_is_and_keeps_its_password_to_itself() {
        let login = Some(("d-1".into(), "secret-word".into()));
        let pem = authority().repeat(2);
        for url in ["mqtts://broker.example:8883", "mqtts://broker.example:8883/"] {
            let broker = Broker::parse(url, pem.clone().into(), login.clone()).unwrap();
            assert_eq!((broker.host(), broker.port()), ("broker.example", 8883));
            assert_eq!(
                (broker.authority_pem(), format!("{broker:?}")),
                (pem.as_bytes(), url.trim_end_matches('/').into())
            );
            let options = broker.options("d-1");
            assert_eq!(options.broker_address(), ("broker.example".into(), 8883));
            assert_eq!((options.client_id(), options.credentials().is_some()), ("d-1".into(), true));
            assert_eq!((options.keep_alive(), options.clean_session()), (KEEP_ALIVE, true));
        }
        let anonymous = Broker::parse("mqtts://[::1]:1", pem.into(), None).unwrap();
        assert_eq!((anonymous.host(), anonymous.options("d").credentials()), ("[::1]", None));
    }

    #[test]
    fn a_url_that_is_no_brokers_is_told_what_one_looks_like() {
        let cases = ["", "broker:8883", "mqtt://broker:8883", "mqtts://broker", "mqtts://broker:", "mqtts://b:65536"];
        for url in cases {
            let error = Broker::parse(url, authority().into(), None).unwrap_err();
            assert!(matches!(&error, BrokerError::Url(said) if said == url), "{url}: {error:?}");
            assert_eq!(error.to_string(), format!("the broker is mqtts://host:port, not {url}"));
        }
    }

    #[test]
    fn an_authority_is_a_certificate_in_pem() {
        let pem = authority();
        let (begin, rest) = pem.split_once('\n').unwrap();
        let base64 = rest.rsplit_once("-----END").unwrap().0;
        let key = KeyPair::generate().unwrap().serialize_pem();
        let refused = |file: &[u8]| Broker::parse("mqtts://b:1", file.to_vec(), None).unwrap_err();
        for nothing in ["", "nothing", base64, &key] {
            let error = refused(nothing.as_bytes());
            assert!(matches!(error, BrokerError::NoCertificate), "{nothing}: {error:?}");
            assert!(error.to_string().contains("-----BEGIN CERTIFICATE-----"));
        }
        assert!(matches!(refused(&[0x30, 0x82, 0xff, 0]), BrokerError::NoCertificate), "DER is none");
        for broken in [format!("{begin}\n{base64}"), format!("{begin}\n{base64}*\n-----END CERTIFICATE-----\n")] {
            let error = refused(broken.as_bytes());
            assert!(matches!(error, BrokerError::Pem(_)), "{broken}: {error:?}");
        }
        let no_certificate = format!("{begin}\nQUJD\n-----END CERTIFICATE-----\n");
        let error = refused(format!("{pem}{no_certificate}").as_bytes());
        assert!(matches!(error, BrokerError::Certificate(_)), "{error:?}");
        assert!(error.to_string().starts_with("certificate authority: "));
    }
}
