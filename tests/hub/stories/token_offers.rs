//! One token of each kind, and how each place is asked to take one.

use super::token_table::{KINDS, Kind, Place};
use crate::support::http::{Answer, Request};
use crate::support::identity::{Account, cookies_of};
use crate::support::provider::{OpenId, location, tells_logout};
use crate::support::{Clinic, Socket, Someone, at};
use bedside::auth::federated::{Flow, Ticket};
use bedside::clock::Clock as _;
use bedside::protocol::auth::{BeginPasskeySignIn, BeginStepUp, SignInAnswer};
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::factor::BeginPasskey;
use bedside::protocol::file::FileVariant;
use bedside::protocol::ids::SessionId;
use bedside::protocol::person::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// Whoever has all of them, and everything that is needed to offer one.
pub(super) struct Desk<'a> {
    clinic: &'a Clinic,
    tokens: BTreeMap<Kind, String>,
    ana: Someone,
    otto: SessionId,
    /// The way to a provider whose flow is offered, and that whose state is.
    flow_state: String,
    state_flow: String,
    file: String,
}

fn ticket_at(clinic: &Clinic) -> Ticket {
    Ticket {
        id: Uuid::new_v4(),
        provider: "sso".to_owned(),
        subject: "somebody unknown".to_owned(),
        sid: None,
        email: None,
        proved_at: None,
        is_second_factor: false,
        is_by_address: false,
        link: None,
        at: clinic.clock.now(),
    }
}

/// The value of the cookie whose name begins so.
fn cookie_named(answer: &Answer, begin: &str) -> String {
    let all = cookies_of(answer);
    let its = all.split("; ").find(|it| it.starts_with(begin)).expect(begin);
    its.split_once('=').expect("a value").1.to_owned()
}

