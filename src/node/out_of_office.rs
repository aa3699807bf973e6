//! Where people are, and when they are not there: presence by socket, and out of office.
//!
//! Invariant: who is out of office is saved first and told to their conversations after that; a conversation that was not
//! told reads it when it starts. Does not: decide who covers (`domain::conversation::rules`).

use crate::actors::Happened;
use crate::actors::talk::ReadAway;
use crate::command::{Call, Execute, unsaved};
use crate::domain::conversation::MAX_AWAY;
use crate::domain::conversation::presence::IsAway;
use crate::domain::policy::Who;
use crate::node::Node;
use crate::protocol::auth::Done;
use crate::protocol::conversation::{OutOfOffice, ReadOutOfOffice, SetPresence, UpdateOutOfOffice};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::PersonId;
use crate::store::conversations::AwayRecord;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked who did not come back in time.
const GIVE_UP_EVERY: Duration = Duration::from_millis(500);
/// Conversations that are told at once, the most recently active ones; the others read it when they start.
const MAX_TOLD: u32 = 200;

/// Starts to look for those who did not come back. It ends when the node is dropped.
pub(super) fn watch_whereabouts(node: &Arc<Node>) {
    let node = Arc::downgrade(node);
    actix_rt::spawn(async move {
        loop {
            actix_rt::time::sleep(GIVE_UP_EVERY).await;
            let Some(node) = node.upgrade() else { return };
            node.whereabouts.give_up();
        }
    });
}

impl Execute<SetPresence> for Node {
    async fn execute(&self, call: Call, op: SetPresence) -> Result<Done, Fault> {
        let is_away = if op.is_away { IsAway::Yes } else { IsAway::No };
        if let Some(socket) = call.connection {
            self.whereabouts.touched(call.principal()?.who, socket, is_away);
        }
        Ok(Done {})
    }
}

impl Execute<ReadOutOfOffice> for Node {
    async fn execute(&self, call: Call, _: ReadOutOfOffice) -> Result<OutOfOffice, Fault> {
        let kept = self.store.away(own(&call)?).await.map_err(unsaved)?;
        let kept = kept.filter(|it| call.now < it.until);
        Ok(OutOfOffice {
            until: kept.map(|it| it.until),
            covered_by: kept.and_then(|it| it.covered_by),
        })
    }
}

impl Execute<UpdateOutOfOffice> for Node {
    async fn execute(&self, call: Call, op: UpdateOutOfOffice) -> Result<OutOfOffice, Fault> {
        let (person_id, wanted) = (own(&call)?, op.out_of_office);
        if wanted.until.is_some_and(|it| it <= call.now || it > call.now.plus(MAX_AWAY)) {
            return Err(Fault::invalid("until", "Within the next year."));
        }
        if let Some(cover) = wanted.covered_by {
            let is_other = cover != person_id && self.clinician(cover).await?.is_some();
            if !is_other {
                return Err(Fault::invalid("covered_by", "Another clinician with an account."));
            }
            if wanted.until.is_none() {
                return Err(Fault::invalid("until", "Nobody covers who is there."));
            }
        }
        let away = wanted.until.map(|until| AwayRecord {
            person_id,
            until,
            covered_by: wanted.covered_by,
        });
        let answered = call.answered(&wanted)?;
        self.store.save_away(person_id, away, answered).await.map_err(unsaved)?;
        // Beside the answer: it is saved, and there may be many to tell.
        self.happened(Happened::AwayChanged(person_id));
        Ok(wanted)
    }
}

impl Node {
    /// Tells the conversations of somebody. It is saved: what fails here is made good when they start.
    pub(super) async fn tell_away(&self, person: PersonId) {
        let Ok(all) = self.store.conversations_of(person, MAX_TOLD).await else {
            self.forget_talks();
            return;
        };
        for summary in all {
            let Some(talk) = self.talks.find(summary.record.conversation_id) else { return };
            if !matches!(talk.send(ReadAway(person)).await, Ok(Ok(()))) {
                metrics::counter!("bedside_untold_total").increment(1);
            }
        }
    }
}

fn own(call: &Call) -> Result<PersonId, Fault> {
    match call.principal()?.who {
        Who::Person(id) => Ok(id),
        Who::Participant(_) => Err(FaultCode::Forbidden.into()),
    }
}
