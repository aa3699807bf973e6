//! A price is paid before a time is booked, at a provider that takes no real money.

use crate::support::http::{Answer, Request};
use crate::support::people::told;
use crate::support::practice::{booking, consultation, profile};
use crate::support::{Clinic, Kind, Practice, Someone, at, tell_with};
use bedside::clock::Clock as _;
use bedside::config::{Config, PaymentKind};
use bedside::domain::payment::State;
use bedside::protocol::appointment::{AppointmentCard, Appointments, ListAppointments};
use bedside::protocol::booking::{Hold, HoldSlot, Repeat};
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::ids::PaymentId;
use bedside::protocol::payment::{
    BeginPayment, ConfirmPayment, ListPayments, Payment, PaymentState, ReadPayment,
};
use bedside::protocol::phi::Phi;
use bedside::protocol::practice::{Price, ServiceTerms};
use bedside::protocol::visit::Stage;
use rstest::rstest;
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);
const SECRET: &str = "a fictional secret";

fn takes_money(config: &mut Config) {
    config.payments.provider = PaymentKind::Sandbox;
    let file = config.data_dir.join("webhook-secret");
    std::fs::write(&file, SECRET).unwrap();
    config.payments.webhook_secret_file = file;
}

fn tell(kind: Kind, story: impl AsyncFnOnce(&mut Clinic)) {
    tell_with(kind, takes_money, story);
}

pub(super) async fn practice(clinic: &Clinic) -> Practice {
    let price = Some(Price { amount_minor: 4_500, currency: "EUR".to_owned() });
    clinic.practice_of(ServiceTerms { price, ..consultation() }, profile()).await
}

pub(super) async fn begins(who: &Someone, hold: &Hold) -> Result<Payment, Fault> {
    let reason = Some(Phi::from("A fictional ache"));
    who.calls(BeginPayment { hold_token: hold.hold_token.clone(), reason }).await
}

pub(super) async fn confirms(who: &Someone, payment: &Payment) -> Result<AppointmentCard, Fault> {
    who.calls(ConfirmPayment { payment_id: payment.payment_id }).await
}

async fn state(who: &Someone, payment: &Payment) -> PaymentState {
    who.calls(ReadPayment { payment_id: payment.payment_id }).await.expect("theirs").state
}

/// The path of the provider's page.
fn page(payment: &Payment) -> String {
    let url = payment.page_url.clone().expect("a page").into_exposed();
    url.strip_prefix("http://clinic.test").expect("the hub's own").to_owned()
}

/// Presses a button of the provider's page.
async fn chooses(clinic: &Clinic, payment: &Payment, choice: &str) -> Answer {
    let path = format!("{}/{choice}", page(payment));
    Request::new("POST", &path).send(clinic.hub).await
}

async fn shows(clinic: &Clinic, path: &str) -> String {
    let answer = Request::new("GET", path).send(clinic.hub).await;
    assert_eq!(answer.status, 200);
    answer.text()
}

