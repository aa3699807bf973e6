//! What is written and sent is looked at before it is taken: texts and names here, files by what was found in them.
//!
//! Invariants: an override is in the audit before what it lets pass is done, with kinds and counts and a reason of a list, never with
//! a text. A file goes into a message as it was when its sender was asked about it: when it was changed meanwhile, it is read
//! again.

use super::{Facts, Known};
use crate::actors::letters::Letters;
use crate::actors::talk::{Looked, Output, What};
use crate::command::{Call, unsaved};
use crate::config;
use crate::domain::conversation::rules::Draft;
use crate::domain::dlp::{self, Action, Actions, Policy};
use crate::node::Node;
use crate::protocol::conversation::{EditMessage, SendMessage, SentMessage};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::{
    DetectorKind, FileCard, FileState, Finding, MAX_FILES_A_MESSAGE, Override,
};
use crate::protocol::ids::{AuditId, ConversationId, FileId, MessageId};
use crate::store::AuditRecord;
use std::collections::BTreeSet;
use uuid::Uuid;

/// How often a message is tried whose files were changed while it was on its way.
const TRIES: u32 = 4;

/// What is sent with a message.
struct Attached {
    cards: Vec<FileCard>,
    revisions: Vec<(FileId, u32)>,
    findings: Vec<Finding>,
}

impl Node {
    /// Posts a message with what is sent with it.
    pub(in crate::node) async fn send_message(
        &self,
        call: Call,
        op: SendMessage,
    ) -> Result<SentMessage, Fault> {
        let message_id = MessageId(Uuid::now_v7());
        let of_text = dlp::find(op.body.expose());
        self.must_write_there(&call, op.conversation_id, &of_text).await?;
        if op.files.is_empty() {
            self.may_write(&call, "message.send", &of_text, op.overriding).await?;
            let SendMessage { conversation_id, body, reply_to, .. } = op;
            let draft = Draft { message_id, body, reply_to, files: vec![] };
            return sent(self.append(call, conversation_id, What::Send(draft, vec![])).await?);
        }
        let (mut tries, mut asked) = (0, None);
        loop {
            let Attached { cards, revisions, findings } = self.attached(&call, &op).await?;
            let findings = dlp::add(of_text.clone(), &findings);
            // Once for each that is found: a file that was looked at meanwhile may say more.
            if asked.as_ref() != Some(&findings) {
                self.may_write(&call, "message.send", &findings, op.overriding).await?;
                asked = Some(findings);
            }
            let (body, reply_to) = (op.body.clone(), op.reply_to);
            let draft = Draft { message_id, body, reply_to, files: cards };
            let what = What::Send(draft, revisions);
            tries += 1;
            match self.append(call.clone(), op.conversation_id, what).await {
                // A file was looked at meanwhile.
                Err(fault) if fault.code == FaultCode::Conflict && tries < TRIES => {}
                other => return sent(other?),
            }
        }
    }

    /// Whether a message may say that from now on.
    pub(in crate::node) async fn may_edit(
        &self,
        call: &Call,
        op: &EditMessage,
    ) -> Result<(), Fault> {
        let findings = dlp::find(op.body.expose());
        self.must_write_there(call, op.conversation_id, &findings).await?;
        self.may_write(call, "message.edit", &findings, op.overriding).await
    }

    /// Nobody is told what is wrong with a text for a conversation that they may not write in, or may not know of. Asked only
    /// when there is something to tell: whoever writes is asked for that anyway when it is written.
    async fn must_write_there(
        &self,
        call: &Call,
        id: ConversationId,
        findings: &[Finding],
    ) -> Result<(), Fault> {
        if findings.is_empty() {
            return Ok(());
        }
        let Looked { letters, view, .. } = self.look_into(&call.principal()?, id).await?;
        super::writable(&view, letters).map(|_| ())
    }

