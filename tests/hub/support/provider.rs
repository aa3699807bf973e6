//! An OpenID provider that somebody else wrote, as a process of its own, and a browser that goes there and back.
//!
//! `tests/oidc` has it; `npm ci` there installs it, as `make test` does. Without it these stories fail; `BEDSIDE_TEST_SKIP_OIDC=1` leaves
//! them out.

use super::clinic::{BEGIN, PUBLIC_URL, Settings};
use super::http::{Answer, Request};
use super::people::read;
use super::{Clinic, Kind, Someone, tell_with};
use bedside::config::{Config, Provider, ProviderRole};
use bedside::protocol::auth::SignInAnswer;
use bedside::protocol::fault::Fault;
use bedside::protocol::provider::{IdentityCard, LinkBegun};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

thread_local! {
    /// Issuer of the story that is told on this thread.
    static ISSUER: RefCell<String> = const { RefCell::new(String::new()) };
    /// Browsers that there were.
    static BROWSERS: Cell<u8> = const { Cell::new(0) };
}

/// The provider. It ends when it is dropped.
pub(crate) struct OpenId {
    child: Child,
    pub(crate) issuer: String,
    pub(crate) at: SocketAddr,
}

impl Drop for OpenId {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl OpenId {
    #[expect(
        clippy::disallowed_methods,
        reason = "how the tests are run is no configuration of the hub"
    )]
    fn start() -> Option<Self> {
        if std::env::var("BEDSIDE_TEST_SKIP_OIDC").is_ok_and(|it| it == "1") {
            return None;
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oidc");
        assert!(
            std::path::Path::new(folder).join("node_modules").exists(),
            "there is no provider: `npm ci` in tests/oidc, or BEDSIDE_TEST_SKIP_OIDC=1"
        );
        let asked = json!({
            "redirect": format!("{PUBLIC_URL}/v1/auth/oidc/sso/callback"),
            "now": BEGIN.0,
        });
        let mut child = Command::new("node")
            .arg("provider.mjs")
            .arg(asked.to_string())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("node starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("it says where it is");
        let issuer = line.trim().to_owned();
        let at = issuer.trim_start_matches("http://").parse().expect("an address");
        Some(OpenId { child, issuer, at })
    }

    /// Changes what it tells of itself; how often its keys were fetched.
    pub(crate) async fn says(&self, what: Value) -> u64 {
        let answer = Request::new("POST", "/say").json(&what).send(self.at).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["fetchedKeys"].as_u64().expect("a number")
    }

    /// A logout token.
    pub(crate) async fn logout_token(&self, claims: Value, header: Value, key: &str) -> String {
        let asked = json!({"claims": claims, "header": header, "key": key});
        Request::new("POST", "/logout-token").json(&asked).send(self.at).await.text()
    }

    pub(crate) fn browser(&self, clinic: &Clinic) -> Browser {
        let number = BROWSERS.with(|it| it.replace(it.get().wrapping_add(1)));
        Browser {
            hub: clinic.hub,
            address: format!("198.51.100.{number}"),
            provider: self.at,
            cookies: BTreeMap::new(),
            theirs: BTreeMap::new(),
        }
    }
}

/// Tells a story to a clinic whose settings name a provider that runs.
pub(crate) fn tell_with_provider(
    kind: Kind,
    settings: Settings,
    story: impl AsyncFnOnce(&mut Clinic, &OpenId),
) {
    let Some(provider) = OpenId::start() else { return };
    ISSUER.with(|it| it.replace(provider.issuer.clone()));
    tell_with(kind, settings, async |clinic| story(clinic, &provider).await);
}

/// The provider of this story: for patients and whoever has an account, and for what it says of addresses not believed.
pub(crate) fn with_provider(config: &mut Config) {
    let secret_file = config.data_dir.join("provider-secret");
    std::fs::write(&secret_file, "a fictional secret\n").expect("written");
    config.trusted_proxies = vec![[127, 0, 0, 1].into()];
    config.identity.allow_loopback_providers = true;
    config.identity.providers = vec![Provider {
        id: "sso".to_owned(),
        name: "Fictional Sign-in".to_owned(),
        issuer: ISSUER.with(|it| it.borrow().clone()),
        client_id: "bedside".to_owned(),
        secret_file,
        organisation: None,
        roles: vec![ProviderRole::Patient, ProviderRole::Clinician, ProviderRole::Admin],
        email_domains: vec![],
        is_authoritative: false,
        second_factor_acr: vec!["urn:example:two".to_owned()],
        second_factor_amr: vec!["otp".to_owned()],
        max_age_s: None,
        hosts: vec![],
        is_inside: false,
        ca_file: PathBuf::new(),
    }];
    config.check().expect("good settings");
}

/// The one provider of these settings.
pub(crate) fn provider_of(config: &mut Config) -> &mut Provider {
    config.identity.providers.first_mut().expect("a provider")
}

/// A browser with cookies of the hub and of the provider.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    pub(crate) hub: SocketAddr,
    provider: SocketAddr,
    /// Where it is: bounds on callers are no story of these.
    address: String,
    pub(crate) cookies: BTreeMap<String, String>,
    theirs: BTreeMap<String, String>,
}

impl Browser {
    /// Opens an address of the hub.
    pub(crate) async fn opens(&mut self, path: &str) -> Answer {
        let request = Request::new("GET", path).with("cookie", &header(&self.cookies));
        let request = request.with("x-forwarded-for", &self.address);
        let answer = request.send(self.hub).await;
        keep(&mut self.cookies, &answer);
        answer
    }