async fn booked(who: &Someone) -> usize {
    let op = ListAppointments { person_id: None, from: None, until: None };
    let Appointments { appointments } = who.calls(op).await.expect("theirs");
    appointments.iter().filter(|it| it.stage != Stage::Cancelled).count()
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn ana_pays_and_books_and_is_paid_back_when_she_cancels_in_time(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = practice(clinic).await;
        let ana = clinic.patient("Ana Fictional").await;
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        assert!(hold.needs_payment);
        told(ana.confirms(&hold).await, FaultCode::PaymentRequired);

        // A double click is one payment.
        let payment = begins(&ana, &hold).await.expect("begun");
        let again = begins(&ana, &hold).await.expect("the same");
        assert_eq!(payment.payment_id, again.payment_id);
        assert_eq!(payment.page_url, again.page_url);
        assert_eq!(payment.price.amount_minor, 4_500);
        let longer = payment.held_until.expect("held");
        assert_eq!(longer, clinic.clock.now().plus(10 * MINUTE), "longer than the hold was");
        told(confirms(&ana, &payment).await, FaultCode::PaymentRequired);
        let path = page(&payment);
        let html = shows(clinic, &path).await;
        assert!(html.contains("45.00 EUR") && html.contains("fictional"), "{html}");
        for secret in ["Ana", "ache", "Bo", "Consultation"] {
            assert!(!html.contains(secret), "the provider knows {secret}");
        }

        let back = chooses(clinic, &payment, "approve").await;
        let home = format!("http://clinic.test/book?payment={}", payment.payment_id);
        assert_eq!((back.status, back.header("location")), (303, Some(home.as_str())));
        assert_eq!(state(&ana, &payment).await, PaymentState::Authorised);
        let card = confirms(&ana, &payment).await.expect("booked");
        let replay = confirms(&ana, &payment).await.expect("the same");
        assert_eq!(card.appointment_id, replay.appointment_id);
        assert_eq!(card.reason, Some(Phi::from("A fictional ache")), "told before she paid");
        assert_eq!(booked(&ana).await, 1);
        told(begins(&ana, &hold).await, FaultCode::HoldExpired);
        assert!(shows(clinic, &path).await.contains("reserved"), "nothing is taken before");

        clinic.node.settle_payments().await;
        assert_eq!(state(&ana, &payment).await, PaymentState::Captured);
        let all = clinic.admin.calls(ListPayments {}).await.expect("the list").payments;
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].appointment_id, Some(card.appointment_id));

        ana.cancels(&card).await.expect("two days before");
        clinic.node.settle_payments().await;
        assert_eq!(state(&ana, &payment).await, PaymentState::Refunded);
        assert!(shows(clinic, &path).await.contains("Paid back"));
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn who_pays_too_slowly_pays_nothing(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = practice(clinic).await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        let first = begins(&ana, &hold).await.expect("begun");
        clinic.clock.advance(4 * MINUTE);
        let until = begins(&ana, &hold).await.expect("again").held_until.expect("held");
        clinic.clock.advance(4 * MINUTE);
        let last = begins(&ana, &hold).await.expect("again").held_until.expect("held");
        assert!(last.since(until) < 4 * MINUTE, "there is a bound");
        assert_eq!(last, hold.expires_at.plus(10 * MINUTE), "a quarter of an hour in all");
        told(otto.holds(&practice, at(3, "10:00")).await, FaultCode::SlotTaken);
        chooses(clinic, &first, "approve").await;
        assert_eq!(state(&ana, &first).await, PaymentState::Authorised);
        let path = page(&first);

        // She does not come back in time.
        clinic.clock.advance(last.since(clinic.clock.now()));
        let ana = clinic.again(&ana).await;
        told(confirms(&ana, &first).await, FaultCode::HoldExpired);
        clinic.node.settle_payments().await;
        assert_eq!(state(&ana, &first).await, PaymentState::Voided);
        assert!(shows(clinic, &path).await.contains("Nothing was taken"));
        chooses(clinic, &first, "approve").await;
        assert!(shows(clinic, &path).await.contains("Nothing was taken"), "it is over");
        let otto = clinic.again(&otto).await;
        otto.holds(&practice, at(3, "10:00")).await.expect("free again");
        assert_eq!(booked(&ana).await, 0);
    });
}

#[test]
fn a_card_that_is_declined_may_be_tried_again() {
    tell(Kind::Memory, async |clinic| {
        let practice = practice(clinic).await;
        let ana = clinic.patient("Ana Fictional").await;
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        let payment = begins(&ana, &hold).await.expect("begun");
        chooses(clinic, &payment, "decline").await;
        assert_eq!(state(&ana, &payment).await, PaymentState::Declined);
        told(confirms(&ana, &payment).await, FaultCode::PaymentRequired);
        told(ana.confirms(&hold).await, FaultCode::PaymentRequired);
        chooses(clinic, &payment, "approve").await;
        // The token of the hold is as good as the payment's name.
        ana.calls(booking(&hold)).await.expect("booked");
        let card = confirms(&ana, &payment).await.expect("the same");
        assert_eq!(card.reason, Some(Phi::from("A fictional ache")));
    });
}

