//! What the operator decides about mails.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls as Engine, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use serde::Deserialize;

use crate::MailError;

/// The port on which TLS begins with the first byte (RFC 8314 §3.3).
const IMPLICIT_TLS: u16 = 465;

/// How mails leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who writes: `Name <name@example.org>`, or the address alone.
    pub from: String,
    /// Which way.
    pub transport: Transport,
    /// The folder for `.eml` files; made when it does not exist.
    pub folder: PathBuf,
    /// The mail server.
    pub smtp_host: String,
    /// Its port. On 465 TLS begins at once, on others with `STARTTLS`.
    pub smtp_port: u16,
    /// Whether it is spoken to in secret.
    pub tls: Tls,
    /// Our name there; empty where it asks for none.
    pub user: String,
    /// A file whose first line is our password there.
    pub password_file: PathBuf,
    /// Seconds in which a mail must be handed over.
    pub timeout_seconds: u64,
}

/// Which way mails leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// As files in a folder: they go no further.
    Folder,
    /// To a mail server.
    Smtp,
}

/// Whether a mail server is spoken to in secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Always; else nothing is sent.
    Required,
    /// Where it can. Who stands between can prevent it.
    Opportunistic,
    /// Never; only for a server on this machine.
    None,
}

impl Default for Settings {
    /// A folder in the place where the program was started.
    fn default() -> Self {
        Self {
            from: "Observatory <observatory@localhost.localdomain>".to_owned(),
            transport: Transport::Folder,
            folder: PathBuf::from("mail"),
            smtp_host: String::new(),
            smtp_port: 587,
            tls: Tls::Required,
            user: String::new(),
            password_file: PathBuf::new(),
            timeout_seconds: 30,
        }
    }
}

impl Settings {
    /// Who writes.
    pub(crate) fn sender(&self) -> Result<Mailbox, MailError> {
        self.from.parse().map_err(|error: lettre::address::AddressError| MailError::Settings {
            rule: "the sender is written as Name <name@example.org>".to_owned(),
            source: Some(error.into()),
        })
    }

    /// The mail server.
    pub(crate) async fn server(
        &self,
        from: &Mailbox,
    ) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
        if self.smtp_host.is_empty() {
            return Err(MailError::settings("a mail server has a name"));
        }
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.smtp_host)
            .port(self.smtp_port)
            .tls(self.engine_tls()?)
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .timeout(Some(Duration::from_secs(self.timeout_seconds.max(1))));
        if !self.user.is_empty() {
            let file = tokio::fs::read_to_string(&self.password_file).await;
            let text = file.map_err(|error| MailError::Settings {
                rule: "the file of the password can be read".to_owned(),
                source: Some(error.into()),
            })?;
            let password = text.lines().next().unwrap_or_default().trim().to_owned();
            server = server.credentials(Credentials::new(self.user.clone(), password));
        }
        Ok(server.build())
    }

    fn engine_tls(&self) -> Result<Engine, MailError> {
        if self.tls == Tls::None {
            return if self.is_of_this_machine() {
                Ok(Engine::None)
            } else {
                Err(MailError::settings("a mail server on another machine is spoken to with TLS"))
            };
        }
        let parameters = TlsParameters::new(self.smtp_host.clone());
        let parameters = parameters.map_err(|error| MailError::Settings {
            rule: "the certificates of the system can be read".to_owned(),
            source: Some(error.into()),
        })?;
        Ok(match self.tls {
            _ if self.smtp_port == IMPLICIT_TLS => Engine::Wrapper(parameters),
            Tls::Opportunistic => Engine::Opportunistic(parameters),
            Tls::Required | Tls::None => Engine::Required(parameters),
        })
    }

    fn is_of_this_machine(&self) -> bool {
        let address = self.smtp_host.parse::<IpAddr>();
        self.smtp_host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Folder => "folder",
            Self::Smtp => "smtp",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mailer;

    async fn refusal(settings: Settings) -> Option<String> {
        Mailer::open(&settings).await.err().map(|error| error.to_string())
    }

    fn server(smtp_host: &str, tls: Tls) -> Settings {
        let smtp_host = smtp_host.to_owned();
        Settings { transport: Transport::Smtp, smtp_host, tls, ..Settings::default() }
    }

    #[tokio::test]
    async fn only_this_machine_is_spoken_to_openly() {
        for near in ["localhost", "127.0.0.1", "::1"] {
            assert_eq!(refusal(server(near, Tls::None)).await, None, "{near}");
        }
        for far in ["mail.example.org", "10.0.0.1", "127.0.0.1.example.org"] {
            let refusal = refusal(server(far, Tls::None)).await.unwrap();
            assert!(refusal.contains("TLS"), "{far}: {refusal}");
        }
    }

    #[tokio::test]
    async fn what_does_not_fit_is_said() {
        let from = "no address\r\nBcc: a@example.org".to_owned();
        let folder = tempfile::tempdir().unwrap().path().join("mail");
        let wrong = Settings { from, folder, ..Settings::default() };
        assert!(refusal(wrong).await.unwrap().contains("sender"));
        assert!(refusal(server("", Tls::None)).await.unwrap().contains("name"));
        let user = "observatory".to_owned();
        let wrong = Settings { user, ..server("localhost", Tls::None) };
        assert!(refusal(wrong).await.unwrap().contains("password"));
    }
}
