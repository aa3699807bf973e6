//! Invitations: whoever gets an account chooses its password, and nobody else knows it.
//!
//! Invariant: an account that waits for its first password is signed in by nothing; the link is good for a week, and only the newest is.
//! Does not: set the password (`sign_ins::forgotten`).

use crate::command::{Call, Execute, unsaved};
use crate::domain::identity::{LINKS_A_DAY, LinkKind};
use crate::node::Node;
use crate::protocol::auth::Done;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::person::InvitePerson;
use crate::store::{Answered, PersonRecord, Stored};

impl Execute<InvitePerson> for Node {
    async fn execute(&self, call: Call, op: InvitePerson) -> Result<Done, Fault> {
        let account = self.somebody(op.person_id).await?;
        let link = self.new_link(Some(account.person_id), LinkKind::Invitation, call.now);
        let answered = call.answered(&Done {})?;
        if !self.store.invite(link, LINKS_A_DAY, answered).await.map_err(unsaved)? {
            let why = "They have chosen a password, or cannot sign in.";
            return Err(Fault::new(FaultCode::NotAllowedNow).because(why));
        }
        self.notices_saved();
        Ok(Done {})
    }
}

impl Node {
    /// Keeps an account that waits for its first password, and has its invitation sent.
    pub(super) async fn create_invited(
        &self,
        person: PersonRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let link = self.new_link(Some(person.person_id), LinkKind::Invitation, person.created_at);
        self.store.create_invited(person, link, answered).await?;
        self.notices_saved();
        Ok(())
    }
}
