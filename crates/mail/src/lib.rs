//! The way out for mails: an SMTP server, or a folder of `.eml` files where there is none.
//!
//! A mail is made of what was kept of it and of nothing else, no clock and no chance: sent a second
//! time, it is the same, with the same `Message-ID`, so that a server or reader that knows it may drop
//! it. No type of the engine leaves this crate.

mod message;
mod settings;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use observatory_model::mail::Mail;
use tokio::io::AsyncWriteExt as _;

pub use settings::{Settings, Tls, Transport};

/// A cause of whatever kind.
type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why a mail did not leave, by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The settings do not fit: somebody has to change them.
    #[error("the settings of the mail do not fit: {rule}")]
    Settings {
        /// What is demanded.
        rule: String,
        /// How that was seen.
        #[source]
        source: Option<BoxError>,
    },
    /// It may leave later: no answer, "come back later" (4xx), a refused password, a full disk.
    #[error("the mail could not be handed over")]
    Later {
        /// What happened.
        #[source]
        source: BoxError,
    },
    /// It will never leave: the server says so (5xx).
    #[error("the mail was refused")]
    Refused {
        /// What the server said.
        #[source]
        source: BoxError,
    },
}

impl MailError {
    /// Settings that do not fit, where nothing else was said.
    pub(crate) fn settings(rule: &str) -> Self {
        Self::Settings { rule: rule.to_owned(), source: None }
    }

    fn later(source: impl Into<BoxError>) -> Self {
        Self::Later { source: source.into() }
    }
}

/// The way out for mails. Clones are the same way.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
    limit: Duration,
}

#[derive(Clone)]
enum Way {
    Folder(PathBuf),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

impl Mailer {
    /// Opens the way: makes the folder, or reads the password. No server is asked yet.
    ///
    /// # Errors
    /// [`MailError::Settings`] for a sender that is no address, a folder that cannot be made, a file of
    /// the password that cannot be read, a server without TLS that is not this machine.
    pub async fn open(settings: &Settings) -> Result<Self, MailError> {
        let from = settings.sender()?;
        let way = match settings.transport {
            Transport::Folder => {
                let made = tokio::fs::create_dir_all(&settings.folder).await;
                made.map_err(|error| MailError::Settings {
                    rule: "the folder for mails can be made".to_owned(),
                    source: Some(error.into()),
                })?;
                Way::Folder(settings.folder.clone())
            }
            Transport::Smtp => Way::Smtp(settings.server(&from).await?),
        };
        Ok(Self { from, way, limit: Duration::from_secs(settings.timeout_seconds.max(1)) })
    }

    /// Hands a mail over, within the time that the settings give.
    ///
    /// In a folder it is a file with its id as name: a second time it replaces itself.
    ///
    /// # Errors
    /// [`MailError::Later`] when it may succeed later. It then may have been taken all the same, when
    /// only the answer was lost; its `Message-ID` stays the same.
    /// [`MailError::Refused`] when it never will.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message::compose(&self.from, mail)?;
        let handed_over = async {
            match &self.way {
                Way::Folder(folder) => {
                    put(folder, &mail.id.to_string(), &message).await.map_err(MailError::later)
                }
                Way::Smtp(server) => server.send(message).await.map(drop).map_err(of_engine),
            }
        };
        tokio::time::timeout(self.limit, handed_over).await.map_err(MailError::later)?
    }

    /// Where mails go, for the operator: `the folder …`, or `a mail server`.
    pub fn describe(&self) -> String {
        match &self.way {
            Way::Folder(folder) => format!("the folder {}", folder.display()),
            Way::Smtp(_) => "a mail server".to_owned(),
        }
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The way may know a password.
        formatter.debug_struct("Mailer").field("from", &self.from).finish_non_exhaustive()
    }
}

/// Writes a file that is there whole or not at all.
async fn put(folder: &Path, name: &str, message: &Message) -> std::io::Result<()> {
    let (half, whole) = (folder.join(format!("{name}.half")), folder.join(format!("{name}.eml")));
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(&half).await?;
    file.write_all(&message.formatted()).await?;
    file.sync_all().await?;
    tokio::fs::rename(&half, &whole).await
}

/// What an error of the engine means to the caller. A server that does not believe us who we are
/// (RFC 4954 §6) refuses us, not the mail: that is mended and tried again.
fn of_engine(error: SmtpError) -> MailError {
    let code = error.status().map(|code| code.to_string());
    let of_login = matches!(code.as_deref(), Some("530" | "534" | "535" | "538"));
    if error.is_permanent() && !of_login {
        MailError::Refused { source: error.into() }
    } else {
        MailError::later(error)
    }
}

#[cfg(test)]
mod tests {
    use observatory_model::{Language, MailId, Timestamp};

    use super::*;

    fn settings(folder: &Path) -> Settings {
        Settings { folder: folder.join("mail"), ..Settings::default() }
    }

    fn mail() -> Mail {
        let written: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        Mail {
            id: MailId::new(written),
            to: "reader@example.org".parse().unwrap(),
            language: Language::Ar,
            subject: "نتائج جديدة".to_owned(),
            text: "مرحبا\n".to_owned(),
            html: "<p>مرحبا</p>".to_owned(),
            stop: None,
            calendar: None,
            written,
        }
    }

    #[tokio::test]
    async fn a_folder_keeps_each_mail_once() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = Mailer::open(&settings(folder.path())).await.unwrap();
        let mail = mail();
        for _ in 0..2 {
            mailer.send(&mail).await.unwrap();
            let files: Vec<_> = std::fs::read_dir(folder.path().join("mail"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            assert_eq!(files, [format!("{}.eml", mail.id)]);
        }
        let file = folder.path().join("mail").join(format!("{}.eml", mail.id));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let first = std::fs::read(&file).unwrap();
        mailer.send(&mail).await.unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), first, "the same, byte for byte");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_tried_later() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let smtp_port = listener.local_addr().unwrap().port();
        drop(listener);
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            transport: Transport::Smtp,
            smtp_host: "127.0.0.1".to_owned(),
            smtp_port,
            tls: Tls::None,
            ..settings(folder.path())
        };
        let mailer = Mailer::open(&settings).await.unwrap();
        let error = mailer.send(&mail()).await.unwrap_err();
        assert!(matches!(&error, MailError::Later { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_is_left() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            transport: Transport::Smtp,
            smtp_host: "127.0.0.1".to_owned(),
            smtp_port: listener.local_addr().unwrap().port(),
            tls: Tls::None,
            timeout_seconds: 1,
            ..settings(folder.path())
        };
        let mailer = Mailer::open(&settings).await.unwrap();
        let error = mailer.send(&mail()).await.unwrap_err();
        assert!(matches!(&error, MailError::Later { .. }), "{error:?}");
    }
}
