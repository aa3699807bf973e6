//! Hours, deviations, services, closures and profiles that cannot be: a coded fault that names the field, and nothing is
//! changed.

use super::CANARY;
use super::schedule::{Case, INVALID, MALFORMED, are_refused, with};
use crate::support::practice::{consultation, daily, profile};
use crate::support::{Kind, tell};
use bedside::protocol::ids::OrganisationId;
use serde_json::{Value, json};

#[test]
fn hours_that_cannot_be() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let op = "schedule.save_template";
        let good =
            json!({"practitioner_id": practice.dr.person_id, "terms": daily("19:00", "20:00")});
        let bad = |field: &'static str, value: Value, named: &'static str| -> Case {
            (op, with(&good, "terms", field, value), INVALID, Some(named))
        };
        let mut cases = vec![
            bad("time_zone", json!("Mars/Olympus"), "time_zone"),
            bad("time_zone", json!("+01:00"), "time_zone"),
            bad("time_zone", json!("../etc/passwd"), "time_zone"),
            bad("time_zone", json!(""), "time_zone"),
            bad("time_zone", json!(format!("Europe/Berlin\u{0}{CANARY}")), "time_zone"),
            bad("starts", json!("25:00"), "starts"),
            bad("starts", json!("9:00"), "starts"),
            bad("starts", json!("24:00"), "starts"),
            bad("starts", json!("20:00"), "ends"),
            bad("ends", json!("24:01"), "ends"),
            bad("ends", json!("18:59"), "ends"),
            bad("valid_from", json!("2027-02-30"), "valid_from"),
            bad("valid_from", json!("0000-00-00"), "valid_from"),
            bad("valid_from", json!("+12027-01-01"), "valid_from"),
            bad("valid_until", json!("2027-01-14"), "valid_until"),
            bad("valid_until", json!("2199-12-31"), "valid_until"),
            bad("valid_until", json!("12027-01-01"), "valid_until"),
            bad("valid_until", json!("2028-02-31"), "valid_until"),
            bad("except_dates", json!(["2027-02-30"]), "except_dates"),
            bad("except_dates", json!(vec!["2027-02-20"; 401]), "except_dates"),
            bad("recurrence", json!("FREQ=SECONDLY"), "recurrence"),
            bad("recurrence", json!("FREQ=DAILY;BYHOUR=1"), "recurrence"),
            bad("recurrence", json!(CANARY), "recurrence"),
            bad("recurrence", json!("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "recurrence"),
            bad("recurrence", json!("FREQ=DAILY\r\nDTSTART:20270101"), "recurrence"),
            bad("location", json!(""), "location"),
            bad("location", json!("Room\u{7}"), "location"),
            bad("location", json!("x".repeat(121)), "location"),
            (
                op,
                json!({"practitioner_id": practice.dr.person_id, "terms": daily("17:00", "19:00")}),
                INVALID,
                Some("recurrence"),
            ),
        ];
        let many: Vec<_> = (0..65).map(|_| uuid::Uuid::now_v7()).collect();
        cases.push(bad("service_ids", json!(many), "service_ids"));
        for (field, value, named) in [
            ("starts", json!(9), Some("starts")),
            ("except_dates", json!("2027-01-01"), Some("except_dates")),
            ("service_ids", json!(["nobody"]), Some("service_ids")),
            // A name that the caller made up is not repeated.
            ("weekdays", json!([1]), None),
        ] {
            cases.push((op, with(&good, "terms", field, value), MALFORMED, named));
        }
        are_refused(clinic, &practice, &practice.dr, cases).await;

        let op = "schedule.save_exception";
        let good = json!({"practitioner_id": practice.dr.person_id, "terms": {
            "kind": "open", "time_zone": "Europe/Berlin", "location": "Room 1",
            "starts": "2027-02-01T19:00", "ends": "2027-02-01T20:00",
        }});
        let bad = |field: &'static str, value: Value, named: &'static str| -> Case {
            (op, with(&good, "terms", field, value), INVALID, Some(named))
        };
        let cases = vec![
            bad("time_zone", json!("Nowhere/Fast"), "time_zone"),
            bad("starts", json!("2027-02-30T10:00"), "starts"),
            bad("starts", json!("2027-02-01"), "starts"),
            bad("starts", json!("2027-02-01T10:60"), "starts"),
            bad("starts", json!("2027-02-01T20:00"), "ends"),
            bad("ends", json!("2027-02-01T18:00"), "ends"),
            bad("ends", json!("9999-12-31T00:00"), "ends"),
            bad("ends", json!("2029-02-01T00:00"), "ends"),
            bad("location", json!("\u{1b}[31m"), "location"),
            bad("location", json!(" "), "location"),
            bad("reason", json!("x".repeat(501)), "reason"),
            bad("reason", json!("line\nbreak"), "reason"),
            (op, with(&good, "terms", "kind", json!("ajar")), MALFORMED, Some("kind")),
        ];
        are_refused(clinic, &practice, &practice.dr, cases).await;
        // The hour that the clocks skip.
        let skipped = json!({"practitioner_id": practice.dr.person_id, "terms": {
            "kind": "open", "time_zone": "Europe/Berlin", "location": "Room 1",
            "starts": "2027-03-28T02:10", "ends": "2027-03-28T02:50",
        }});
        let cases = vec![(op, skipped, INVALID, Some("starts"))];
        are_refused(clinic, &practice, &practice.dr, cases).await;
    });
}

