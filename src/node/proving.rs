//! How somebody proves who they are: challenges, proofs, and how fast secrets may be tried.
//!
//! Invariants: a proof is used up before anything is done by it: its step or count in one statement, its challenge in another,
//! whichever node is asked. A try counts before the secret is looked at. Does not: open sessions (`identity`).

use crate::auth::challenge::{Challenge, Purpose};
use crate::auth::federated::Ticket;
use crate::auth::passkey::{self, RelyingParty};
use crate::auth::{device, password, recovery, totp};
use crate::command::limits::network;
use crate::command::{Call, Caller, Execute, Proven, unsaved};
use crate::domain::identity::{CHALLENGE_FOR, OF_ACCOUNT, OF_CODES, OF_DEVICE, OF_SOURCE, methods};
use crate::domain::policy::Who;
use crate::node::Node;
use crate::protocol::auth::{BeginStepUp, StepUp, SteppedUp};
use crate::protocol::factor::{
    FactorChallenge, PasskeyAssertion, PasskeyRequest, Proof, ProofKind,
};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{PersonId, SessionId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::PersonRecord;
use crate::store::factors::FactorRecord;
use crate::store::sign_ins::Try;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Cookies of devices that are looked at: accounts that share a browser.
const MAX_DEVICES: usize = 20;

/// Who is asked, for what.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) purpose: Purpose,
    pub(super) person: PersonId,
    pub(super) session: Option<SessionId>,
    /// The fingerprint of the password that was shown before.
    pub(super) password: Option<[u8; 16]>,
    /// What a provider has said before.
    pub(super) ticket: Option<Box<Ticket>>,
}

/// Tries of one sign-in by password.
#[derive(Debug)]
pub(super) struct PasswordTries {
    /// Of the device that is known, or of account and address.
    tries: Vec<Try>,
    /// The bucket of an account that is tried from a device that is not known.
    bucket: Option<String>,
}

impl Execute<BeginStepUp> for Node {
    async fn execute(&self, call: Call, _: BeginStepUp) -> Result<FactorChallenge, Fault> {
        let (person, session) = own_account(&call)?;
        let session = Some(session);
        let purpose = Purpose::StepUp;
        let asked = Asked { purpose, person, session, password: None, ticket: None };
        self.ask(asked, call.now).await
    }
}

impl Execute<StepUp> for Node {
    async fn execute(&self, call: Call, op: StepUp) -> Result<SteppedUp, Fault> {
        let (person, session) = own_account(&call)?;
        let challenge = self.opened(Purpose::StepUp, &op.challenge, call.now)?;
        if (challenge.person, challenge.session) != (Some(person), Some(session)) {
            return Err(FaultCode::ChallengeEnded.into());
        }
        self.prove(person, &op.proof, (Purpose::StepUp, &challenge), false, call.now).await?;
        self.store.prove_session(session, call.now).await.map_err(unsaved)?;
        Ok(SteppedUp { proved_at: call.now })
    }
}

/// The account that calls, and its session.
pub(super) fn own_account(call: &Call) -> Result<(PersonId, SessionId), Fault> {
    let caller = call.caller.ok_or(FaultCode::Unauthenticated)?;
    match (caller.principal.who, caller.principal.only_visit) {
        (Who::Person(person), None) => Ok((person, caller.session_id)),
        _ => Err(FaultCode::Forbidden.into()),
    }
}

impl Node {
    /// What is proven of a caller, as the store says. A session that ended on another node ends for this at once.
    pub(super) async fn proven_of(&self, caller: &Caller) -> Result<Proven, Fault> {
        let session = self.store.session(caller.session_id).await.map_err(unsaved)?;
        let now = self.clock.now();
        let open = session.filter(|it| it.ended_at.is_none() && now < it.expires_at);
        let about = open.ok_or(FaultCode::SessionEnded)?.about;
        let methods = match (caller.principal.who, caller.principal.only_visit) {
            (Who::Person(person), None) => self.methods_of(person, Some(caller.session_id)).await?,
            _ => vec![],
        };
        Ok(Proven { at: about.proved_at, is_limited: about.is_limited, methods })
    }

    pub(super) fn relying_party(&self) -> RelyingParty {
        RelyingParty::of(&self.config.public_url, &self.config.allowed_origins)
    }

    /// Factors of somebody that count.
    pub(super) async fn enrolled(&self, person: PersonId) -> Result<Vec<FactorRecord>, Fault> {
        let factors = self.store.factors(person).await.map_err(unsaved)?;
        Ok(factors.into_iter().filter(|it| it.confirmed_at.is_some()).collect())
    }

    pub(super) async fn enrolled_kinds(&self, person: PersonId) -> Result<Vec<ProofKind>, Fault> {
        Ok(self.enrolled(person).await?.iter().map(|it| it.kind).collect())
    }

    async fn methods_of(
        &self,
        person: PersonId,
        session: Option<SessionId>,
    ) -> Result<Vec<ProofKind>, Fault> {
        let left = self.store.recovery_left(person).await.map_err(unsaved)?;
        let is_enough = self.password_is_enough(person, session).await?;
        Ok(methods(&self.enrolled_kinds(person).await?, left, is_enough))
    }

