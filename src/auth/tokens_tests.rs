//! Tokens that are good, and every way in which one can be bad.

use super::*;
use crate::crypto::Keys;
use crate::protocol::ids::{OrganisationId, PersonId};
use std::time::Duration;
use uuid::Uuid;

#[path = "tokens_matrix_tests.rs"]
mod matrix;

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

fn tokens(keys: &Keys) -> Tokens {
    Tokens::new("http://localhost:8080", &keys.signing).unwrap()
}

fn ana() -> Principal {
    Principal {
        who: Who::Person(PersonId(Uuid::from_u128(7))),
        role: Role::Patient,
        organisation: OrganisationId(Uuid::from_u128(77)),
        only_visit: None,
    }
}

fn issue(tokens: &Tokens) -> String {
    let session = SessionId(Uuid::from_u128(8));
    let ends = NOW.plus(Duration::from_secs(86_400));
    tokens.issue(ana(), session, NOW, ends).unwrap().0.into_exposed()
}

#[test]
fn a_token_says_who_until_it_ends() {
    let tokens = tokens(&Keys::ephemeral().unwrap());
    let token = issue(&tokens);
    let caller = tokens.verify(&token, NOW).unwrap();
    assert_eq!(caller.principal, ana());
    assert_eq!(caller.expires_at, NOW.plus(ACCESS_FOR));
    assert!(tokens.verify(&token, NOW.plus(Duration::from_secs(904))).is_ok());
    assert!(tokens.verify(&token, NOW.plus(Duration::from_secs(905))).is_err());
    assert!(tokens.verify(&token, NOW.minus(Duration::from_secs(6))).is_err());
}

/// A token with that header and those claims, signed by that key.
fn forged(key: &TokenKey, header: &str, claims: &str) -> String {
    let encoded = |it: &str| URL_SAFE_NO_PAD.encode(it);
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let key = EncodingKey::from_ed_der(key.pkcs8.expose());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::EdDSA);
    format!("{message}.{}", signature.unwrap())
}

