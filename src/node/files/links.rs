//! Bytes that go: links that are good for a minute, and what is fetched by them.
//!
//! Invariants: a link is for one file, one of its contents and one sign-in, and is signed; whether the file may be fetched is
//! judged again when it is. The original is only ever saved; what a browser may show was encoded here. What is fetched is what was
//! looked at: the digest of each piece is compared before a byte of it goes, and a stream that is not whole ends in an error.

use super::transfer::{ORIGINAL, pieces};
use super::{Known, Made};
use crate::command::transfer::{FetchFile, Fetched, Outgoing, Span};
use crate::command::{Call, Caller, Execute};
use crate::crypto::{Digest, Piece};
use crate::domain::file::{LINK_WITHIN, disposition};
use crate::domain::policy::{Principal, Who};
use crate::files::blobs::Blobs;
use crate::node::Node;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::{CHUNK_BYTES, FileLink, FileState, FileVariant, LinkFile};
use crate::protocol::ids::{AppointmentId, FileId, OrganisationId, SessionId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use std::io;
use uuid::Uuid;

/// The words of what was made, in names of objects.
pub(super) const PREVIEW: &str = "preview";
/// See [`PREVIEW`].
pub(super) const THUMBNAIL: &str = "thumbnail";

/// Whose link it is, and until when.
#[derive(Debug, Serialize, Deserialize)]
struct Ticket {
    until: i64,
    is_person: bool,
    who: Uuid,
    role: Role,
    organisation: OrganisationId,
    only_visit: Option<AppointmentId>,
    session: SessionId,
}

/// What a variant is made of.
struct Contents {
    content_type: String,
    length: u32,
    is_shown: bool,
}

impl Execute<LinkFile> for Node {
    async fn execute(&self, call: Call, op: LinkFile) -> Result<FileLink, Fault> {
        let caller = call.caller.ok_or(FaultCode::Unauthenticated)?;
        let known = self.readable_file(&call, op.file_id).await?;
        known.contents(op.variant)?;
        let expires_at = call.now.plus(LINK_WITHIN);
        let token = self.ticket(&caller, op.file_id, op.variant, expires_at)?;
        let url = format!("/v1/files/{}/{}?token={token}", op.file_id, word(op.variant));
        Ok(FileLink { url: url.into(), expires_at })
    }
}

impl Execute<FetchFile> for Node {
    async fn execute(&self, call: Call, op: FetchFile) -> Result<Fetched, Fault> {
        let known = self.readable_file(&call, op.file_id).await?;
        let Contents { content_type, length, is_shown } = known.contents(op.variant)?;
        let disposition = disposition(&known.facts.name, is_shown).into();
        let tag = known.tag(op.variant);
        // Whoever has another one wants all of this.
        let part = op.part.filter(|_| op.if_tag.as_ref().is_none_or(|it| *it == tag));
        let part = part.map(|it| it.of(length));
        let all = Span { first: 0, last: length.saturating_sub(1) };
        let mut fetched =
            Fetched { content_type, disposition, length, tag, part, bytes: Outgoing::default() };
        if let Some(span) = part.unwrap_or(Some(all)) {
            let mut rest = Rest::new(&self.files.blobs, known, op.variant, length, span);
            // Before a head is sent: what is not there is told by a status.
            rest.first = Some(rest.read().await.map_err(|_| FaultCode::Unavailable)?);
            metrics::counter!("bedside_files_fetched_total", "variant" => word(op.variant))
                .increment(1);
            let bytes = futures::stream::try_unfold(rest, Rest::next).boxed();
            fetched.bytes = Outgoing(Some(bytes));
        }
        Ok(fetched)
    }
}

/// What is still to be sent of a file.
struct Rest {
    known: Known,
    blobs: Blobs,
    variant: FileVariant,
    length: u32,
    span: Span,
    number: u32,
    first: Option<Bytes>,
    /// Of files whose pieces were not summed one by one.
    sum: Option<(Digest, String)>,
}

impl Rest {
    fn new(blobs: &Blobs, known: Known, variant: FileVariant, length: u32, span: Span) -> Self {
        let is_all = span.first == 0 && span.last.saturating_add(1) == length;
        let is_summed = variant == FileVariant::Original && known.facts.pieces.is_none() && is_all;
        let digest = known.facts.digest.clone().filter(|_| is_summed);
        let sum = digest.map(|it| (Digest::default(), it));
        let (blobs, number) = (blobs.clone(), span.first / CHUNK_BYTES);
        Rest { known, blobs, variant, length, span, number, first: None, sum }
    }

    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if self.number > self.span.last / CHUNK_BYTES {
            return Ok(None);
        }
        let bytes = match self.first.take() {
            Some(bytes) => bytes,
            None => self.read().await?,
        };
        let begin = self.number.saturating_mul(CHUNK_BYTES);
        self.number = self.number.saturating_add(1);
        if let Some((sum, _)) = &mut self.sum {
            sum.update(&bytes);
        }
        if self.number == pieces(self.length)
            && let Some((sum, expected)) = self.sum.take()
            && URL_SAFE_NO_PAD.encode(sum.finish()) != expected
        {
            return Err(io::Error::other("it is not what was looked at"));
        }
        // Of the first and of the last piece only what was asked for.
        let here = |at: u32| usize::try_from(at.saturating_sub(begin)).unwrap_or(usize::MAX);
        let until = here(self.span.last.saturating_add(1)).min(bytes.len());
        let bytes = bytes.slice(here(self.span.first).min(until)..until);
        Ok(Some((bytes, self)))
    }

    /// The next piece, opened. What is not what was looked at is given to nobody.
    async fn read(&self) -> io::Result<Bytes> {
        let (variant, number) = (word(self.variant), self.number);
        let record = &self.known.record;
        let is_last = number.saturating_add(1) == pieces(self.length);
        let sealed =
            self.blobs.get(record.blob, variant, number).await.map_err(io::Error::other)?;
        let piece = Piece { file: record.file_id.0, variant, number, is_last };
        let opened = self.known.letters.key().open_piece(piece, &sealed);
        let opened = opened.map_err(io::Error::other).and_then(|it| {
            let is_original = self.variant == FileVariant::Original;
            let is_it = !is_original || self.known.facts.is_piece(number, &it);
            if is_it { Ok(it) } else { Err(io::Error::other("it is not what was looked at")) }
        });
        opened.map(Bytes::from).inspect_err(|error| {
            metrics::counter!("bedside_files_damaged_total").increment(1);
            tracing::error!(file_id = %record.file_id, %error, "a piece is not what was kept");
        })
    }
}