    /// Asks somebody to prove it.
    pub(super) async fn ask(
        &self,
        asked: Asked,
        now: UnixMillis,
    ) -> Result<FactorChallenge, Fault> {
        let challenge = Challenge {
            password: asked.password,
            ticket: asked.ticket,
            ..Challenge::new(Some(asked.person), asked.session, now, CHALLENGE_FOR)
        };
        let methods = self.methods_of(asked.person, asked.session).await?;
        let passkeys = self.enrolled(asked.person).await?;
        let allow: Vec<String> = passkeys
            .iter()
            .filter_map(|it| Some(URL_SAFE_NO_PAD.encode(it.credential_id.as_ref()?)))
            .collect();
        let request = || self.passkey_request(&challenge, asked.purpose, allow.clone(), false);
        Ok(FactorChallenge {
            challenge: challenge.seal(&self.keys.sealer, asked.purpose)?,
            expires_at: challenge.expires_at,
            methods,
            passkey: (!allow.is_empty()).then(request),
        })
    }

    /// Asks whoever has a passkey of this hub.
    pub(super) fn ask_anybody(
        &self,
        purpose: Purpose,
        now: UnixMillis,
    ) -> Result<(Phi<String>, UnixMillis, PasskeyRequest), Fault> {
        let challenge = Challenge::new(None, None, now, CHALLENGE_FOR);
        let sealed = challenge.seal(&self.keys.sealer, purpose)?;
        let request = self.passkey_request(&challenge, purpose, vec![], true);
        Ok((sealed, challenge.expires_at, request))
    }

