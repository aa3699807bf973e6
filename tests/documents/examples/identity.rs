//! Proving who one is, second factors, sign-ins.

use super::{at, me, person, text, uuid, visit};
use crate::golden::Golden;
use bedside::protocol::auth::*;
use bedside::protocol::factor::*;
use bedside::protocol::ids::{FactorId, SessionId};
use bedside::protocol::person::Me;
use bedside::protocol::phi::Phi;
use bedside::protocol::session::*;

fn this() -> SessionId {
    SessionId(uuid(0xd1))
}

fn telephone() -> FactorId {
    FactorId(uuid(0x2f1))
}

pub(crate) fn signed_in(me: Me) -> SignedIn {
    SignedIn {
        access_token: text("header.claims.signature"),
        expires_at: at(15),
        me,
        refresh_token: Phi::default(),
        device: None,
    }
}

fn challenge() -> FactorChallenge {
    FactorChallenge {
        challenge: text("sealed-challenge"),
        expires_at: at(3),
        methods: vec![ProofKind::Passkey, ProofKind::Totp, ProofKind::Recovery],
        passkey: Some(request(vec!["Y3JlZGVudGlhbA".into()])),
    }
}

fn request(allow: Vec<String>) -> PasskeyRequest {
    PasskeyRequest {
        challenge: text("Y2hhbGxlbmdl"),
        rp_id: "clinic.example".into(),
        must_verify_user: allow.is_empty(),
        allow,
        timeout_ms: 180_000,
    }
}

fn assertion() -> PasskeyAssertion {
    PasskeyAssertion {
        credential_id: text("Y3JlZGVudGlhbA"),
        client_data: text("e30"),
        authenticator_data: text("YXV0aERhdGE"),
        signature: text("c2lnbmF0dXJl"),
    }
}

pub(crate) fn proving() -> Vec<Golden> {
    let totp = || Proof::Totp { code: text("123456") };
    vec![
        Golden::new("sign in is answered by a session", SignInAnswer::from(signed_in(me()))),
        Golden::new("sign in is answered by a question", SignInAnswer::from(challenge())),
        Golden::new(
            "the second step of a sign-in",
            VerifyFactor { challenge: text("sealed-challenge"), proof: totp() },
        ),
        Golden::new("proof by a code", totp()),
        Golden::new("proof by a passkey", Proof::Passkey { assertion: assertion() }),
        Golden::new(
            "proof by a recovery code",
            Proof::Recovery { code: text("ABCD-EFGH-IJKL-MNOP") },
        ),
        Golden::new(
            "proof by the password",
            Proof::Password { password: text("correct horse example") },
        ),
        Golden::new("begin a sign-in with a passkey", BeginPasskeySignIn {}),
        Golden::new(
            "what a passkey signs",
            PasskeySignIn {
                challenge: text("sealed-challenge"),
                expires_at: at(3),
                passkey: request(vec![]),
            },
        ),
        Golden::new(
            "sign in with a passkey",
            SignInPasskey { challenge: text("sealed-challenge"), assertion: assertion() },
        ),
        Golden::new("what would prove it", BeginStepUp {}),
        Golden::new("a question", challenge()),
        Golden::new("step up", StepUp { challenge: text("sealed-challenge"), proof: totp() }),
        Golden::new("stepped up", SteppedUp { proved_at: at(0) }),
        Golden::new(
            "change the password",
            ChangePassword { password: text("another horse example") },
        ),
        Golden::new("ask for a link", AskReset { email: text("zoe@clinic.example") }),
        Golden::new(
            "choose a password by a link",
            ResetPassword {
                link_token: text("link-token"),
                password: text("another horse example"),
            },
        ),
    ]
}

pub(crate) fn factors() -> Vec<Golden> {
    let factor = |kind, name| Factor {
        factor_id: telephone(),
        kind,
        name: text(name),
        created_at: at(0),
        last_used_at: Some(at(5)),
    };
    let codes = || vec![text("ABCD-EFGH-IJKL-MNOP"), text("QRST-UVWX-YZ23-4567")];
    vec![
        Golden::new("my factors?", ListFactors {}),
        Golden::new(
            "factors",
            Factors {
                factors: vec![
                    factor(ProofKind::Totp, "Telephone"),
                    factor(ProofKind::Passkey, "Key"),
                ],
                recovery_codes_left: 9,
                is_required: true,
            },
        ),
        Golden::new("begin an app", BeginTotp { name: text("Telephone") }),
        Golden::new(
            "secret of an app",
            TotpSecret {
                factor_id: telephone(),
                secret: text("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
                url: text(
                    "otpauth://totp/Bedside:pat%40clinic.example?secret=GEZDGNBVGY3TQOJQ&issuer=Bedside",
                ),
                expires_at: at(15),
            },
        ),
        Golden::new("confirm an app", ConfirmTotp { factor_id: telephone(), code: text("123456") }),
        Golden::new(
            "a factor was added",
            FactorAdded { factor: factor(ProofKind::Totp, "Telephone"), recovery_codes: codes() },
        ),
        Golden::new("begin a passkey", BeginPasskey {}),
        Golden::new(
            "what a passkey is made for",
            PasskeyBegun {
                challenge: text("sealed-challenge"),
                expires_at: at(3),
                passkey: PasskeyCreation {
                    challenge: text("Y2hhbGxlbmdl"),
                    rp_id: "clinic.example".into(),
                    rp_name: "Bedside".into(),
                    user_id: text("dXNlcg"),
                    user_name: text("pat@clinic.example"),
                    user_display_name: text("Pat Placeholder"),
                    algorithms: vec![-8, -7, -257],
                    exclude: vec!["Y3JlZGVudGlhbA".into()],
                    timeout_ms: 180_000,
                },
            },
        ),
        Golden::new(
            "add a passkey",
            AddPasskey {
                challenge: text("sealed-challenge"),
                name: text("Key"),
                passkey: PasskeyAttestation {
                    client_data: text("e30"),
                    attestation_object: text("oA"),
                },
            },
        ),
        Golden::new("remove a factor", RemoveFactor { factor_id: telephone() }),
        Golden::new("new recovery codes?", RenewRecovery {}),
        Golden::new("recovery codes", RecoveryCodes { recovery_codes: codes() }),
        Golden::new("factors of somebody go", ResetFactors { person_id: person() }),
    ]
}

pub(crate) fn sessions() -> Vec<Golden> {
    let card = |session_id, visit| SessionCard {
        session_id,
        is_this: session_id == this(),
        client: ClientKind { program: Program::Firefox, system: System::Linux },
        created_at: at(0),
        last_used_at: at(5),
        expires_at: at(1_440),
        visit,
    };
    vec![
        Golden::new("my sign-ins?", ListSessions { person_id: None }),
        Golden::new("sign-ins of somebody?", ListSessions { person_id: Some(person()) }),
        Golden::new(
            "open sign-ins",
            SessionCards {
                sessions: vec![card(this(), None), card(SessionId(uuid(0xd2)), Some(visit()))],
            },
        ),
        Golden::new("end a sign-in", EndSession { session_id: SessionId(uuid(0xd2)) }),
        Golden::new("end the others", EndOtherSessions {}),
        Golden::new("end those of somebody", EndAllSessions { person_id: person() }),
        Golden::new("ended", SessionsEnded { ended: 2 }),
    ]
}