#[test]
fn a_payment_is_for_its_person_and_its_hold() {
    tell(Kind::Memory, async |clinic| {
        let practice = practice(clinic).await;
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        let other = ana.holds(&practice, at(3, "11:00")).await.expect("held");
        let payment = begins(&ana, &hold).await.expect("begun");
        chooses(clinic, &payment, "approve").await;
        told(begins(&otto, &hold).await, FaultCode::NotFound);
        told(confirms(&otto, &payment).await, FaultCode::NotFound);
        told(confirms(&clinic.admin, &payment).await, FaultCode::Forbidden);
        told(otto.calls(ReadPayment { payment_id: payment.payment_id }).await, FaultCode::NotFound);
        told(ana.confirms(&other).await, FaultCode::PaymentRequired);
        let invented = PaymentId(Uuid::now_v7());
        told(ana.calls(ConfirmPayment { payment_id: invented }).await, FaultCode::NotFound);
        let repeat = Some(Repeat { every_weeks: 1, count: 2 });
        let series = HoldSlot { repeat, ..practice.hold(at(3, "12:00")) };
        told(ana.calls(series).await, FaultCode::InvalidValue);
        // What the desk books is settled at the desk.
        let by_staff = HoldSlot { patient_id: otto.person_id, ..practice.hold(at(3, "12:00")) };
        let held: Hold = clinic.admin.calls(by_staff).await.expect("held");
        assert!(!held.needs_payment);
        clinic.admin.calls(booking(&held)).await.expect("booked");
    });
}

#[test]
fn only_what_is_signed_makes_the_hub_ask() {
    tell(Kind::Memory, async |clinic| {
        let practice = practice(clinic).await;
        let ana = clinic.patient("Ana Fictional").await;
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        let payment = begins(&ana, &hold).await.expect("begun");
        // It claims what is not so.
        let body = json!({"reference": payment.payment_id, "status": "authorised"});
        let bytes = serde_json::to_vec(&body).unwrap();
        let post = async |signature: &str| {
            let request = Request::new("POST", "/v1/payments/messages").json(&body);
            request.with("bedside-signature", signature).send(clinic.hub).await.status
        };
        let good = signed(&bytes);
        let mut forged = good.clone();
        forged.replace_range(..1, if forged.starts_with('0') { "1" } else { "0" });
        for bad in ["", "00", "zz", forged.as_str(), &good[2..]] {
            assert_eq!(post(bad).await, 401, "{bad}");
        }
        let before = clinic.store.payment(payment.payment_id).await.unwrap();
        assert_eq!(post(&good).await, 204);
        assert_eq!(clinic.store.payment(payment.payment_id).await.unwrap(), before, "not paid");
        told(confirms(&ana, &payment).await, FaultCode::PaymentRequired);
        chooses(clinic, &payment, "approve").await;
        assert_eq!(post(&good).await, 204);
        let known = clinic.store.payment(payment.payment_id).await.unwrap().expect("kept");
        assert_eq!(known.state, State::Authorised);
    });
}