#[test]
fn services_and_closures_that_cannot_be() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let op = "service.create";
        let good = json!({"terms": consultation()});
        let bad = |field: &'static str, value: Value, named: &'static str| -> Case {
            (op, with(&good, "terms", field, value), INVALID, Some(named))
        };
        let mut cases = vec![
            bad("name", json!(""), "name"),
            bad("name", json!("x".repeat(121)), "name"),
            bad("name", json!("Con\u{0}sultation"), "name"),
            bad("specialty", json!(" "), "specialty"),
            bad("duration_min", json!(4), "duration_min"),
            bad("duration_min", json!(481), "duration_min"),
            bad("buffer_before_min", json!(241), "buffer_before_min"),
            bad("buffer_after_min", json!(65_535), "buffer_after_min"),
            bad("alignment_interval_min", json!(0), "alignment_interval_min"),
            bad("alignment_offset_min", json!(30), "alignment_offset_min"),
            bad("min_notice_min", json!(4_294_967_295_u32), "min_notice_min"),
            bad("horizon_days", json!(0), "horizon_days"),
            bad("horizon_days", json!(65_535), "horizon_days"),
            bad("slot_capacity", json!(0), "slot_capacity"),
            bad("slot_capacity", json!(255), "slot_capacity"),
            bad("price", json!({"amount_minor": 0, "currency": "EUR"}), "price"),
            bad("price", json!({"amount_minor": 1, "currency": "euro"}), "currency"),
        ];
        for field in ["buffer_before_min", "buffer_after_min", "duration_min", "min_notice_min"] {
            for value in [json!(-1), json!(1.5), json!("30"), json!(99_999_999_999_u64)] {
                cases.push((op, with(&good, "terms", field, value), MALFORMED, Some(field)));
            }
        }
        let admin = clinic.admin.clone();
        are_refused(clinic, &practice, &admin, cases).await;

        let closure = json!({"terms": {
            "kind": "closed", "time_zone": "Europe/Berlin",
            "starts": "2027-02-01T00:00", "ends": "2027-02-02T00:00",
        }});
        let bad = |field: &'static str, value: Value, named: &'static str| -> Case {
            ("closure.save", with(&closure, "terms", field, value), INVALID, Some(named))
        };
        let cases = vec![
            bad("kind", json!("open"), "kind"),
            bad("ends", json!("2027-01-31T00:00"), "ends"),
            bad("ends", json!("2027-02-29T00:00"), "ends"),
            bad("time_zone", json!("Berlin"), "time_zone"),
            bad("reason", json!("x".repeat(501)), "reason"),
        ];
        are_refused(clinic, &practice, &admin, cases).await;

        let good = json!({
            "person_id": practice.dr.person_id, "revision": 2,
            "profile": profile(),
        });
        let known = clinic.store.practitioners(OrganisationId::FIRST).await.unwrap();
        let good = with(&good, "", "revision", json!(known[0].revision));
        let bad = |field: &'static str, value: Value, named: &'static str| -> Case {
            ("practitioner.update", with(&good, "profile", field, value), INVALID, Some(named))
        };
        let lic = |code: &str, until: &str| json!([{"jurisdiction": code, "number": "F-1", "valid_until": until}]);
        let cases = vec![
            bad("licences", lic("Germany", "2028-01-01"), "licences"),
            bad("licences", lic("DE", "2028-02-30"), "licences"),
            bad("specialties", json!(vec!["general"; 11]), "specialties"),
            bad("about", json!("x".repeat(2_001)), "about"),
            bad("weight", json!(0), "weight"),
            bad("service_ids", json!([uuid::Uuid::now_v7()]), "service_ids"),
        ];
        are_refused(clinic, &practice, &admin, cases).await;
    });
}
