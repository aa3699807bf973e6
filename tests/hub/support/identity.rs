//! Accounts with passwords and apps, and how their owners sign in.

use super::http::{Answer, Request};
use super::people::{cookie_of, read};
use super::{Clinic, Someone};
use bedside::auth::totp;
use bedside::clock::Clock as _;
use bedside::protocol::auth::{BeginStepUp, ChangePassword, SignInAnswer, SignedIn, StepUp};
use bedside::protocol::factor::{BeginTotp, ConfirmTotp, FactorChallenge, Proof};
use bedside::protocol::fault::Fault;
use bedside::protocol::person::{CreatePerson, Role};
use bedside::protocol::phi::Phi;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Everybody's, in these stories.
pub(crate) const PASSPHRASE: &str = "a fictional passphrase";

/// An account of somebody who signs in.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) email: String,
    pub(crate) password: String,
    /// The secret that their app holds.
    pub(crate) secret: Option<Phi<Vec<u8>>>,
}

impl Clinic {
    /// An account with a password.
    pub(crate) async fn account(&self, role: Role, name: &str) -> Account {
        self.account_by(&self.admin, role, name).await
    }

    /// The same, made by that administrator.
    pub(crate) async fn account_by(&self, admin: &Someone, role: Role, name: &str) -> Account {
        let email = format!("{}@clinic.invalid", name.to_lowercase().replace(' ', "."));
        let op = CreatePerson {
            home_region: None,
            display_name: name.into(),
            email: email.clone().into(),
            password: Some(PASSPHRASE.into()),
            role,
            time_zone: "Europe/Berlin".to_owned(),
        };
        admin.calls(op).await.expect("the account is made");
        Account { email, password: PASSPHRASE.to_owned(), secret: None }
    }

    fn seconds(&self) -> u64 {
        u64::try_from(self.clock.now().0 / 1_000).expect("after 1970")
    }

    /// What the app of an account shows now.
    pub(crate) fn code(&self, of: &Account) -> Phi<String> {
        let secret = of.secret.as_ref().expect("an app");
        Phi::new(totp::code_at(secret, self.seconds()).expect("a code"))
    }

    /// Puts a secret into an app; recovery codes come with it.
    pub(crate) async fn enrols(&self, who: &Someone, of: &mut Account) -> Vec<Phi<String>> {
        let begun = who.calls(BeginTotp { name: "Telephone".into() }).await.expect("begun");
        of.secret = Some(Phi::new(base32(begun.secret.expose())));
        let op = ConfirmTotp { factor_id: begun.factor_id, code: self.code(of) };
        who.calls(op).await.expect("confirmed").recovery_codes
    }
}

impl Account {
    /// The first step.
    pub(crate) async fn tries(&self, hub: SocketAddr) -> Answer {
        login(hub, &self.email, &self.password, None).await
    }

    /// An account without a second factor is signed in by its password.
    pub(crate) async fn signs_in(&self, hub: SocketAddr) -> Someone {
        let answer = self.tries(hub).await;
        let opened = read::<SignInAnswer>(&answer).expect("the password is right").opened();
        someone(hub, &answer, opened.expect("no second factor"))
    }

    /// They choose a password of their own: one that an administrator has set is taken for a week.
    pub(crate) async fn chooses(self, hub: SocketAddr) -> Account {
        let password = "a phrase of their own choice".to_owned();
        let op = ChangePassword { password: password.clone().into() };
        self.signs_in(hub).await.calls(op).await.expect("changed");
        Account { password, ..self }
    }

    /// One with a factor is asked for it.
    pub(crate) async fn is_asked(&self, hub: SocketAddr) -> FactorChallenge {
        let answer = self.tries(hub).await;
        assert_eq!(answer.header("set-cookie"), None, "no session yet");
        let opened = read::<SignInAnswer>(&answer).expect("the password is right").opened();
        *opened.expect_err("a second factor")
    }
}

/// The first step, from a browser with these cookies.
pub(crate) async fn login(
    hub: SocketAddr,
    email: &str,
    password: &str,
    cookies: Option<&str>,
) -> Answer {
    let body = json!({"email": email, "password": password});
    let request = Request::new("POST", "/v1/auth/login").json(&body);
    match cookies {
        Some(cookies) => request.with("cookie", cookies).send(hub).await,
        None => request.send(hub).await,
    }
}

/// The second step.
pub(crate) async fn proves(
    hub: SocketAddr,
    challenge: &Phi<String>,
    proof: &Proof,
) -> Result<Someone, Fault> {
    let body = json!({"challenge": challenge, "proof": proof});
    let answer = Request::new("POST", "/v1/auth/factor").json(&body).send(hub).await;
    read(&answer).map(|signed| someone(hub, &answer, signed))
}

/// Whoever an answer signs in.
pub(crate) fn someone(hub: SocketAddr, answer: &Answer, signed: SignedIn) -> Someone {
    Someone {
        name: signed.me.display_name.expose().clone(),
        person_id: signed.me.person_id,
        session_id: Some(signed.me.session_id),
        token: signed.access_token.into_exposed(),
        hub,
        cookie: cookie_of(answer),
    }
}

/// Goes on with the session of a cookie.
pub(crate) async fn refreshes(who: &Someone) -> Answer {
    let body = json!({"session_id": who.session_id});
    let request = Request::new("POST", "/v1/auth/refresh").json(&body);
    request.with("cookie", who.cookie.as_deref().unwrap_or_default()).send(who.hub).await
}

/// Proves it again.
pub(crate) async fn steps_up(who: &Someone, proof: Proof) -> Result<(), Fault> {
    let asked = who.calls(BeginStepUp {}).await?;
    who.calls(StepUp { challenge: asked.challenge, proof }).await.map(|_| ())
}

/// `Cookie` of everything that an answer sets.
pub(crate) fn cookies_of(answer: &Answer) -> String {
    let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let pairs: Vec<_> = set.filter_map(|(_, it)| it.split(';').next()).collect();
    pairs.join("; ")
}

/// The methods of a `step_up` fault.
pub(crate) fn methods_of(fault: &Fault) -> Value {
    serde_json::to_value(&fault.step_up).expect("JSON")["methods"].clone()
}

fn base32(text: &str) -> Vec<u8> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = text
        .chars()
        .map(|it| format!("{:05b}", letters.find(it).expect("a letter of base32")))
        .collect();
    bits.as_bytes()
        .chunks_exact(8)
        .map(|it| u8::from_str_radix(std::str::from_utf8(it).unwrap(), 2).unwrap())
        .collect()
}