fn signed(body: &[u8]) -> String {
    use aws_lc_rs::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    hmac::sign(&key, body).as_ref().iter().map(|it| format!("{it:02x}")).collect()
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_hub_that_dies_in_between_takes_and_gives_back_all_the_same(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = practice(clinic).await;
        let ana = clinic.patient("Ana Fictional").await;
        let kept = ana.holds(&practice, at(3, "10:00")).await.expect("held");
        let kept = begins(&ana, &kept).await.expect("begun");
        let left = ana.holds(&practice, at(3, "11:00")).await.expect("held");
        let left = begins(&ana, &left).await.expect("begun");
        for it in [&kept, &left] {
            chooses(clinic, it, "approve").await;
            assert_eq!(state(&ana, it).await, PaymentState::Authorised);
        }
        let card = confirms(&ana, &kept).await.expect("booked");
        clinic.restarts().await;
        clinic.clock.advance(16 * MINUTE);
        clinic.node.settle_payments().await;
        let ana = clinic.again(&ana).await;
        assert_eq!(state(&ana, &kept).await, PaymentState::Captured);
        assert_eq!(state(&ana, &left).await, PaymentState::Voided);

        // Too late to be paid back, unless the clinic cancels.
        clinic.clock.advance(at(3, "09:00").since(clinic.clock.now()));
        let ana = clinic.again(&ana).await;
        ana.cancels(&card).await.expect("an hour before");
        clinic.node.settle_payments().await;
        assert_eq!(state(&ana, &kept).await, PaymentState::Kept);
    });
}

#[test]
fn the_clinic_pays_back_whenever_it_cancels() {
    tell(Kind::Memory, async |clinic| {
        let practice = practice(clinic).await;
        let ana = clinic.patient("Ana Fictional").await;
        let hold = ana.holds(&practice, at(0, "12:00")).await.expect("held");
        let payment = begins(&ana, &hold).await.expect("begun");
        chooses(clinic, &payment, "approve").await;
        let card = confirms(&ana, &payment).await.expect("booked");
        // Before anything was taken: it is given back at once.
        clinic.again(&practice.dr).await.cancels(&card).await.expect("cancelled");
        clinic.node.settle_payments().await;
        assert_eq!(state(&ana, &payment).await, PaymentState::Voided);
    });
}

#[test]
fn who_moves_too_late_to_cancel_is_not_paid_back_for_the_new_time() {
    tell(Kind::Memory, async |clinic| {
        let practice = practice(clinic).await;
        let ana = clinic.patient("Ana Fictional").await;
        let mut paid = Vec::new();
        for clock in ["10:00", "11:00"] {
            let hold = ana.holds(&practice, at(3, clock)).await.expect("held");
            let payment = begins(&ana, &hold).await.expect("begun");
            chooses(clinic, &payment, "approve").await;
            paid.push((confirms(&ana, &payment).await.expect("booked"), payment));
        }
        clinic.node.settle_payments().await;
        let [(late, of_late), (moved, of_moved)] = paid.try_into().expect("two");

        clinic.clock.advance(at(3, "09:00").since(clinic.clock.now()));
        let ana = clinic.again(&ana).await;
        for (card, clock) in [(&late, "10:00"), (&moved, "11:00")] {
            let hold = ana.holds_for(&practice, card, at(10, clock)).await.expect("held");
            ana.moves(card, &hold).await.expect("an hour before");
        }
        // A time that the clinic sets is judged by itself.
        let dr = clinic.again(&practice.dr).await;
        let by_clinic = HoldSlot {
            patient_id: ana.person_id,
            moves: Some(moved.appointment_id),
            ..practice.hold(at(11, "11:00"))
        };
        let hold = dr.calls(by_clinic).await.expect("held");
        dr.moves(&moved, &hold).await.expect("moved");
        for card in [&late, &moved] {
            ana.cancels(card).await.expect("a week before");
        }
        clinic.node.settle_payments().await;
        assert_eq!(state(&ana, &of_late).await, PaymentState::Kept);
        assert_eq!(state(&ana, &of_moved).await, PaymentState::Refunded);
    });
}

#[test]
fn without_a_provider_a_price_is_only_shown() {
    tell_with(
        Kind::Memory,
        |_| {},
        async |clinic| {
            let practice = practice(clinic).await;
            let ana = clinic.patient("Ana Fictional").await;
            let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held");
            assert!(!hold.needs_payment && hold.price.is_some());
            told(begins(&ana, &hold).await, FaultCode::NotAllowedNow);
            let page = Request::new("GET", "/sandbox-pay/none").send(clinic.hub).await;
            assert_eq!(page.status, 404);
            ana.confirms(&hold).await.expect("booked");
        },
    );
}
