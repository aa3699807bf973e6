//! The way back for who has forgotten their password: a link by e-mail that is good once.
//!
//! Invariants: whoever asks is told the same, after the same rows were written, whether there is such an account or not; whether a mail goes out is
//! decided afterwards, by a task. A link signs nobody in, and asks for no factor: whoever has one is asked for it when they sign in.
//! Every account has a password of its own or waits for its first, so nobody is signed in by passkeys or a provider alone, and everybody who
//! can sign in gets the same mail.
//! Does not: make invitations (`people::inviting`), or word mails (`notifications::links`).

use crate::auth::password;
use crate::command::limits::network;
use crate::command::{Call, Execute, unsaved};
use crate::domain::identity::{LINKS_A_DAY, LinkKind, OF_RESETS, OF_SOURCE};
use crate::node::Node;
use crate::node::people::is_address;
use crate::notifications::{links, plan};
use crate::protocol::auth::{AskReset, Done, ResetPassword};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{NoticeId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::sign_ins::Try;
use crate::store::sign_ins::links::{LinkRecord, PasswordByLink};
use uuid::Uuid;

/// Links that one look opens: what is asked for in a second on a whole deployment is far less.
const MOST_AT_ONCE: u32 = 100;
/// A token has 43 characters.
const MAX_TOKEN: usize = 64;

impl Execute<AskReset> for Node {
    async fn execute(&self, call: Call, op: AskReset) -> Result<Done, Fault> {
        let email = op.email.expose().trim().to_lowercase();
        if !is_address(&email) {
            return Err(Fault::invalid("email", "An e-mail address."));
        }
        let person = self.store.person_by_email(&email).await.map_err(unsaved)?;
        if let Some(it) = &person {
            call.is_about(it.person_id, it.organisation_id);
        }
        let source = self.try_key("reset from", &network(call.address).to_string());
        let tries = [
            Try { key: self.try_key("reset", &email), rule: OF_RESETS },
            Try { key: source, rule: OF_SOURCE },
        ];
        self.may_try(&tries, call.now).await?;
        let link = self.new_link(person.map(|it| it.person_id), LinkKind::Reset, call.now);
        self.store.ask_link(link).await.map_err(unsaved)?;
        Ok(Done {})
    }
}

impl Execute<ResetPassword> for Node {
    async fn execute(&self, call: Call, op: ResetPassword) -> Result<Done, Fault> {
        let ended = || Fault::from(FaultCode::LinkEnded);
        if op.link_token.expose().len() > MAX_TOKEN {
            return Err(ended());
        }
        let token_hash = links::hash(&op.link_token);
        let link = self.store.good_link(&token_hash, call.now).await.map_err(unsaved)?;
        let (link, person_id) =
            link.and_then(|it| it.person_id.map(|of| (it, of))).ok_or_else(ended)?;
        let account = self.store.person(person_id).await.map_err(unsaved)?;
        let account = account.filter(|it| link.kind.is_for(it.status())).ok_or_else(ended)?;
        call.is_about(person_id, account.organisation_id);
        let has_factor = !self.enrolled(person_id).await?.is_empty();
        let (name, of) = (&account.display_name, account.organisation_id);
        let about = self.about_account(name, &account.email, of).await?;
        let is_short = password::check_strength(&op.password, &about, has_factor).await?;
        let new = PasswordByLink {
            token_hash,
            person_id,
            hash: password::hash(op.password).await?,
            is_short,
            at: call.now,
            notices: plan::about_password(person_id, call.now, plan::fresh),
        };
        let signed_out = self.store.set_password(new).await.map_err(unsaved)?.ok_or_else(ended)?;
        signed_out.iter().for_each(|it| self.session_ended(it));
        self.account_memory.forget(person_id);
        self.notices_saved();
        self.forgive_account(account.email.expose()).await;
        Ok(Done {})
    }
}

impl Node {
    /// A link, and its token by its hash.
    pub(in crate::node) fn new_link(
        &self,
        person_id: Option<PersonId>,
        kind: LinkKind,
        now: UnixMillis,
    ) -> LinkRecord {
        // Of version 4: the mail that has this id is seen by others.
        let link_id = NoticeId(Uuid::new_v4());
        LinkRecord {
            link_id,
            person_id,
            kind,
            token_hash: links::hash(&links::token(&self.keys.sealer, link_id)),
            created_at: now,
            expires_at: now.plus(kind.lasts()),
        }
    }

    /// Whoever has read the mailbox of an account is not kept waiting for what others have tried. It is done whether this is or not.
    async fn forgive_account(&self, email: &str) {
        let keys = ["account", "reset"].map(|it| self.try_key(it, email));
        if self.store.forgive(&keys, &[]).await.is_err() {
            tracing::warn!("what was tried on an account was not forgiven");
        }
    }

    /// Has the mails go out that were asked for since the last look.
    pub async fn open_asked_links(&self) {
        let asked = match self.store.asked_links(MOST_AT_ONCE).await {
            Ok(asked) => asked,
            Err(error) => return tracing::warn!(%error, "nobody knows who has asked for a link"),
        };
        for link in asked {
            match self.store.open_link(link, LINKS_A_DAY, self.clock.now()).await {
                Ok(is_good) => {
                    let outcome = if is_good { "sent" } else { "nobody" };
                    metrics::counter!("bedside_reset_links_total", "outcome" => outcome)
                        .increment(1);
                    if is_good {
                        self.notices_saved();
                    }
                }
                Err(error) => tracing::warn!(%error, "a link was not looked at"),
            }
        }
    }
}
