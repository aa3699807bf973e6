//! What is said by a provider over HTTP ends a step only when it is what was wanted.

use super::paying::{begins, confirms, practice};
use crate::support::practice::at;
use crate::support::{Clinic, Kind, tell_with};
use bedside::config::{Config, PaymentKind};
use bedside::domain::payment::State;
use bedside::protocol::payment::Payment;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_step_has_ended_when_the_provider_says_that_it_stands_so() {
    tell_with(Kind::Memory, asks_a_remote, async |clinic| {
        let practice = practice(clinic).await;
        let ana = clinic.patient("Ana Fictional").await;
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        remote().says("authorised");
        let kept = begins(&ana, &hold).await.expect("begun");
        let card = confirms(&ana, &kept).await.expect("booked");
        assert_eq!(settled(clinic, &kept).await, State::Booked, "nothing was taken");
        remote().says("captured");
        assert_eq!(settled(clinic, &kept).await, State::Captured);

        let ana = clinic.again(&ana).await;
        ana.cancels(&card).await.expect("cancelled in time");
        assert_eq!(settled(clinic, &kept).await, State::Refunding, "nothing was paid back");
        remote().says("refunded");
        assert_eq!(settled(clinic, &kept).await, State::Refunded);

        let hold = ana.holds(&practice, at(3, "11:00")).await.expect("held");
        remote().says("authorised");
        let left = begins(&ana, &hold).await.expect("begun");
        clinic.clock.advance(16 * MINUTE);
        assert_eq!(settled(clinic, &left).await, State::Voiding, "nothing was given back");
        remote().says("voided");
        assert_eq!(settled(clinic, &left).await, State::Voided);
    });
}

/// How a payment stands after a look at it, later than any wait between the first tries.
async fn settled(clinic: &Clinic, payment: &Payment) -> State {
    clinic.clock.advance(MINUTE);
    clinic.node.settle_payments().await;
    clinic.store.payment(payment.payment_id).await.unwrap().expect("kept").state
}

fn asks_a_remote(config: &mut Config) {
    config.payments.provider = PaymentKind::Http;
    config.payments.url = remote().url.clone();
    config.payments.page_hosts = vec!["pay.example".to_owned()];
    config.payments.token_file = config.data_dir.join("token");
    std::fs::write(&config.payments.token_file, "not-a-real-token").unwrap();
}

/// Somebody who takes every request, and says of every payment what they were told to say.
struct Remote {
    url: String,
    word: Mutex<&'static str>,
}

impl Remote {
    fn says(&self, word: &'static str) {
        *self.word.lock().unwrap() = word;
    }

    fn answers(&self, mut stream: TcpStream) {
        let length = stream.read(&mut [0; 8_192]).unwrap_or(0);
        if length == 0 {
            return;
        }
        let body = json!({
            "id": "in-1",
            "page_url": "https://pay.example/in-1",
            "status": *self.word.lock().unwrap(),
            "amount_minor": 4_500,
            "currency": "EUR",
        });
        let body = body.to_string();
        let head = format!("content-length: {}\r\nconnection: close", body.len());
        stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").as_bytes()).unwrap();
    }
}

/// The settings of a story are told without a word of the story's: there is one.
fn remote() -> &'static Remote {
    static REMOTE: OnceLock<Remote> = OnceLock::new();
    REMOTE.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let serve = move || {
            for stream in listener.incoming().flatten() {
                remote().answers(stream);
            }
        };
        std::thread::Builder::new().name("remote".into()).spawn(serve).unwrap();
        Remote { url, word: Mutex::new("open") }
    })
}
