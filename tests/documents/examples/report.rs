//! Figures of a clinic's use.

use super::{at, uuid};
use crate::golden::Golden;
use bedside::protocol::all::*;
use bedside::protocol::ids::ServiceId;

pub(super) fn calls() -> Vec<Golden> {
    let few = UsageLine { booked: Some(0), held: None, cancelled: None, missed: Some(0) };
    let many = UsageLine { held: Some(41), cancelled: Some(12), ..few };
    let week = |monday: &str, appointments| UsageWeek { monday: monday.into(), appointments };
    let skin = UsageService {
        service_id: Some(ServiceId(uuid(0x5e))),
        name: Some("Skin check".into()),
        appointments: many,
    };
    let report = UsageReport {
        time_zone: "UTC".into(),
        since: at(0),
        until: at(60),
        patients: Some(37),
        whole: many,
        weeks: vec![week("2031-02-24", few), week("2031-03-03", few)],
        services: vec![skin],
        waited_min: Some(4),
        lasted_min: None,
    };
    vec![
        Golden::new("read figures", ReadUsage { since: at(0), until: at(60) }),
        Golden::new("figures", report),
    ]
}