    async fn opens_there(&mut self, path: &str) -> Answer {
        let host = self.provider.to_string();
        let request = Request::new("GET", path).with("host", &host);
        let answer = request.with("cookie", &header(&self.theirs)).send(self.provider).await;
        keep(&mut self.theirs, &answer);
        answer
    }

    /// Clicks the button; the page of the provider.
    pub(crate) async fn goes(&mut self) -> String {
        let answer = self.opens("/v1/auth/oidc/sso/start").await;
        assert_eq!(answer.status, 302, "{}", answer.text());
        location(&answer)
    }

    /// Signs in at the provider as `who`, with more words for its page; the way back.
    pub(crate) async fn signs_in_there(&mut self, page: &str, who: &str) -> String {
        let mut next = page.to_owned();
        for _ in 0..6 {
            let mut path = path_of(&next);
            if path.starts_with("/v1/auth/oidc/") {
                return path;
            }
            if path.starts_with("/interaction/") {
                path = format!("{path}?who={who}");
            }
            let answer = self.opens_there(&path).await;
            assert!((302..=303).contains(&answer.status), "{path}: {}", answer.text());
            next = location(&answer);
        }
        panic!("it leads nowhere: {next}")
    }

    /// Whether the provider asks who it is, or goes by whoever is signed in there.
    pub(crate) async fn is_asked(&self, page: &str) -> bool {
        let answer = self.clone().opens_there(&path_of(page)).await;
        location(&answer).contains("/interaction/")
    }

    /// There and back; where the hub sends the browser.
    pub(crate) async fn goes_and_comes_back(&mut self, who: &str) -> String {
        let page = self.goes().await;
        let back = self.signs_in_there(&page, who).await;
        let answer = self.opens(&back).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        location(&answer)
    }

    /// What the page does then.
    pub(crate) async fn takes_up(&mut self) -> Answer {
        self.posts("/v1/auth/provider", &Someone::stranger(self.hub), &json!({})).await
    }

    /// All of it, to a session or what is asked for one.
    pub(crate) async fn signs_in(&mut self, who: &str) -> Result<SignInAnswer, Fault> {
        assert_eq!(self.goes_and_comes_back(who).await, "/#provider=back");
        read(&self.takes_up().await)
    }

    async fn posts(&mut self, path: &str, who: &Someone, body: &Value) -> Answer {
        let who = Someone { cookie: Some(header(&self.cookies)), ..who.clone() };
        let request = Request::new("POST", path).json(body);
        let request = request.with("x-forwarded-for", &self.address);
        let answer = who.signed(request).send(self.hub).await;
        keep(&mut self.cookies, &answer);
        answer
    }

    /// Begins to link an identity; the page of the provider.
    pub(crate) async fn begins_link(&mut self, account: &Someone) -> Result<String, Fault> {
        let body = json!({"provider_id": "sso"});
        let answer = self.posts("/v1/auth/identities/begin", account, &body).await;
        read::<LinkBegun>(&answer).map(|it| it.url.into_exposed())
    }

    /// What the page does with what has come back.
    pub(crate) async fn links(&mut self, account: &Someone) -> Result<IdentityCard, Fault> {
        read(&self.posts("/v1/auth/identities", account, &json!({})).await)
    }

    /// Links an identity to an account.
    pub(crate) async fn links_as(
        &mut self,
        account: &Someone,
        who: &str,
    ) -> Result<IdentityCard, Fault> {
        let page = self.begins_link(account).await?;
        let back = self.signs_in_there(&page, who).await;
        let answer = self.opens(&back).await;
        assert_eq!(location(&answer), "/account#provider=back");
        self.links(account).await
    }

    /// Signs out at the provider, which tells the hub.
    pub(crate) async fn signs_out_there(&mut self) {
        let page = self.opens_there("/session/end").await;
        let text = page.text();
        let xsrf = text.split("name=\"xsrf\" value=\"").nth(1).and_then(|it| it.split('"').next());
        let form = format!("xsrf={}&logout=yes", xsrf.expect("a form"));
        let mut request = Request::new("POST", "/session/end/confirm")
            .with("host", &self.provider.to_string())
            .with("cookie", &header(&self.theirs))
            .with("content-type", "application/x-www-form-urlencoded");
        request.body = form.into_bytes();
        let answer = request.send(self.provider).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
}

/// The hub is told of a logout.
pub(crate) async fn tells_logout(clinic: &Clinic, token: &str) -> Answer {
    let mut request = Request::new("POST", "/v1/auth/oidc/sso/logout")
        .with("content-type", "application/x-www-form-urlencoded");
    request.body = format!("logout_token={token}").into_bytes();
    request.send(clinic.hub).await
}

pub(crate) fn location(answer: &Answer) -> String {
    answer.header("location").expect("it leads somewhere").to_owned()
}

/// Path and query of an address.
fn path_of(address: &str) -> String {
    match address.split_once("://").and_then(|(_, rest)| rest.split_once('/')) {
        Some((_, path)) => format!("/{path}"),
        None => address.to_owned(),
    }
}

fn header(cookies: &BTreeMap<String, String>) -> String {
    let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("; ")
}

fn keep(cookies: &mut BTreeMap<String, String>, answer: &Answer) {
    for (_, set) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
        let pair = set.split(';').next().and_then(|it| it.split_once('='));
        let (name, value) = pair.expect("a cookie");
        match value {
            "" => cookies.remove(name),
            _ => cookies.insert(name.to_owned(), value.to_owned()),
        };
    }
}
