//! Mail servers and gateways that are spoken to under TLS, and ask who is there.

use crate::gateway::Gateway;
use crate::smtp::{Guard, Smtp, Tls};
use crate::tls::Authority;
use crate::world::{BEGIN, DAY, Kind, World, closed};
use bedside::config::{Mail, MailTls, Sms};
use bedside::notifications::{Failure, Message, Sender, mail, sms};
use bedside::protocol::ids::NoticeId;
use rstest::rstest;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

const ACCOUNT: (&str, &str) = ("hub", "plainly-fictional-password");

/// A clinic with a mail server that nobody but its own authority vouches for.
struct Clinic {
    authority: Authority,
    folder: TempDir,
    smtp: Smtp,
    settings: Mail,
}

impl Clinic {
    async fn with(tls: MailTls, named: &str) -> Clinic {
        let authority = Authority::new();
        let folder = tempfile::tempdir().unwrap();
        let acceptor = authority.server(named);
        let server_tls = match tls {
            MailTls::Implicit => Tls::Implicit(acceptor),
            MailTls::Starttls => Tls::Starttls(acceptor),
            MailTls::None => Tls::None,
        };
        let smtp = Smtp::guarded(Guard { tls: server_tls, account: Some(ACCOUNT) }).await;
        let password_file = folder.path().join("password");
        std::fs::write(&password_file, format!("{}\n", ACCOUNT.1)).unwrap();
        let settings = Mail {
            host: "localhost".to_owned(),
            port: smtp.address.port(),
            tls,
            user: ACCOUNT.0.to_owned(),
            password_file,
            ca_file: authority.file(folder.path()),
            from: "Test Clinic <no-reply@clinic.test>".to_owned(),
        };
        Clinic { authority, folder, smtp, settings }
    }

    async fn sends(&self) -> Result<(), Failure> {
        let (sender, _) =
            mail::open(&self.settings, Path::new("nowhere"), "http://clinic.test").unwrap();
        sender.send(&a_message("pat@people.example")).await
    }

    fn has_nothing(&self) -> bool {
        self.smtp.caught().is_empty()
    }
}

fn a_message(to: &str) -> Message {
    Message {
        notice_id: NoticeId(Uuid::now_v7()),
        to: to.to_owned().into(),
        subject: "Your appointment".to_owned(),
        text: "Words.".to_owned().into(),
        calendar: None,
        made_at: BEGIN,
    }
}

#[rstest]
#[case(MailTls::Implicit)]
#[case(MailTls::Starttls)]
#[tokio::test]
async fn a_booking_is_told_of_under_tls_to_whoever_signs_in(#[case] tls: MailTls) {
    let clinic = Clinic::with(tls, "localhost").await;
    let mut world: World = closed(Kind::Sqlite).await;
    (world.smtp, world.mail) = (clinic.smtp, clinic.settings);
    world.starts();
    world.books(2 * DAY).await;
    world.is_settled().await;
    let mails = world.smtp.catches(2).await;
    let mut to: Vec<_> = mails.iter().flat_map(|it| it.to.clone()).collect();
    to.sort();
    assert_eq!(to, ["bo@people.example", "pat@people.example"]);
}

#[rstest]
#[case(MailTls::Implicit)]
#[case(MailTls::Starttls)]
#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_neither_password_nor_mail(#[case] tls: MailTls) {
    let mut clinic = Clinic::with(tls, "localhost").await;
    clinic.settings.ca_file = Authority::new().file(clinic.folder.path());
    assert_eq!(clinic.sends().await, Err(Failure::Down("no_tls")));
    clinic.settings.ca_file = "".into();
    assert_eq!(clinic.sends().await, Err(Failure::Down("no_tls")));
    assert!(clinic.has_nothing());
    clinic.settings.ca_file = clinic.authority.file(clinic.folder.path());
    assert_eq!(clinic.sends().await, Ok(()));
}

#[tokio::test]
async fn a_certificate_of_another_host_is_not_believed() {
    let clinic = Clinic::with(MailTls::Implicit, "mail.elsewhere.test").await;
    assert_eq!(clinic.sends().await, Err(Failure::Down("no_tls")));
    assert!(clinic.has_nothing());
}

/// Whoever takes the offer of TLS out of the conversation gets nothing for it (RFC 3207 §6).
#[tokio::test]
async fn without_the_offer_of_tls_nothing_is_sent() {
    let mut clinic = Clinic::with(MailTls::None, "localhost").await;
    clinic.settings.tls = MailTls::Starttls;
    assert!(matches!(clinic.sends().await, Err(Failure::Down(_))));
    assert!(clinic.has_nothing());
}

#[tokio::test]
async fn a_wrong_password_closes_the_channel_and_gives_no_message_up() {
    let clinic = Clinic::with(MailTls::Implicit, "localhost").await;
    std::fs::write(&clinic.settings.password_file, "another").unwrap();
    assert_eq!(clinic.sends().await, Err(Failure::Down("not_signed_in")));
    assert!(clinic.has_nothing());
}

#[tokio::test]
async fn a_file_without_certificates_is_told_at_the_start() {
    let mut clinic = Clinic::with(MailTls::Implicit, "localhost").await;
    let not_pem = clinic.folder.path().join("not.pem");
    std::fs::write(&not_pem, "nothing of the kind").unwrap();
    for path in [not_pem, "missing.pem".into()] {
        clinic.settings.ca_file = path;
        let opened = mail::open(&clinic.settings, Path::new("nowhere"), "http://clinic.test");
        let told = opened.map(|_| ()).unwrap_err().to_string();
        assert!(told.starts_with("mail.ca_file: "), "{told}");
    }
}

#[tokio::test]
async fn a_short_message_goes_over_https_to_whom_the_clinic_trusts() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::secured(authority.server("localhost")).await;
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "token-of-the-test").unwrap();
    let mut settings = Sms {
        url: format!("https://localhost:{}/xms/v1/plan/batches", gateway.address.port()),
        token_file,
        ca_file: authority.file(folder.path()),
        sender: "Clinic".to_owned(),
    };
    let open = |settings: &Sms| -> Arc<dyn Sender> { sms::open(settings).unwrap().unwrap() };
    open(&settings).send(&a_message("+4915100000000")).await.unwrap();
    let asked = gateway.is_asked(1).await;
    assert!(asked[0].head.to_ascii_lowercase().contains("authorization: bearer token-of-the-test"));

    settings.ca_file = "".into();
    let refused = open(&settings).send(&a_message("+4915100000000")).await;
    assert_eq!(refused, Err(Failure::Down("no_connection")));
    assert_eq!(gateway.is_asked(1).await.len(), 1, "no token for a stranger");
}
