//! E-mail: a message in the form of RFC 5322 and MIME, by SMTP, or into a folder when no server is configured.
//!
//! Owns: the form, and which answer of a server means what. Invariants: `Message-ID` is made of the notice's id, so what
//! is sent twice is known to be one. A failure is told as a word; the server's text, which may repeat an address, is
//! dropped here.
//! Does not: choose words or receivers.

use super::calendar::{Invitation, host_of};
use super::{Failure, Message, Sender, when};
use crate::config::{Mail, MailTls};
use async_trait::async_trait;
use lettre::message::header::{ContentType, Date, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::{Error, SUBMISSION_PORT, SUBMISSIONS_PORT};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long one command may take. Shorter than the courier's deadline for the whole.
const COMMAND: Duration = Duration::from_secs(10);
/// Port of SMTP without TLS.
const PLAIN_PORT: u16 = 25;

/// The mail channel as the settings say: by SMTP when there is a host, otherwise into `outbox/` of the data folder.
///
/// # Errors
/// What is wrong with the settings, or a file that cannot be read.
pub fn open(
    settings: &Mail,
    data_dir: &Path,
    public_url: &str,
) -> io::Result<(Arc<dyn Sender>, Address)> {
    let letterhead = Letterhead::new(settings, public_url)?;
    let address = letterhead.from.email.clone();
    let sender: Arc<dyn Sender> = if settings.host.is_empty() {
        Arc::new(Folder { letterhead, folder: data_dir.join("outbox") })
    } else {
        Arc::new(Smtp { letterhead, transport: transport(settings)? })
    };
    Ok((sender, address))
}

/// What is the same on every mail.
#[derive(Debug, Clone)]
struct Letterhead {
    from: Mailbox,
    host: String,
}

impl Letterhead {
    fn new(settings: &Mail, public_url: &str) -> io::Result<Self> {
        let host = host_of(public_url);
        let from = if settings.from.is_empty() {
            let address = format!("no-reply@{host}").parse();
            Mailbox::new(Some("Bedside".to_owned()), address.or_else(|_| local())?)
        } else {
            settings.from.parse().map_err(|_| io::Error::other("mail.from: no mailbox"))?
        };
        Ok(Letterhead { from, host: host.to_owned() })
    }

    fn write(&self, message: &Message) -> Result<lettre::Message, Failure> {
        let refused = |_| Failure::Refused("no_address");
        let to: Address = message.to.expose().parse().map_err(refused)?;
        let date = Date::parse(&when::for_mail(message.made_at));
        let builder = lettre::Message::builder()
            .message_id(Some(format!("<{}@{}>", message.notice_id, self.host)))
            .header(date.map_err(|_| Failure::Refused("unwritable"))?)
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject.clone())
            .header(AutoSubmitted);
        let text = SinglePart::plain(message.text.expose().clone());
        let mail = match &message.calendar {
            Some(calendar) => builder.multipart(with_calendar(text, calendar)?),
            None => builder.singlepart(text),
        };
        mail.map_err(|_| Failure::Refused("unwritable"))
    }
}

fn local() -> io::Result<Address> {
    Address::new("no-reply", "localhost").map_err(io::Error::other)
}

/// Some calendars look for an alternative to the text, others for an attachment (RFC 6047 §2.4); both get one.
fn with_calendar(text: SinglePart, calendar: &Invitation) -> Result<MultiPart, Failure> {
    let kind = |it: &str| ContentType::parse(it).map_err(|_| Failure::Refused("unwritable"));
    let inline = kind(&format!("text/calendar; charset=utf-8; method={}", calendar.method))?;
    let part = SinglePart::builder().header(inline).body(calendar.text.expose().clone());
    let file = Attachment::new("appointment.ics".to_owned())
        .body(calendar.text.expose().clone(), kind("application/ics")?);
    let both = MultiPart::alternative().singlepart(text).singlepart(part);
    Ok(MultiPart::mixed().multipart(both).singlepart(file))
}

/// RFC 3834: vacation responders leave it alone.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// By SMTP (RFC 5321).
struct Smtp {
    letterhead: Letterhead,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

fn transport(settings: &Mail) -> io::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let authorities = super::read_authorities(&settings.ca_file, "mail.ca_file")?;
    let parameters = || tls_parameters(&settings.host, &authorities);
    let (tls, usual_port) = match settings.tls {
        MailTls::Implicit => (Tls::Wrapper(parameters()?), SUBMISSIONS_PORT),
        MailTls::Starttls => (Tls::Required(parameters()?), SUBMISSION_PORT),
        MailTls::None => (Tls::None, PLAIN_PORT),
    };
    let port = if settings.port == 0 { usual_port } else { settings.port };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
        .tls(tls)
        .port(port)
        .timeout(Some(COMMAND));
    if !settings.user.is_empty() {
        let password = super::read_secret(&settings.password_file, "mail.password_file")?;
        let password = password.into_exposed();
        builder = builder.credentials(Credentials::new(settings.user.clone(), password));
    }
    Ok(builder.build())
}

/// The certificate is the host's, and one of `authorities` (PEM) vouches for it, or of the machine's where there are none.
fn tls_parameters(host: &str, authorities: &[u8]) -> io::Result<TlsParameters> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if !authorities.is_empty() {
        let wrong = |_| io::Error::other("mail.ca_file: a certificate that cannot be read");
        let own = Certificate::from_pem(authorities).map_err(wrong)?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(own);
    }
    builder
        .build()
        .map_err(|_| io::Error::other("mail: no TLS with this host and these authorities"))
}

