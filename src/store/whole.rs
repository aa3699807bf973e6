//! All that is durable, as one trait: what a node is given.
//!
//! Does not: say what is kept; the traits that it is made of do.

use super::checks::Checks;
use super::conversations::Conversations;
use super::factors::Factors;
use super::federation::Federation;
use super::files::Files;
use super::organisations::Organisations;
use super::outbox::Outbox;
use super::payment::Payments;
use super::people::Staff;
use super::records::RecordRights;
use super::reports::Reports;
use super::residency::Residence;
use super::schedule::Schedules;
use super::sharing::{Emergencies, Shares};
use super::sign_ins::SignIns;
use super::subjects::Subjects;
use super::trail::Trail;
use super::usage::Usage;
use super::{Ledger, People, Sessions, Visits};

/// The whole store.
pub trait Store:
    People
    + Staff
    + Residence
    + Organisations
    + Sessions
    + SignIns
    + Factors
    + Federation
    + Visits
    + Schedules
    + Conversations
    + Files
    + Payments
    + Subjects
    + RecordRights
    + Reports
    + Shares
    + Emergencies
    + Usage
    + Ledger
    + Trail
    + Outbox
    + Checks
    + Send
    + Sync
    + 'static
{
}
impl<T> Store for T where
    T: People
        + Staff
        + Residence
        + Organisations
        + Sessions
        + SignIns
        + Factors
        + Federation
        + Visits
        + Schedules
        + Conversations
        + Files
        + Payments
        + Subjects
        + RecordRights
        + Reports
        + Shares
        + Emergencies
        + Usage
        + Ledger
        + Trail
        + Outbox
        + Checks
        + Send
        + Sync
        + 'static
{
}