#[test]
fn whatever_is_wrong_the_answer_is_the_same() {
    let keys = Keys::ephemeral().unwrap();
    let ours = tokens(&keys);
    let key = TokenKey::read(&keys.signing, 0).unwrap();
    let good = issue(&ours);
    let parts: Vec<&str> = good.split('.').collect();
    let text = |n: usize| String::from_utf8(URL_SAFE_NO_PAD.decode(parts[n]).unwrap()).unwrap();
    let (header, claims) = (text(0), text(1));
    assert!(ours.verify(&forged(&key, &header, &claims), NOW).is_ok(), "what is compared with");
    let with = |members: &str| header.replacen('{', &format!("{{{members},"), 1);
    let claim = |members: &str| claims.replacen('{', &format!("{{{members},"), 1);
    let seconds = NOW.0 / 1_000;
    let instead = |name: &str, value: i64| {
        let mut all: Value = serde_json::from_str(&claims).unwrap();
        all[name] = value.into();
        all.to_string()
    };
    let stranger_keys = Keys::ephemeral().unwrap();
    let stranger = TokenKey::read(&stranger_keys.signing, 0).unwrap();
    let x = URL_SAFE_NO_PAD.encode(&stranger.public);
    let own_jwk = format!(r#""jwk":{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
    let by_secret = |secret: &[u8]| {
        let head = Header {
            typ: Some("at+jwt".into()),
            kid: Some(key.id.clone()),
            ..Header::new(Algorithm::HS256)
        };
        let claims: Value = serde_json::from_str(&claims).unwrap();
        encode(&head, &claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let kid = |it: &str| header.replace(&key.id, it);
    let none = |alg: &str| {
        let head = format!(r#"{{"alg":"{alg}","typ":"at+jwt","kid":"{}"}}"#, key.id);
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(head), parts[1])
    };
    let bad: Vec<(&str, String)> = vec![
        ("no algorithm", none("none")),
        ("no algorithm, in capitals", none("NONE")),
        ("the public key as a secret", by_secret(&key.public)),
        ("an empty secret", by_secret(b"")),
        ("somebody else's key", forged(&stranger, &header, &claims)),
        ("somebody else's key under its name", forged(&stranger, &kid(&stranger.id), &claims)),
        ("a key that it brings", forged(&stranger, &with(&own_jwk), &claims)),
        ("a key that it brings, by our name", forged(&key, &with(&own_jwk), &claims)),
        ("an address of keys", forged(&key, &with(r#""jku":"http://evil.example/keys""#), &claims)),
        (
            "an address of a certificate",
            forged(&key, &with(r#""x5u":"http://evil.example/c""#), &claims),
        ),
        ("a path as a name", forged(&key, &kid("../../dev/null"), &claims)),
        ("a statement as a name", forged(&key, &kid("' OR 1=1 --"), &claims)),
        ("no name", forged(&key, r#"{"typ":"at+jwt","alg":"EdDSA"}"#, &claims)),
        ("another kind", forged(&key, &header.replace("at+jwt", "JWT"), &claims)),
        ("no kind", forged(&key, &header.replace(r#""typ":"at+jwt","#, ""), &claims)),
        ("two names", forged(&key, &with(r#""kid":"x""#), &claims)),
        ("expired", forged(&key, &header, &instead("exp", seconds - 6))),
        ("of the future", forged(&key, &header, &instead("iat", seconds + 6))),
        (
            "not before the future",
            forged(&key, &header, &claim(&format!(r#""nbf":{}"#, seconds + 60))),
        ),
        ("two subjects", forged(&key, &header, &claim(r#""sub":"person:7""#))),
        ("two ends", forged(&key, &header, &claim(&format!(r#""exp":{}"#, seconds + 9_000)))),
        ("another audience", forged(&key, &header, &claims.replace("\"bedside\"", "\"other\""))),
        ("another issuer", issue(&Tokens::new("http://elsewhere", &keys.signing).unwrap())),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{good}.{}", parts[2])),
        ("nothing", String::new()),
        ("too much", "x".repeat(5_000)),
    ];
    for (what, token) in bad {
        let fault = ours.verify(&token, NOW).expect_err(what);
        assert_eq!(fault, Fault::new(FaultCode::Unauthenticated), "{what}");
    }
}

#[test]
fn a_new_key_signs_and_the_old_one_verifies_what_still_lives() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::open(folder.path()).unwrap());
    let open = || Tokens::open("http://localhost:8080", Arc::clone(&keys)).unwrap();
    let (one, two) = (open(), open());
    let old = issue(&one);
    let rotated = Keys::open(folder.path()).unwrap().rotate_token_key(NOW.0).unwrap();
    one.read_again();
    let new = issue(&one);
    assert!(new != old && one.verify(&new, NOW).is_ok());
    assert_eq!(one.signing_since(), NOW);
    // A node that was not told looks when it meets a key that it does not know.
    assert!(two.verify(&old, NOW).is_ok());
    assert!(two.verify(&new, NOW).is_ok());
    for tokens in [&one, &two] {
        let names = |at| {
            let keys = tokens.jwks(at)["keys"].clone();
            let all = keys.as_array().unwrap();
            all.iter().map(|it| it["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(NOW).len(), 2, "both are told");
        assert_eq!(names(NOW)[0], rotated, "the newest first");
        let last = NOW.plus(ACCESS_FOR.saturating_add(NOTICED_WITHIN));
        assert_eq!(names(last), std::slice::from_ref(&rotated));
        let late = tokens.issue(ana(), SessionId(Uuid::from_u128(8)), last, last.plus(ACCESS_FOR));
        assert!(tokens.verify(late.unwrap().0.expose(), last).is_ok());
    }
    // By the old key, at a time when nobody signs by it any more.
    let stale = Tokens::new("http://localhost:8080", &keys.signing).unwrap();
    let late = NOW.plus(ACCESS_FOR.saturating_add(NOTICED_WITHIN));
    let session = SessionId(Uuid::from_u128(8));
    let forged = stale.issue(ana(), session, late, late.plus(ACCESS_FOR)).unwrap().0;
    assert!(one.verify(forged.expose(), late).is_err());
}

#[test]
fn who_makes_up_names_of_keys_does_not_have_the_folder_read_all_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::open(folder.path()).unwrap());
    let tokens = Tokens::open("http://localhost:8080", Arc::clone(&keys)).unwrap();
    let stranger = issue(&super::tests::tokens(&Keys::ephemeral().unwrap()));
    assert!(tokens.verify(&stranger, NOW).is_err());
    keys.rotate_token_key(NOW.0).unwrap();
    let new = issue(&Tokens::open("http://localhost:8080", Arc::clone(&keys)).unwrap());
    assert!(tokens.verify(&new, NOW).is_err(), "it has just looked");
    assert!(tokens.verify(&new, NOW.plus(Duration::from_secs(1))).is_ok());
}
