//! Params of what somebody does about their own identity. Challenges and codes are nonsense: who may ask is what is looked at.

use super::world::World;
use crate::support::{Clinic, Someone};
use bedside::clock::Clock as _;
use bedside::protocol::factor::ProofKind;
use bedside::protocol::ids::{FactorId, IdentityId, SessionId};
use bedside::store::factors::{Enrolled, FactorRecord};
use bedside::store::federation::ExternalIdentity;
use serde_json::{Value, json};
use uuid::Uuid;

/// A passkey, an identity at a provider and another sign-in of an account; of a guest, ids of nothing.
pub(crate) struct Own {
    factor: FactorId,
    session: SessionId,
    identity: IdentityId,
}

impl Default for Own {
    fn default() -> Self {
        Own {
            factor: FactorId(Uuid::now_v7()),
            session: SessionId(Uuid::now_v7()),
            identity: IdentityId(Uuid::now_v7()),
        }
    }
}

impl Own {
    pub(super) fn ids(&self) -> impl Iterator<Item = String> {
        [self.factor.0, self.session.0, self.identity.0].into_iter().map(|it| it.to_string())
    }

    /// What the caller has.
    pub(super) async fn of(clinic: &Clinic, caller: &Someone) -> Own {
        let (Some(session_id), Some(person_id)) = (caller.session_id, caller.person_id) else {
            return Own::default();
        };
        let session = clinic.store.session(session_id).await.unwrap().expect("a session");
        if session.visit.is_some() {
            return Own::default();
        }
        let now = clinic.clock.now();
        let factor = FactorRecord {
            factor_id: FactorId(Uuid::now_v7()),
            person_id,
            kind: ProofKind::Passkey,
            name: "Key".into(),
            secret: "no key".to_owned(),
            credential_id: Some(Uuid::now_v7().as_bytes().to_vec()),
            counter: 0,
            created_at: now,
            confirmed_at: Some(now),
            last_used_at: None,
        };
        let factor_id = factor.factor_id;
        let with = Enrolled { codes: vec![], session_id, at: now };
        clinic.store.add_factor(factor, with).await.expect("a factor");
        let other = clinic.signs_in(person_id, session.role, &caller.name).await;
        let linked = ExternalIdentity {
            identity_id: IdentityId(Uuid::now_v7()),
            person_id,
            issuer: "https://id.clinic.invalid".to_owned(),
            subject: Uuid::now_v7().to_string(),
            linked_at: now,
            last_used_at: None,
        };
        let identity = linked.identity_id;
        clinic.store.link_identity(linked, session_id).await.expect("an identity");
        Own { factor: factor_id, session: other.session_id.expect("another session"), identity }
    }
}

/// Whether it is one of these operations.
pub(super) fn is_of_identity(op: &str) -> bool {
    let is_one =
        ["factor.", "session.", "identity.", "provider."].iter().any(|it| op.starts_with(it));
    let others = [
        "auth.verify_factor",
        "auth.begin_passkey",
        "auth.sign_in_passkey",
        "auth.begin_step_up",
        "auth.step_up",
        "auth.change_password",
        "auth.ask_reset",
        "auth.reset_password",
        "auth.finish_provider",
        "person.invite",
        "person.reset_factors",
    ];
    is_one || others.contains(&op)
}

/// Good params.
pub(super) fn params(world: &World, op: &str) -> Value {
    let assertion = json!({
        "credential_id": "AAAA", "client_data": "e30", "authenticator_data": "AAAA", "signature": "AAAA",
    });
    let attestation = json!({"client_data": "e30", "attestation_object": "oA"});
    match op {
        "auth.verify_factor" | "auth.step_up" => {
            json!({"challenge": "nonsense", "proof": {"kind": "totp", "code": "123456"}})
        }
        "auth.sign_in_passkey" => json!({"challenge": "nonsense", "assertion": assertion}),
        "auth.change_password" => json!({"password": "another fictional passphrase"}),
        "auth.ask_reset" => {
            json!({"email": format!("{}@clinic.invalid", Uuid::now_v7().simple())})
        }
        "auth.reset_password" => {
            json!({"link_token": "nonsense", "password": "another fictional passphrase"})
        }
        "factor.begin_totp" => json!({"name": "telephone"}),
        "factor.confirm_totp" => json!({"factor_id": world.own.factor, "code": "123456"}),
        "factor.add_passkey" => {
            json!({"challenge": "nonsense", "name": "key", "passkey": attestation})
        }
        "factor.remove" => json!({"factor_id": world.own.factor}),
        "identity.begin_link" => json!({"provider_id": "none"}),
        "identity.unlink" => json!({"identity_id": world.own.identity}),
        "session.list" => json!({}),
        "session.end" => json!({"session_id": world.own.session}),
        "session.end_all" | "person.reset_factors" | "person.invite" => {
            json!({"person_id": world.ana})
        }
        _ => json!({}),
    }
}
