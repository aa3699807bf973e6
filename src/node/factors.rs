//! Enrolling and removing second factors.
//!
//! Invariants: a factor counts from the moment on at which it has proven something. Secrets and recovery codes are told once,
//! and no answer that holds one is kept for its idempotency key. Whoever must have a factor does not remove the last. Which
//! factor is the first or the last is the store's word, in the transaction that makes it so.

use crate::auth::challenge::{Challenge, Purpose};
use crate::auth::{passkey, recovery, totp};
use crate::command::{Call, Execute, unsaved};
use crate::domain::identity::{CHALLENGE_FOR, ENROL_WITHIN, RECOVERY_CODES, needs_factor};
use crate::node::Node;
use crate::node::proving::{own_account, secret_place};
use crate::protocol::auth::Done;
use crate::protocol::factor::*;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{FactorId, PersonId, SessionId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::PersonRecord;
use crate::store::factors::{Enrolled, Enrolment, FactorRecord, Removal};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// Codes as they are told, and as they are kept.
type Codes = (Vec<Phi<String>>, Vec<Vec<u8>>);
/// What an owner calls a factor.
const MAX_NAME_CHARS: usize = 60;

impl Execute<ListFactors> for Node {
    async fn execute(&self, call: Call, _: ListFactors) -> Result<Factors, Fault> {
        let (person, _) = own_account(&call)?;
        let role = call.principal()?.role;
        Ok(Factors {
            factors: self.enrolled(person).await?.iter().map(card).collect(),
            recovery_codes_left: self.store.recovery_left(person).await.map_err(unsaved)?,
            is_required: self.requires_factor(role),
        })
    }
}

impl Execute<BeginTotp> for Node {
    async fn execute(&self, call: Call, op: BeginTotp) -> Result<TotpSecret, Fault> {
        let (person, _) = own_account(&call)?;
        let account = self.own_record(person).await?;
        let secret = totp::new_secret().map_err(|_| FaultCode::Internal)?;
        let mut factor = FactorRecord {
            factor_id: FactorId(Uuid::now_v7()),
            person_id: person,
            kind: ProofKind::Totp,
            name: checked_name(&op.name)?,
            secret: String::new(),
            credential_id: None,
            counter: 0,
            created_at: call.now,
            confirmed_at: None,
            last_used_at: None,
        };
        let sealed = self.keys.sealer.seal(&secret_place(&factor), secret.expose());
        factor.secret = sealed.map_err(|_| FaultCode::Internal)?;
        let clinic = &self.config.identity.clinic_name;
        let (typed, url) =
            totp::told(&secret, clinic, &account.email).ok_or(FaultCode::Internal)?;
        let factor_id = factor.factor_id;
        self.store.begin_factor(factor).await.map_err(unsaved)?;
        Ok(TotpSecret { factor_id, secret: typed, url, expires_at: call.now.plus(ENROL_WITHIN) })
    }
}

impl Execute<ConfirmTotp> for Node {
    async fn execute(&self, call: Call, op: ConfirmTotp) -> Result<FactorAdded, Fault> {
        let (person, session) = own_account(&call)?;
        let factors = self.store.factors(person).await.map_err(unsaved)?;
        let is_begun = |it: &&FactorRecord| {
            it.factor_id == op.factor_id
                && it.confirmed_at.is_none()
                && call.now.since(it.created_at) < ENROL_WITHIN
        };
        let begun = factors.iter().find(is_begun).ok_or(FaultCode::NotFound)?;
        self.may_try_code(person, call.now).await?;
        let step = self.step_of(begun, &op.code, call.now)?.ok_or(FaultCode::WrongFactor)?;
        let (codes, with) = self.with_codes(person, session, call.now)?;
        let confirmed = self.store.confirm_factor(begun.factor_id, step, with);
        let codes = self.enrolment(confirmed.await.map_err(unsaved)?, codes)?;
        self.code_was_right(person).await?;
        let factor = FactorRecord {
            confirmed_at: Some(call.now),
            last_used_at: Some(call.now),
            ..begun.clone()
        };
        Ok(FactorAdded { factor: card(&factor), recovery_codes: codes })
    }
}

impl Execute<BeginPasskey> for Node {
    async fn execute(&self, call: Call, _: BeginPasskey) -> Result<PasskeyBegun, Fault> {
        let (person, session) = own_account(&call)?;
        let account = self.own_record(person).await?;
        let challenge = Challenge::new(Some(person), Some(session), call.now, CHALLENGE_FOR);
        let has = self.enrolled(person).await?;
        let encode = |it: &FactorRecord| Some(URL_SAFE_NO_PAD.encode(it.credential_id.as_ref()?));
        let passkey = PasskeyCreation {
            challenge: challenge.to_sign(&self.keys.sealer, Purpose::AddPasskey),
            rp_id: self.relying_party().id,
            rp_name: self.config.identity.clinic_name.clone(),
            user_id: Phi::new(URL_SAFE_NO_PAD.encode(person.0.as_bytes())),
            user_name: account.email,
            user_display_name: account.display_name,
            algorithms: passkey::ALGORITHMS.to_vec(),
            exclude: has.iter().filter_map(encode).collect(),
            timeout_ms: u32::try_from(CHALLENGE_FOR.as_millis()).unwrap_or(u32::MAX),
        };
        Ok(PasskeyBegun {
            challenge: challenge.seal(&self.keys.sealer, Purpose::AddPasskey)?,
            expires_at: challenge.expires_at,
            passkey,
        })
    }
}

impl Execute<AddPasskey> for Node {
    async fn execute(&self, call: Call, op: AddPasskey) -> Result<FactorAdded, Fault> {
        let (person, session) = own_account(&call)?;
        let name = checked_name(&op.name)?;
        let challenge = self.opened(Purpose::AddPasskey, &op.challenge, call.now)?;
        if (challenge.person, challenge.session) != (Some(person), Some(session)) {
            return Err(FaultCode::ChallengeEnded.into());
        }
        let to_sign = challenge.to_sign(&self.keys.sealer, Purpose::AddPasskey);
        let made = passkey::register(&self.relying_party(), &to_sign, &op.passkey);
        let made = made.ok_or(FaultCode::WrongFactor)?;
        self.spend(&challenge).await?;
        let (codes, with) = self.with_codes(person, session, call.now)?;
        let factor = FactorRecord {
            factor_id: FactorId(Uuid::now_v7()),
            person_id: person,
            kind: ProofKind::Passkey,
            name,
            secret: made.public_key,
            credential_id: Some(made.credential_id),
            counter: made.counter,
            created_at: call.now,
            confirmed_at: Some(call.now),
            last_used_at: None,
        };
        let added = card(&factor);
        let became = self.store.add_factor(factor, with).await.map_err(unsaved)?;
        let codes = self.enrolment(became, codes)?;
        Ok(FactorAdded { factor: added, recovery_codes: codes })
    }
}

impl Execute<RemoveFactor> for Node {
    async fn execute(&self, call: Call, op: RemoveFactor) -> Result<Done, Fault> {
        let (person, _) = own_account(&call)?;
        let must_have = self.requires_factor(call.principal()?.role);
        let removed = self.store.remove_factor(person, op.factor_id, must_have);
        let why = match removed.await.map_err(unsaved)? {
            Removal::Done => return self.kept(&call, Done {}).await,
            Removal::Missing => return Err(FaultCode::NotFound.into()),
            Removal::Last => "The last factor stays: enrol another one first.",
            Removal::ShortPassword => {
                "The password is too short to be the only factor: change it first."
            }
        };
        Err(Fault::new(FaultCode::NotAllowedNow).because(why))
    }
}

impl Execute<RenewRecovery> for Node {
    async fn execute(&self, call: Call, _: RenewRecovery) -> Result<RecoveryCodes, Fault> {
        let (person, _) = own_account(&call)?;
        if self.enrolled(person).await?.is_empty() {
            let why = "Recovery codes come with the first factor.";
            return Err(Fault::new(FaultCode::NotAllowedNow).because(why));
        }
        let (codes, hashes) = self.new_codes(person)?;
        self.store.replace_recovery(person, hashes).await.map_err(unsaved)?;
        Ok(RecoveryCodes { recovery_codes: codes })
    }
}

impl Execute<ResetFactors> for Node {
    async fn execute(&self, call: Call, op: ResetFactors) -> Result<Done, Fault> {
        self.somebody(op.person_id).await?;
        let ended = self.store.reset_factors(op.person_id, call.now).await.map_err(unsaved)?;
        ended.iter().for_each(|it| self.session_ended(it));
        self.kept(&call, Done {}).await
    }
}

impl Node {
    pub(super) fn requires_factor(&self, role: Role) -> bool {
        self.config.identity.require_second_factor && needs_factor(role)
    }

    /// Whether a password proves something where nothing is enrolled: of who must have two factors, that they may enrol one.
    pub(super) async fn password_is_enough(
        &self,
        person: PersonId,
        session: Option<SessionId>,
    ) -> Result<bool, Fault> {
        if !self.requires_factor(self.own_record(person).await?.role) {
            return Ok(true);
        }
        let Some(session) = session else { return Ok(false) };
        let session = self.store.session(session).await.map_err(unsaved)?;
        Ok(session.is_some_and(|it| it.about.is_limited))
    }

    async fn own_record(&self, person: PersonId) -> Result<PersonRecord, Fault> {
        let record = self.store.person(person).await.map_err(unsaved)?;
        record.ok_or_else(|| FaultCode::NotFound.into())
    }

    /// Codes are told with the first factor; who had a session by less than that has none any more.
    fn enrolment(
        &self,
        became: Enrolment,
        codes: Vec<Phi<String>>,
    ) -> Result<Vec<Phi<String>>, Fault> {
        match became {
            Enrolment::First(ended) => {
                ended.iter().for_each(|it| self.session_ended(it));
                Ok(codes)
            }
            Enrolment::More => Ok(vec![]),
            Enrolment::Missing => Err(FaultCode::NotFound.into()),
            Enrolment::TooLate => Err(FaultCode::SessionEnded.into()),
        }
    }

    /// With the first factor come recovery codes: whether it is the first is known when it is there.
    fn with_codes(
        &self,
        person: PersonId,
        session_id: SessionId,
        at: UnixMillis,
    ) -> Result<(Vec<Phi<String>>, Enrolled), Fault> {
        let (told, codes) = self.new_codes(person)?;
        Ok((told, Enrolled { codes, session_id, at }))
    }

    fn new_codes(&self, person: PersonId) -> Result<Codes, Fault> {
        let codes = (0..RECOVERY_CODES).map(|_| recovery::new_code());
        let codes: Vec<_> = codes.collect::<Result<_, _>>().map_err(|_| FaultCode::Internal)?;
        let hashes = codes.iter().map(|it| recovery::hash(&self.keys.sealer, person, it)).collect();
        Ok((codes, hashes))
    }
}

fn checked_name(name: &Phi<String>) -> Result<Phi<String>, Fault> {
    let name = name.expose().trim();
    let is_good =
        (1..=MAX_NAME_CHARS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if is_good { Ok(name.into()) } else { Err(Fault::invalid("name", "1 to 60 characters.")) }
}

fn card(factor: &FactorRecord) -> Factor {
    Factor {
        factor_id: factor.factor_id,
        kind: factor.kind,
        name: factor.name.clone(),
        created_at: factor.confirmed_at.unwrap_or(factor.created_at),
        last_used_at: factor.last_used_at,
    }
}
