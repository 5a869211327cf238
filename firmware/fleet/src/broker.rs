//! How to reach the broker.

use std::{sync::Arc, time::Duration};

use rumqttc::{
    MqttOptions, TlsConfiguration, Transport,
    tokio_rustls::rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, pem::PemObject as _},
    },
};

use crate::FleetError;

/// A broker over TLS, its authority and a login, if it wants one.
#[derive(Clone)]
pub struct Broker {
    pub(crate) host: String,
    pub(crate) port: u16,
    tls: Arc<ClientConfig>,
    login: Option<(String, String)>,
    /// What `tls` trusts, for devices whose modem does the TLS.
    pub(crate) ca_pem: String,
}

/// Without the password.
impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "mqtts://{}:{}", self.host, self.port)
    }
}

impl Broker {
    /// A broker from its URL and the PEM of the authority that signed its certificate.
    ///
    /// # Errors
    /// [`FleetError::BrokerUrl`], [`FleetError::CertificateAuthority`].
    pub fn parse(url: &str, ca_pem: Vec<u8>, login: Option<(String, String)>) -> Result<Self, FleetError> {
        let address = url.strip_prefix("mqtts://").map(|rest| rest.trim_end_matches('/'));
        let (host, port) = address
            .and_then(|address| address.rsplit_once(':'))
            .and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)))
            .ok_or_else(|| FleetError::BrokerUrl(url.into()))?;
        let broken = |error: &dyn std::fmt::Display| FleetError::CertificateAuthority(error.to_string());
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&ca_pem) {
            roots.add(certificate.map_err(|e| broken(&e))?).map_err(|e| broken(&e))?;
        }
        if roots.is_empty() {
            return Err(broken(&"no certificate in the file"));
        }
        // The provider is named: with two of them in a binary, the default one is an error at run time.
        let tls = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(|e| broken(&e))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let ca_pem = String::from_utf8(ca_pem).map_err(|e| broken(&e))?;
        Ok(Self { host, port, tls: Arc::new(tls), login, ca_pem })
    }

    pub(crate) fn options(&self, client_id: String) -> MqttOptions {
        let mut options = MqttOptions::new(client_id, &self.host, self.port);
        options.set_transport(Transport::Tls(TlsConfiguration::Rustls(self.tls.clone())));
        options.set_keep_alive(Duration::from_secs(30)).set_clean_session(true).set_inflight(100);
        if let Some((username, password)) = &self.login {
            options.set_credentials(username, password);
        }
        options
    }
}
