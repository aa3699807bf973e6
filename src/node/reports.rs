//! What a clinic is told of its own use.
//!
//! Owns: reading what figures are made of, page by page, and the names of services. Invariant: nothing of it is kept: who agrees to be
//! counted is read anew by every call, so that who takes it back is in no figure from then on. Does not: count, or hide what is small
//! (`domain::usage`).

use crate::command::{Call, Execute, unsaved};
use crate::domain::schedule::zone::Zone;
use crate::domain::usage::{Counted, Line, Span, usage};
use crate::node::Node;
use crate::protocol::fault::Fault;
use crate::protocol::ids::OrganisationId;
use crate::protocol::report::{ReadUsage, UsageLine, UsageReport, UsageService, UsageWeek};
use crate::store::usage::UsageOf;

/// Appointments that are looked at in one call of the store, so that it ends long before its deadline.
const A_PAGE: u32 = 1_000;
/// Pages of one report: two thousand appointments a week for a year, a hundred bytes each while it is made. Figures that leave some out
/// would be wrong, so more are refused.
const MAX_PAGES: u32 = 106;

impl Execute<ReadUsage> for Node {
    async fn execute(&self, call: Call, op: ReadUsage) -> Result<UsageReport, Fault> {
        let of = call.principal()?.organisation;
        let zone = self.home_zone(of).await?;
        let span = Span::touched(op.since, op.until, &zone)?;
        let rows = self.counted(of, &span).await?;
        let found = usage(&span, &rows);
        let known = self.store.services(of).await.map_err(unsaved)?;
        let name = |id| known.iter().find(|it| it.service_id == id).map(|it| it.name.clone());
        let service = |(service_id, line): (Option<_>, Line)| UsageService {
            service_id,
            name: service_id.and_then(name),
            appointments: told(line),
        };
        let mut services: Vec<UsageService> = found.services.into_iter().map(service).collect();
        services.sort_by_cached_key(|it| {
            (it.service_id.is_none(), it.name.as_ref().map(|it| it.to_lowercase()), it.service_id)
        });
        let weeks = found.weeks.into_iter().map(|(week, line)| UsageWeek {
            monday: week.monday.to_string(),
            appointments: told(line),
        });
        Ok(UsageReport {
            time_zone: zone.name().to_owned(),
            since: span.since(),
            until: span.until(),
            patients: found.patients,
            whole: told(found.whole),
            weeks: weeks.collect(),
            services,
            waited_min: found.waited_min,
            lasted_min: found.lasted_min,
        })
    }
}

impl Node {
    /// The zone of an organisation's home.
    async fn home_zone(&self, of: OrganisationId) -> Result<Zone, Fault> {
        let all = self.store.organisations().await.map_err(unsaved)?;
        let home = all.into_iter().find(|it| it.organisation_id == of).map(|it| it.time_zone);
        let zone = Zone::parse(home.as_deref().unwrap_or("UTC")).or_else(|_| Zone::parse("UTC"));
        Ok(zone?)
    }

    /// Appointments of everybody who agrees.
    async fn counted(&self, of: OrganisationId, span: &Span) -> Result<Vec<Counted>, Fault> {
        let mut rows: Vec<Counted> = vec![];
        let mut page = UsageOf {
            organisation: of,
            since: span.since(),
            until: span.until(),
            texts: self.texts(),
            after: None,
            most: A_PAGE,
        };
        for _ in 0..MAX_PAGES {
            let found = self.store.counted(page).await.map_err(unsaved)?;
            rows.extend(found.rows);
            page.after = found.next;
            if page.after.is_none() {
                return Ok(rows);
            }
        }
        Err(Fault::invalid("until", "More appointments than one report counts."))
    }
}

fn told(line: Line) -> UsageLine {
    let Line { booked, held, cancelled, missed } = line;
    UsageLine { booked, held, cancelled, missed }
}
