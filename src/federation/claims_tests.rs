//! What a provider may say, and what of it is believed.

use super::*;
use serde_json::json;

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
const ISSUER: &str = "https://id.example";

fn good() -> Value {
    json!({
        "iss": ISSUER, "sub": "248289761001", "aud": "bedside", "nonce": "n-0S6",
        "iat": 1_800_000_000, "exp": 1_800_000_300, "auth_time": 1_799_999_000,
        "acr": "urn:two", "amr": ["pwd", "otp"], "sid": "s-1",
        "email": "Ana@Clinic.Example", "email_verified": true,
    })
}

fn check(claims: Value) -> Result<Said, Refusal> {
    check_since(claims, 1_799_990_000_000)
}

fn check_since(claims: Value, since: i64) -> Result<Said, Refusal> {
    let claims: IdClaims = serde_json::from_value(claims).map_err(|_| Refusal::Shape)?;
    claims.checked(&Expected {
        issuer: ISSUER,
        client: "bedside",
        nonce: "n-0S6",
        access_token: Some("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
        is_eddsa: false,
        now: NOW,
        proven_since: UnixMillis(since),
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = good();
    claims[name] = value;
    claims
}

#[test]
fn a_good_token_says_who_it_is() {
    let said = check(good()).unwrap();
    assert_eq!((said.subject.as_str(), said.sid.as_deref()), ("248289761001", Some("s-1")));
    assert_eq!(said.email.as_deref(), Some("ana@clinic.example"));
    assert_eq!(said.proved_at, Some(UnixMillis(1_799_999_000_000)));
    // The example of OpenID Connect Core 1.0, A.3.
    assert!(check(with("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ"))).is_ok());
    for (name, value) in [
        ("aud", json!(["bedside"])),
        ("azp", json!("bedside")),
        ("exp", json!(1_799_999_950)),
        ("iat", json!(1_800_000_059)),
        ("nbf", json!(1_800_000_059)),
        ("amr", json!([])),
    ] {
        assert!(check(with(name, value.clone())).is_ok(), "{name} {value}");
    }
    let mut two = with("aud", json!(["other", "bedside"]));
    two["azp"] = json!("bedside");
    assert!(check(two).is_ok());
}

#[test]
fn an_address_counts_when_the_provider_says_that_it_has_verified_it() {
    for value in [json!(false), json!("true"), json!(1), Value::Null] {
        assert_eq!(check(with("email_verified", value)).unwrap().email, None);
    }
}

#[test]
fn nobody_is_believed_to_have_proven_anything_in_the_future() {
    assert_eq!(check(with("auth_time", json!(1_800_000_030))).unwrap().proved_at, Some(NOW));
    assert_eq!(check(with("auth_time", json!(1_800_009_000))), Err(Refusal::Proof));
}

#[test]
fn who_has_to_prove_it_anew_has_done_so_since() {
    let of = |time: Value| check_since(with("auth_time", time), 1_799_999_990_500).map(|_| ());
    assert_eq!(of(json!(1_799_999_990)), Ok(()), "it may have been in that second");
    assert_eq!(of(json!(1_800_000_000)), Ok(()));
    for time in [json!(1_799_999_989), json!(1_800_009_000), json!(i64::MIN), Value::Null] {
        assert_eq!(of(time.clone()), Err(Refusal::Proof), "{time}");
    }
}

#[test]
fn whatever_is_wrong_is_refused() {
    let long = "x".repeat(256);
    for (name, value, refusal) in [
        ("iss", json!("https://id.example/"), Refusal::Issuer),
        ("iss", json!("https://evil.example"), Refusal::Issuer),
        ("aud", json!("other"), Refusal::Audience),
        ("aud", json!([]), Refusal::Audience),
        ("aud", json!(["bedside", "other"]), Refusal::Audience),
        ("azp", json!("other"), Refusal::Audience),
        ("exp", json!(1_799_999_940), Refusal::Time),
        ("exp", json!(i64::MIN), Refusal::Time),
        ("iat", json!(1_800_000_061), Refusal::Time),
        ("iat", json!(1_799_999_640), Refusal::Time),
        ("nbf", json!(1_800_000_061), Refusal::Time),
        ("nonce", json!("other"), Refusal::Nonce),
        ("nonce", Value::Null, Refusal::Nonce),
        ("at_hash", json!("AAAA"), Refusal::AccessHash),
        ("sub", json!(""), Refusal::Subject),
        ("sub", json!("a\nb"), Refusal::Subject),
        ("sub", json!(long), Refusal::Subject),
        ("sub", json!(7), Refusal::Shape),
        ("exp", json!("soon"), Refusal::Shape),
    ] {
        assert_eq!(check(with(name, value.clone())).map(|_| ()), Err(refusal), "{name} {value}");
    }
}

fn logout(change: impl FnOnce(&mut Value)) -> Result<LogoutTold, Refusal> {
    let mut claims = json!({
        "iss": ISSUER, "aud": "bedside", "iat": 1_800_000_000, "exp": 1_800_000_120,
        "jti": "j-1", "sub": "248289761001", "sid": "s-1", "events": {},
    });
    claims["events"][LOGOUT] = json!({});
    change(&mut claims);
    let claims: LogoutClaims = serde_json::from_value(claims).map_err(|_| Refusal::Shape)?;
    claims.checked(ISSUER, "bedside", NOW)
}

#[test]
fn a_logout_says_whose() {
    let told = logout(|_| ()).unwrap();
    assert_eq!((told.jti.as_str(), told.subject.as_deref()), ("j-1", Some("248289761001")));
    assert!(told.expires_at > NOW.plus(OLD_LOGOUT));
    assert_eq!(logout(|it| it["sub"] = Value::Null).unwrap().subject, None);
    for (refusal, wrong) in [
        (Refusal::Issuer, (|it: &mut Value| it["iss"] = json!("x")) as fn(&mut Value)),
        (Refusal::Audience, |it| it["aud"] = json!("x")),
        (Refusal::Nonce, |it| it["nonce"] = json!("n-0S6")),
        (Refusal::Event, |it| it["events"] = json!({})),
        (Refusal::Event, |it| it["events"][LOGOUT] = json!(true)),
        (Refusal::Time, |it| it["exp"] = json!(1_799_999_000)),
        (Refusal::Time, |it| it["iat"] = json!(1_799_990_000)),
        (Refusal::Time, |it| it["iat"] = json!(1_800_000_100)),
        (Refusal::Subject, |it| {
            it["sub"] = Value::Null;
            it["sid"] = Value::Null;
        }),
        (Refusal::Subject, |it| it["jti"] = json!("")),
        (Refusal::Shape, |it| it["jti"] = Value::Null),
    ] {
        assert_eq!(logout(wrong).map(|_| ()), Err(refusal));
    }
}