#[async_trait]
impl Sender for Smtp {
    async fn send(&self, message: &Message) -> Result<(), Failure> {
        let mail = self.letterhead.write(message)?;
        self.transport.send(mail).await.map(|_| ()).map_err(|error| failure(&error))
    }
}

/// What an answer means for the message and for the channel.
fn failure(error: &Error) -> Failure {
    match error.status().map(u16::from) {
        Some(code) => reply(code),
        None if error.is_timeout() => Failure::Down("no_answer"),
        None if is_about_tls(error) => Failure::Down("no_tls"),
        None => Failure::Down("no_connection"),
    }
}

/// A handshake that fails comes as a connection that fails, with rustls's error inside: data that is not valid.
fn is_about_tls(error: &Error) -> bool {
    let mut within: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(it) = within {
        if it.downcast_ref::<io::Error>().is_some_and(|it| it.kind() == io::ErrorKind::InvalidData)
        {
            return true;
        }
        within = it.source();
    }
    error.is_tls()
}

/// By reply code (RFC 5321 §4.2.3, RFC 4954 §6).
const fn reply(code: u16) -> Failure {
    match code {
        // Whoever cannot sign in must not give messages up for it.
        454 | 530 | 534 | 535 | 538 => Failure::Down("not_signed_in"),
        421 | 521 => Failure::Down("unavailable"),
        // Said of a message, and also instead of a greeting; tried again, it does no harm in either case.
        554 => Failure::Later("refused"),
        500..=599 => Failure::Refused("refused"),
        _ => Failure::Later("deferred"),
    }
}

/// Into files, for a clinic that has not configured a server: nothing is lost, and the demo can show it.
struct Folder {
    letterhead: Letterhead,
    folder: PathBuf,
}

#[async_trait]
impl Sender for Folder {
    async fn send(&self, message: &Message) -> Result<(), Failure> {
        let mail = self.letterhead.write(message)?.formatted();
        let name = format!("{}.eml", message.notice_id);
        // A few kilobytes into the page cache; not worth a thread.
        write_file(&self.folder, &name, &mail).map_err(|_| Failure::Down("no_folder"))
    }
}

/// Readable by the owner alone, and there as a whole or not at all.
fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let temporary = folder.join(format!(".{name}"));
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    std::fs::rename(&temporary, folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ids::NoticeId;
    use crate::protocol::time::UnixMillis;
    use rstest::rstest;
    use std::os::unix::fs::PermissionsExt as _;

    #[rstest]
    #[case(550, Failure::Refused("refused"))]
    #[case(552, Failure::Refused("refused"))]
    #[case(554, Failure::Later("refused"))]
    #[case(450, Failure::Later("deferred"))]
    #[case(452, Failure::Later("deferred"))]
    #[case(421, Failure::Down("unavailable"))]
    #[case(535, Failure::Down("not_signed_in"))]
    #[case(454, Failure::Down("not_signed_in"))]
    fn a_reply_is_about_the_message_or_the_channel(#[case] code: u16, #[case] means: Failure) {
        assert_eq!(reply(code), means);
    }

    fn message(to: &str) -> Message {
        Message {
            notice_id: NoticeId(uuid::Uuid::from_u128(7)),
            to: to.into(),
            subject: "Your appointment — soon".to_owned(),
            text: "Grüße".into(),
            calendar: None,
            made_at: UnixMillis(1_795_525_200_000),
        }
    }

    #[tokio::test]
    async fn without_a_server_mail_is_kept_for_its_owner_alone() {
        let data = tempfile::tempdir().unwrap();
        let (sender, from) = open(&Mail::default(), data.path(), "http://clinic.test:80").unwrap();
        assert_eq!(from.to_string(), "no-reply@clinic.test");
        for _ in 0..2 {
            sender.send(&message("pat@clinic.example")).await.unwrap();
        }
        let files: Vec<_> = std::fs::read_dir(data.path().join("outbox")).unwrap().collect();
        assert_eq!(files.len(), 1, "the same notice is the same file");
        let path = files[0].as_ref().unwrap().path();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(path).unwrap();
        for line in [
            "Message-ID: <00000000-0000-0000-0000-000000000007@clinic.test>",
            "Date: Tue, 24 Nov 2026 13:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "To: pat@clinic.example",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} is not in\n{text}");
        }
        let bad = sender.send(&message("pat@clinic.example\r\nBcc: x@y.example")).await;
        assert_eq!(bad, Err(Failure::Refused("no_address")));
    }

    #[test]
    fn settings_that_cannot_be_used_are_told_at_start() {
        let data = tempfile::tempdir().unwrap();
        let open = |settings: &Mail| open(settings, data.path(), "http://clinic.test").map(|_| ());
        let bad = Mail { from: "not a mailbox".to_owned(), ..Mail::default() };
        assert!(open(&bad).unwrap_err().to_string().contains("mail.from"));
        let missing = Mail {
            host: "mail.clinic.example".to_owned(),
            user: "hub".to_owned(),
            password_file: data.path().join("none"),
            ..Mail::default()
        };
        assert!(open(&missing).unwrap_err().to_string().contains("mail.password_file"));
    }
}