    fn passkey_request(
        &self,
        challenge: &Challenge,
        purpose: Purpose,
        allow: Vec<String>,
        must_verify_user: bool,
    ) -> PasskeyRequest {
        PasskeyRequest {
            challenge: challenge.to_sign(&self.keys.sealer, purpose),
            rp_id: self.relying_party().id,
            allow,
            must_verify_user,
            timeout_ms: u32::try_from(CHALLENGE_FOR.as_millis()).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn opened(
        &self,
        purpose: Purpose,
        sealed: &Phi<String>,
        now: UnixMillis,
    ) -> Result<Challenge, Fault> {
        Challenge::open(&self.keys.sealer, purpose, sealed, now)
    }

    /// Whose passkey it says it is.
    pub(super) async fn owner_of_passkey(
        &self,
        assertion: &PasskeyAssertion,
    ) -> Result<PersonId, Fault> {
        let id = passkey::credential_id(assertion).ok_or(FaultCode::WrongFactor)?;
        let factor = self.store.factor_of_credential(&id).await.map_err(unsaved)?;
        Ok(factor.ok_or(FaultCode::WrongFactor)?.person_id)
    }

    /// Takes a proof: it and its challenge are used up when this comes back well.
    pub(super) async fn prove(
        &self,
        person: PersonId,
        proof: &Proof,
        (purpose, challenge): (Purpose, &Challenge),
        must_verify_user: bool,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let codes = Try { key: self.try_key("codes", &person.to_string()), rule: OF_CODES };
        // What a passkey signs cannot be guessed.
        let counts = !matches!(proof, Proof::Passkey { .. });
        if counts {
            self.may_try(std::slice::from_ref(&codes), now).await?;
        }
        let is_good = match proof {
            Proof::Totp { code } => self.totp_is_good(person, code, now).await?,
            Proof::Recovery { code } => {
                let hash = recovery::hash(&self.keys.sealer, person, code);
                self.store.use_recovery(person, &hash).await.map_err(unsaved)?
            }
            Proof::Passkey { assertion } => {
                let to_sign = challenge.to_sign(&self.keys.sealer, purpose);
                self.passkey_is_good(person, assertion, &to_sign, must_verify_user, now).await?
            }
            // It was the first step.
            Proof::Password { .. } if purpose == Purpose::SignIn => false,
            Proof::Password { password } => {
                self.password_is_good(person, challenge.session, password).await?
            }
        };
        if !is_good {
            return Err(FaultCode::WrongFactor.into());
        }
        self.spend(challenge).await?;
        if counts {
            self.code_was_right(person).await?;
        }
        Ok(())
    }

    pub(super) async fn spend(&self, challenge: &Challenge) -> Result<(), Fault> {
        let spent = self.store.spend_challenge(challenge.id, challenge.expires_at);
        if spent.await.map_err(unsaved)? { Ok(()) } else { Err(FaultCode::ChallengeEnded.into()) }
    }

    async fn totp_is_good(
        &self,
        person: PersonId,
        code: &Phi<String>,
        now: UnixMillis,
    ) -> Result<bool, Fault> {
        for factor in self.enrolled(person).await? {
            if factor.kind != ProofKind::Totp {
                continue;
            }
            if let Some(step) = self.step_of(&factor, code, now)? {
                return self.store.use_factor(factor.factor_id, step, now).await.map_err(unsaved);
            }
        }
        Ok(false)
    }

    /// The step whose code it is, by the secret of that factor.
    pub(super) fn step_of(
        &self,
        factor: &FactorRecord,
        code: &Phi<String>,
        now: UnixMillis,
    ) -> Result<Option<i64>, Fault> {
        let secret = self.keys.sealer.open(&secret_place(factor), &factor.secret);
        let secret = Phi::new(secret.ok_or(FaultCode::Internal)?);
        let seconds = u64::try_from(now.0.div_euclid(1_000)).unwrap_or_default();
        Ok(totp::step_of(&secret, code.expose(), seconds))
    }

    async fn passkey_is_good(
        &self,
        person: PersonId,
        signed: &PasskeyAssertion,
        to_sign: &Phi<String>,
        must_verify_user: bool,
        now: UnixMillis,
    ) -> Result<bool, Fault> {
        let Some(id) = passkey::credential_id(signed) else { return Ok(false) };
        let factor = self.store.factor_of_credential(&id).await.map_err(unsaved)?;
        let Some(factor) = factor.filter(|it| it.person_id == person) else { return Ok(false) };
        let of = self.relying_party();
        let verified = passkey::verify(&of, to_sign, &factor.secret, signed, must_verify_user);
        let Some(counter) = verified else { return Ok(false) };
        let is_used = self.store.use_factor(factor.factor_id, counter, now);
        let is_used = is_used.await.map_err(unsaved)?;
        if !is_used {
            // A count that goes back: there may be a copy of it.
            tracing::warn!(factor_id = %factor.factor_id, "the count of a passkey went back");
            metrics::counter!("bedside_passkey_count_back_total").increment(1);
        }
        Ok(is_used)
    }

    /// A password proves only where there is nothing better, and where nothing better has to be.
    async fn password_is_good(
        &self,
        person: PersonId,
        session: Option<SessionId>,
        password: &Phi<String>,
    ) -> Result<bool, Fault> {
        let counts = self.enrolled(person).await?.is_empty()
            && self.password_is_enough(person, session).await?;
        let person = self.store.person(person).await.map_err(unsaved)?;
        let hash = person.filter(|_| counts).and_then(|it| it.password_at(self.clock.now()));
        password::verify(password.clone(), hash).await
    }

    /// What is counted of a sign-in: from a device that is known, that device alone; otherwise account and address.
    pub(super) fn password_tries(
        &self,
        email: &str,
        person: Option<&PersonRecord>,
        devices: &[Phi<String>],
        call: &Call,
    ) -> PasswordTries {
        let known = person.and_then(|person| {
            let mut devices = devices.iter().take(MAX_DEVICES);
            devices.find_map(|it| device::recognise(&self.keys.sealer, person, it, call.now))
        });
        if let Some(device) = known {
            let key = self.try_key("device", &device.to_string());
            return PasswordTries { tries: vec![Try { key, rule: OF_DEVICE }], bucket: None };
        }
        let account = self.try_key("account", email);
        let source = self.try_key("source", &network(call.address).to_string());
        PasswordTries {
            tries: vec![
                Try { key: account.clone(), rule: OF_ACCOUNT },
                Try { key: source, rule: OF_SOURCE },
            ],
            bucket: Some(account),
        }
    }

    pub(super) async fn may_try_password(
        &self,
        tries: &PasswordTries,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        if let Some(bucket) = &tries.bucket {
            self.limits.take_account(bucket).await?;
        }
        self.may_try(&tries.tries, now).await
    }

    /// The account is forgiven; the address only this one time, or whoever owns an account could guess at others for ever.
    pub(super) async fn password_was_right(&self, tries: &PasswordTries) -> Result<(), Fault> {
        let keys = || tries.tries.iter().map(|it| it.key.clone());
        let (wholly, once) =
            (keys().take(1).collect::<Vec<_>>(), keys().skip(1).collect::<Vec<_>>());
        self.store.forgive(&wholly, &once).await.map_err(unsaved)
    }

    pub(super) async fn may_try(&self, tries: &[Try], now: UnixMillis) -> Result<(), Fault> {
        match self.store.attempt(tries, now).await.map_err(unsaved)? {
            None => Ok(()),
            Some(wait) => Err(Fault::new(FaultCode::TooManyRequests).after(wait)),
        }
    }

    /// Counts a try of a code, so that enrolling is no way around.
    pub(super) async fn may_try_code(
        &self,
        person: PersonId,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let key = self.try_key("codes", &person.to_string());
        self.may_try(&[Try { key, rule: OF_CODES }], now).await
    }

    /// It was right: what was tried before counts no more.
    pub(super) async fn code_was_right(&self, person: PersonId) -> Result<(), Fault> {
        let key = self.try_key("codes", &person.to_string());
        self.store.forgive(&[key], &[]).await.map_err(unsaved)
    }

    pub(super) fn try_key(&self, kind: &str, what: &str) -> String {
        self.keys.sealer.derive_token(&["try", kind, what]).into_exposed()
    }
}

/// Where the secret of a factor belongs.
pub(super) fn secret_place(factor: &FactorRecord) -> String {
    format!("factors|secret|{}|{}", factor.person_id, factor.factor_id)
}