impl Known {
    /// Contents never change once a file is clear.
    fn tag(&self, variant: FileVariant) -> String {
        let digest = self.facts.digest.as_ref().filter(|_| variant == FileVariant::Original);
        match digest {
            Some(digest) => format!("\"{digest}\""),
            None => format!("\"{}-{}\"", self.record.file_id, word(variant)),
        }
    }

    fn contents(&self, variant: FileVariant) -> Result<Contents, Fault> {
        if self.record.state != FileState::Clear {
            let why = "It is not looked at yet, or was not taken.";
            return Err(Fault::new(FaultCode::NotAllowedNow).because(why));
        }
        let made = |it: &Option<Made>| {
            let made = it.as_ref().ok_or(FaultCode::NotFound)?;
            let content_type = made.content_type.clone();
            Ok(Contents { content_type, length: made.bytes, is_shown: true })
        };
        match variant {
            FileVariant::Preview => made(&self.facts.preview),
            FileVariant::Thumbnail => made(&self.facts.thumbnail),
            FileVariant::Original => Ok(Contents {
                content_type: "application/octet-stream".to_owned(),
                length: self.record.bytes,
                is_shown: false,
            }),
        }
    }
}

impl Node {
    fn ticket(
        &self,
        caller: &Caller,
        id: FileId,
        variant: FileVariant,
        until: UnixMillis,
    ) -> Result<String, Fault> {
        let (is_person, who) = match caller.principal.who {
            Who::Person(id) => (true, id.0),
            Who::Participant(id) => (false, id.0),
        };
        let Principal { role, organisation, only_visit, .. } = caller.principal;
        let session = caller.session_id;
        let ticket =
            Ticket { until: until.0, is_person, who, role, organisation, only_visit, session };
        let text = serde_json::to_vec(&ticket).map_err(|_| FaultCode::Internal)?;
        let text = URL_SAFE_NO_PAD.encode(text);
        let seal = self
            .keys
            .sealer
            .derive_token(&signed(id, variant, &text).each_ref().map(String::as_str));
        Ok(format!("{text}.{}", seal.expose()))
    }

    /// Whose link it is; nobody's when it is none of ours, of something else, over, or of a sign-in that has ended.
    pub(in crate::node) async fn link_of(
        &self,
        id: FileId,
        variant: FileVariant,
        token: &str,
    ) -> Option<Caller> {
        let (text, seal) = token.split_once('.')?;
        if !self
            .keys
            .sealer
            .is_derived(&signed(id, variant, text).each_ref().map(String::as_str), seal)
        {
            return None;
        }
        let ticket: Ticket = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let expires_at = UnixMillis(ticket.until);
        let now = self.clock.now();
        let who = match ticket.is_person {
            true => Who::Person(crate::protocol::ids::PersonId(ticket.who)),
            false => Who::Participant(crate::protocol::ids::ParticipantId(ticket.who)),
        };
        let principal = Principal {
            who,
            role: ticket.role,
            organisation: ticket.organisation,
            only_visit: ticket.only_visit,
        };
        let caller =
            Caller { principal, session_id: ticket.session, expires_at, is_limited: false };
        let holds = self.sessions.must_hold(self.store.as_ref(), &caller, now).await;
        (now < expires_at && holds.is_ok()).then_some(caller)
    }
}

const fn word(variant: FileVariant) -> &'static str {
    match variant {
        FileVariant::Original => ORIGINAL,
        FileVariant::Preview => PREVIEW,
        FileVariant::Thumbnail => THUMBNAIL,
    }
}

/// What a link is signed for.
fn signed(id: FileId, variant: FileVariant, text: &str) -> [String; 4] {
    ["file link".to_owned(), id.to_string(), word(variant).to_owned(), text.to_owned()]
}