impl<'a> Desk<'a> {
    pub(super) async fn open(clinic: &'a Clinic, provider: &OpenId) -> Desk<'a> {
        let mut account: Account = clinic.account(Role::Patient, "Ana Fictional").await;
        let ana = account.signs_in(clinic.hub).await;
        let recovery = clinic.enrols(&ana, &mut account).await;
        clinic.clock.advance(Duration::from_secs(30));
        let otto = clinic.account(Role::Patient, "Otto Fictional").await.tries(clinic.hub).await;
        let signed: SignInAnswer = crate::support::people::read(&otto).expect("signed in");
        let signed = signed.opened().expect("no second factor");
        let dr_b = clinic.clinician("Dr. Bo Fictional").await;
        let visit = clinic.books(&ana, &dr_b).await;
        let link = clinic.link(visit, visit.patient).await.join_token;
        let (writes, _reads) = clinic.chat().await;
        let file = writes.who.uploads(writes.id, "words.txt", b"Words").await.file_id;
        let file = writes.who.links(file, FileVariant::Original).await.expect("hers");
        let (file, of_file) = file.split_once("?token=").expect("a token");
        let practice = clinic.practice().await;
        let hold = ana.holds(&practice, at(3, "10:00")).await.expect("held").hold_token;
        let by_mail = clinic.asks_for_link("otto.fictional@clinic.invalid").await;
        let sealer = clinic.keys().sealer;
        let now = clinic.clock.now();
        let [flow, state_flow] = [0, 1].map(|_| Flow::new("sso", None, now));
        let sealed = |it: &Flow| it.seal(&sealer).expect("sealed").into_exposed();
        let unknown = json!({"sub": "somebody unknown"});
        let identity = json!({"sub": "ana", "nonce": "n", "events": null});
        let asked = account.is_asked(clinic.hub).await.challenge;
        let again = ana.calls(BeginStepUp {}).await.expect("asked").challenge;
        let key = ana.calls(BeginPasskey {}).await.expect("begun").challenge;
        let nobody = clinic.stranger().calls(BeginPasskeySignIn {}).await.expect("asked");
        let tokens = [
            (Kind::Access, ana.token.clone()),
            (Kind::Refresh, cookie_named(&otto, "bedside_refresh_")),
            (Kind::Device, cookie_named(&otto, "bedside_device_")),
            (Kind::JoinLink, link.into_exposed()),
            (Kind::SecondStep, asked.into_exposed()),
            (Kind::StepUp, again.into_exposed()),
            (Kind::PasskeySignIn, nobody.challenge.into_exposed()),
            (Kind::AddPasskey, key.into_exposed()),
            (Kind::Recovery, recovery[0].expose().clone()),
            (Kind::ProviderFlow, sealed(&flow)),
            (Kind::ProviderState, state_flow.state(&sealer).into_exposed()),
            (Kind::ProviderTicket, ticket_at(clinic).seal(&sealer).expect("sealed").into_exposed()),
            (Kind::FileLink, of_file.to_owned()),
            (Kind::Hold, hold.into_exposed()),
            (Kind::PasswordLink, by_mail),
            (Kind::IdToken, provider.logout_token(identity, json!({"typ": "JWT"}), "own").await),
            (Kind::LogoutToken, provider.logout_token(unknown, json!({}), "own").await),
        ];
        let tokens: BTreeMap<_, _> = tokens.into_iter().collect();
        assert_eq!(tokens.len(), KINDS.len(), "one of each");
        Desk {
            clinic,
            tokens,
            ana,
            otto: signed.me.session_id,
            flow_state: flow.state(&sealer).into_exposed(),
            state_flow: sealed(&state_flow),
            file: file.to_owned(),
        }
    }

    pub(super) fn token(&self, kind: Kind) -> &str {
        &self.tokens[&kind]
    }

    /// Where a file is sent to.
    pub(super) fn upload(&self) -> String {
        self.file.replace("/original", "/content")
    }

    /// As the refresh token of a sign-in that is there for this.
    pub(super) async fn offers_as_refresh(&self, kind: Kind) -> String {
        let victim = self.clinic.patient("Vic Fictional").await;
        let session_id = victim.session_id.expect("signed in");
        self.refreshes(session_id, self.token(kind), kind).await
    }

    /// Offers it there; the code of what is told, or "good".
    pub(super) async fn offers(&self, place: Place, kind: Kind) -> String {
        let token = self.token(kind).to_owned();
        let (hub, token) = (self.clinic.hub, token.as_str());
        let assertion = json!({
            "credential_id": "AAAA", "client_data": "e30", "authenticator_data": "AAAA",
            "signature": "AAAA",
        });
        let passkey = json!({"client_data": "e30", "attestation_object": "oA"});
        let wrong = json!({"kind": "totp", "code": "000000"});
        let as_ana = |op: &'static str, params: Value| {
            let ana = self.ana.clone();
            async move { code(&ana.asks(op, &params).await) }
        };
        let bearer = Someone { token: token.to_owned(), ..self.clinic.stranger() };
        match place {
            Place::Bearer => code(&bearer.asks("me.read", &json!({})).await),
            Place::Hello => match Socket::open(&bearer, Codec::Json, None, vec![]).await {
                Ok(socket) => {
                    socket.says_goodbye().await;
                    "good".to_owned()
                }
                Err(closed) => {
                    let why = CloseReason::ALL.iter().find(|it| it.code() == closed);
                    why.expect("a code of ours").name().to_owned()
                }
            },
            Place::Renewal => {
                let mut socket = self.ana.connects(Codec::MessagePack).await;
                let told = socket.authenticates(token).await;
                socket.says_goodbye().await;
                told.map_or_else(|it| it.code.as_str().to_owned(), |()| "good".to_owned())
            }
            Place::RefreshCookie => self.refreshes(self.otto, token, kind).await,
            Place::JoinToken => {
                self.posts("/v1/video/sessions", &json!({"join_token": token}), "", kind).await
            }
            Place::SecondStep => {
                let body = json!({"challenge": token, "proof": wrong});
                self.posts("/v1/auth/factor", &body, "", kind).await
            }
            Place::PasskeySignIn => {
                let body = json!({"challenge": token, "assertion": assertion});
                self.posts("/v1/auth/passkey", &body, "", kind).await
            }
            Place::StepUp => {
                as_ana("auth.step_up", json!({"challenge": token, "proof": wrong})).await
            }
            Place::AddPasskey => {
                let params = json!({"challenge": token, "name": "key", "passkey": passkey});
                as_ana("factor.add_passkey", params).await
            }
            Place::FlowCookie => self.comes_back(token, &self.flow_state, kind).await,
            Place::State => self.comes_back(&self.state_flow, token, kind).await,
            Place::TicketCookie => {
                let cookie = format!("bedside_provider_ticket={token}");
                self.posts("/v1/auth/provider", &json!({}), &cookie, kind).await
            }
            Place::FileLink => {
                let path = format!("{}?token={token}", self.file);
                code(&Request::new("GET", &path).send(hub).await)
            }
            Place::Hold => as_ana("slot.release", json!({"hold_token": token})).await,
            Place::PasswordLink => {
                let body = json!({"link_token": token, "password": "another fictional passphrase"});
                self.posts("/v1/auth/password/reset", &body, "", kind).await
            }
            Place::Logout => code(&tells_logout(self.clinic, token).await),
        }
    }

    /// From an address of its own: bounds on callers are no story of these.
    async fn sends(&self, request: Request, kind: Kind) -> Answer {
        let number = KINDS.iter().position(|it| *it == kind).expect("a kind");
        let request = request.with("x-forwarded-for", &format!("203.0.113.{number}"));
        request.send(self.clinic.hub).await
    }

    async fn posts(&self, path: &str, body: &Value, cookie: &str, kind: Kind) -> String {
        let request = Request::new("POST", path).json(body).with("cookie", cookie);
        code(&self.sends(request, kind).await)
    }

    async fn refreshes(&self, session: SessionId, token: &str, kind: Kind) -> String {
        let cookie = format!("bedside_refresh_{}={token}", session.0.simple());
        self.posts("/v1/auth/refresh", &json!({"session_id": session}), &cookie, kind).await
    }

    async fn comes_back(&self, flow: &str, state: &str, kind: Kind) -> String {
        let path = format!("/v1/auth/oidc/sso/callback?code=x&state={state}");
        let request = Request::new("GET", &path);
        let request = request.with("cookie", &format!("bedside_provider_flow={flow}"));
        let answer = self.sends(request, kind).await;
        let to = location(&answer);
        to.split_once("#provider_fault=").map_or("good", |(_, code)| code).to_owned()
    }
}

fn code(answer: &Answer) -> String {
    if answer.status < 300 { "good".to_owned() } else { answer.code() }
}