    /// Whether it may be written although this was found. What is overridden is recorded first.
    pub(super) async fn may_write(
        &self,
        call: &Call,
        operation: &'static str,
        findings: &[Finding],
        overriding: Option<Override>,
    ) -> Result<(), Fault> {
        if findings.is_empty() {
            return Ok(());
        }
        let principal = call.principal()?;
        let verdict = self.files.policy.judge(findings, principal.role);
        let outcome = match (&verdict, overriding) {
            (dlp::Verdict::Clear, _) => "allowed",
            (dlp::Verdict::Blocked(_), _) => "blocked",
            (dlp::Verdict::Warned(_), None) => "warned",
            (dlp::Verdict::Warned(_), Some(_)) => "overridden",
        };
        for it in findings {
            metrics::counter!("bedside_findings_total", "kind" => word(it.kind), "outcome" => outcome)
                .increment(it.count.into());
        }
        let overridden = verdict.passed(overriding.is_some())?;
        let Some(Override { reason }) = overriding.filter(|_| !overridden.is_empty()) else {
            return Ok(());
        };
        let kinds: Vec<_> =
            overridden.iter().map(|it| format!("{}*{}", word(it.kind), it.count)).collect();
        let reason = serde_json::to_value(reason).map_err(|_| FaultCode::Internal)?;
        let reason = reason.as_str().unwrap_or_default();
        let row = AuditRecord {
            audit_id: AuditId(Uuid::now_v7()),
            organisation: Some(principal.organisation),
            request_id: call.request_id,
            at: call.now,
            phase: "overridden",
            caller: Some(principal.who.to_string()),
            role: Some(principal.role),
            operation,
            target: Some(format!("{} because:{reason}", kinds.join(" "))),
            patient: None,
            returned: None,
            network: None,
        };
        self.store.append_audit(vec![row]).await.map_err(|_| FaultCode::Unavailable.into())
    }

    /// What somebody wants to send: uploaded by them into this conversation, and not sent yet.
    async fn attached(&self, call: &Call, op: &SendMessage) -> Result<Attached, Fault> {
        let wrong = |why| Fault::invalid("files", why);
        let distinct: BTreeSet<_> = op.files.iter().collect();
        if op.files.len() > MAX_FILES_A_MESSAGE || distinct.len() != op.files.len() {
            return Err(wrong("At most ten different files."));
        }
        let principal = call.principal()?;
        let Looked { letters, view, .. } = self.look_into(&principal, op.conversation_id).await?;
        let letters = super::writable(&view, letters)?;
        let mut attached = Attached { cards: vec![], revisions: vec![], findings: vec![] };
        for id in &op.files {
            let found = self.store.file(*id).await.map_err(unsaved)?;
            let record = found.filter(|it| {
                it.conversation_id == op.conversation_id
                    && it.uploader == view.you
                    && it.message_id.is_none()
                    && it.removed_at.is_none()
            });
            let record = record.ok_or_else(|| wrong("Files that the sender has not sent yet."))?;
            if !matches!(record.state, FileState::Checking | FileState::Clear) {
                return Err(wrong("Files that are complete, and were not refused."));
            }
            let known = Known {
                facts: Facts::open(&letters, &record)?,
                you: view.you,
                letters: Letters::clone(&letters),
                record,
            };
            attached.findings = dlp::add(attached.findings, &known.facts.found());
            attached.revisions.push((*id, known.record.revision));
            attached.cards.push(known.card());
        }
        Ok(attached)
    }
}

fn sent(output: Output) -> Result<SentMessage, Fault> {
    match output {
        Output::Sent(sent) => Ok(sent),
        Output::Message(_) | Output::View(_) | Output::Done => Err(FaultCode::Internal.into()),
    }
}

/// The word of a kind, for metrics and the audit.
const fn word(kind: DetectorKind) -> &'static str {
    match kind {
        DetectorKind::PaymentCard => "payment_card",
        DetectorKind::NationalId => "national_id",
        DetectorKind::PrivateKey => "private_key",
        DetectorKind::AccessKey => "access_key",
        DetectorKind::Token => "token",
        DetectorKind::Password => "password",
        DetectorKind::RecordNumber => "record_number",
        DetectorKind::OtherPeople => "other_people",
        DetectorKind::Unread => "unread",
    }
}

/// The policy of the settings.
pub(super) fn policy(of: &config::Dlp) -> Policy {
    let actions = |of: &config::DlpSide| {
        let action = |it: config::DlpAction| match it {
            config::DlpAction::Allow => Action::Allow,
            config::DlpAction::Warn => Action::Warn,
            config::DlpAction::Block => Action::Block,
        };
        Actions::from([
            (DetectorKind::PaymentCard, action(of.payment_card)),
            (DetectorKind::NationalId, action(of.national_id)),
            (DetectorKind::PrivateKey, action(of.private_key)),
            (DetectorKind::AccessKey, action(of.access_key)),
            (DetectorKind::Token, action(of.token)),
            (DetectorKind::Password, action(of.password)),
            (DetectorKind::RecordNumber, action(of.record_number)),
            (DetectorKind::OtherPeople, action(of.other_people)),
            (DetectorKind::Unread, action(of.unread)),
        ])
    };
    Policy { patient: actions(&of.patient), clinic: actions(&of.clinic) }
}
