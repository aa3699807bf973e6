//! Every claim and every member of the header, wrong and missing, and every other kind of key.

use super::*;
use crate::protocol::ids::ParticipantId;

/// Claims of every shape that ours have: of an account, of who can only enrol, of who came by a link.
fn shapes(keys: &Keys) -> Vec<(String, Value)> {
    let (tokens, session) = (tokens(keys), SessionId(Uuid::from_u128(8)));
    let ends = NOW.plus(Duration::from_secs(86_400));
    let guest = Principal {
        who: Who::Participant(ParticipantId(Uuid::from_u128(9))),
        role: Role::Interpreter,
        only_visit: Some(AppointmentId(Uuid::from_u128(10))),
        ..ana()
    };
    let issued = [(ana(), false), (ana(), true), (guest, false)];
    let of = |(principal, is_limited)| {
        let token = tokens.issue_for(principal, session, NOW, ends, is_limited).unwrap().0;
        let text = |n| {
            let part = token.expose().split('.').nth(n).unwrap();
            String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        (text(0), serde_json::from_str(&text(1)).unwrap())
    };
    issued.into_iter().map(of).collect()
}

/// What each claim may not say. A claim that we issue and that has no row fails the test.
fn wrong_claims() -> Vec<(&'static str, Vec<Value>)> {
    let (now, id) = (NOW.0 / 1_000, Uuid::from_u128(7).to_string());
    let other_types = |more: Vec<Value>| {
        let all =
            [json!(null), json!([]), json!({}), json!(true), json!(-1), json!(""), json!("x")];
        all.into_iter().chain(more).collect::<Vec<_>>()
    };
    let bare = format!("person:{id}");
    let subjects = [
        id.clone(),
        format!("{bare} "),
        format!("Person:{id}"),
        format!("admin:{id}"),
        "person:".to_owned(),
        "person:7".to_owned(),
        format!("{bare}:{id}"),
    ];
    let later = now + 900;
    let ends = [json!(now - 6), json!(now - 1), json!(later + 1), json!(now + 86_400)];
    let ends = ends.into_iter().chain([json!(0), json!(i64::MAX), json!(u64::MAX)]);
    let ends = ends.chain([json!(i64::MIN), json!(1.8e9), json!(later.to_string())]);
    let begins = [json!(now + 6), json!(now - 901), json!(0), json!(i64::MIN), json!(i64::MAX)];
    let begins = begins.into_iter().chain([json!(1.8e9), json!(now.to_string())]);
    vec![
        (
            "iss",
            other_types(vec![
                json!("http://localhost:8080/"),
                json!("HTTP://localhost:8080"),
                json!("http://localhost"),
                json!(["http://localhost:8080"]),
            ]),
        ),
        ("aud", other_types(vec![json!("other"), json!("Bedside"), json!(["bedside"])])),
        (
            "sub",
            other_types(
                subjects.into_iter().chain([bare.to_uppercase()]).map(Value::from).collect(),
            ),
        ),
        ("sid", other_types(vec![json!("../1"), json!([id.clone()])])),
        ("role", other_types(vec![json!("emperor"), json!("Admin"), json!(["admin"])])),
        ("org", other_types(vec![json!("first"), json!([id.clone()])])),
        ("visit", vec![json!([]), json!({}), json!(true), json!(1), json!(""), json!("all")]),
        ("enrol", vec![json!(null), json!([]), json!({}), json!(0), json!("false")]),
        ("iat", other_types(begins.collect())),
        ("exp", other_types(ends.collect())),
    ]
}

#[test]
fn every_claim_is_looked_at() {
    let keys = Keys::ephemeral().unwrap();
    let (ours, key) = (tokens(&keys), TokenKey::read(&keys.signing, 0).unwrap());
    let refused = |header: &str, claims: &Value, what: &str| {
        let told = ours.verify(&forged(&key, header, &claims.to_string()), NOW);
        assert_eq!(told.expect_err(what), Fault::new(FaultCode::Unauthenticated), "{what}");
    };
    let rows = wrong_claims();
    for (header, claims) in shapes(&keys) {
        let good = ours.verify(&forged(&key, &header, &claims.to_string()), NOW);
        assert!(good.is_ok(), "what is compared with");
        for name in claims.as_object().unwrap().keys() {
            assert!(rows.iter().any(|(it, _)| it == name), "{name} has no row");
            let mut without = claims.clone();
            without.as_object_mut().unwrap().shift_remove(name);
            // Who is not limited says nothing of it.
            if name != "enrol" {
                refused(&header, &without, &format!("no {name}"));
            }
        }
        for (name, wrong) in &rows {
            for value in wrong {
                let mut with = claims.clone();
                with[*name] = value.clone();
                refused(&header, &with, &format!("{name} is {value}"));
            }
        }
        for name in ["admin", "scope", "nbf", "jti", "cnf", "Sub", "roles"] {
            let mut with = claims.clone();
            with[name] = json!(1);
            refused(&header, &with, &format!("{name} is known to nobody"));
        }
        // What is good elsewhere does not go with the rest.
        let mut with = claims.clone();
        match claims.get("visit") {
            Some(_) => with["enrol"] = json!(true),
            None => with["visit"] = json!(Uuid::from_u128(10)),
        }
        refused(&header, &with, "of another shape");
    }
}

#[test]
fn every_member_of_the_header_is_looked_at() {
    let keys = Keys::ephemeral().unwrap();
    let (ours, key) = (tokens(&keys), TokenKey::read(&keys.signing, 0).unwrap());
    let (header, claims) = shapes(&keys).swap_remove(0);
    let header: Value = serde_json::from_str(&header).unwrap();
    let kid = key.id.as_str();
    let other = TokenKey::read(&Keys::ephemeral().unwrap().signing, 0).unwrap().id;
    let types = [json!(null), json!(1), json!([]), json!({}), json!("")];
    let rows: Vec<(&str, Vec<Value>)> = vec![
        (
            "typ",
            vec![json!("JWT"), json!("logout+jwt"), json!("AT+JWT"), json!("application/at+jwt")],
        ),
        ("alg", ["none", "ES256", "RS256", "HS256", "Ed25519", "eddsa"].map(Value::from).into()),
        ("kid", vec![json!(other), json!(format!("{kid}x")), json!(format!("{kid} "))]),
        ("kid", vec![json!([kid]), json!(format!("{kid}/../{kid}")), json!(format!("{kid}\0"))]),
        ("cty", vec![json!("JWT"), json!("x")]),
        ("crit", vec![json!(["exp"]), json!(["b64"]), json!([])]),
        ("b64", vec![json!(false), json!(true)]),
        ("zip", vec![json!("DEF")]),
        ("enc", vec![json!("A256GCM")]),
        ("x5t", vec![json!("AAAA")]),
        ("x5t#S256", vec![json!("AAAA")]),
        ("x5c", vec![json!(["AAAA"])]),
        ("nonce", vec![json!("1")]),
        ("url", vec![json!("http://evil.example")]),
        ("anything", vec![json!(1)]),
    ];
    let refused = |header: &Value, what: &str| {
        let told = ours.verify(&forged(&key, &header.to_string(), &claims.to_string()), NOW);
        assert_eq!(told.expect_err(what), Fault::new(FaultCode::Unauthenticated), "{what}");
    };
    for (name, wrong) in rows {
        let ours = ["typ", "alg", "kid"].contains(&name);
        for value in wrong.into_iter().chain(types.clone().into_iter().filter(|_| ours)) {
            let mut with = header.clone();
            with[name] = value.clone();
            refused(&with, &format!("{name} is {value}"));
        }
    }
    for name in header.as_object().unwrap().keys() {
        let mut without = header.clone();
        without.as_object_mut().unwrap().shift_remove(name);
        refused(&without, &format!("no {name}"));
    }
}

#[test]
fn no_other_kind_of_key_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::open(folder.path()).unwrap());
    let first = TokenKey::read(&keys.signing, 0).unwrap();
    keys.rotate_token_key(NOW.0).unwrap();
    let ours = Tokens::open("http://localhost:8080", Arc::clone(&keys)).unwrap();
    let (header, claims) = shapes(&keys).swap_remove(0);
    let claims = claims.to_string();
    assert!(ours.verify(&forged(&first, &header, &claims), NOW).is_ok(), "what is compared with");
    let second = issue(&ours);
    let second = decode_header(&second).unwrap().kid.unwrap();
    assert_ne!(second, first.id);
    let encoded = |it: &str| URL_SAFE_NO_PAD.encode(it);
    let as_alg = |alg: &str| header.replace("EdDSA", alg);
    let signed = |alg: &str, key: &EncodingKey, by: Algorithm| {
        let message = format!("{}.{}", encoded(&as_alg(alg)), encoded(&claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, by).unwrap();
        format!("{message}.{signature}")
    };
    let random = aws_lc_rs::rand::SystemRandom::new();
    let curve = &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    let p256 = aws_lc_rs::signature::EcdsaKeyPair::generate_pkcs8(curve, &random).unwrap();
    let p256 = EncodingKey::from_ec_der(p256.as_ref());
    let eddsa = EncodingKey::from_ed_der(first.pkcs8.expose());
    // The public key as it can be had: bare, and in the DER that says what it is.
    let spki =
        [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], &first.public].concat();
    let x = URL_SAFE_NO_PAD.encode(&first.public);
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        base64::engine::general_purpose::STANDARD.encode(&spki)
    );
    let secrets = [&first.public[..], &spki, x.as_bytes(), pem.as_bytes(), b""];
    let mut bad: Vec<(String, String)> = vec![
        ("a key of P-256 that says so".into(), signed("ES256", &p256, Algorithm::ES256)),
        ("a key of P-256 that says it is ours".into(), signed("EdDSA", &p256, Algorithm::ES256)),
        ("our key as one of P-256".into(), signed("ES256", &eddsa, Algorithm::EdDSA)),
        ("our key as a secret by name".into(), signed("HS256", &eddsa, Algorithm::EdDSA)),
        (
            "another key of ours by name".into(),
            forged(&first, &header.replace(&first.id, &second), &claims),
        ),
    ];
    for alg in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        for (n, secret) in secrets.iter().enumerate() {
            let key = EncodingKey::from_secret(secret);
            bad.push((
                format!("{alg:?}, the public key ({n})"),
                signed(&format!("{alg:?}"), &key, alg),
            ));
            bad.push((format!("{alg:?}, as ours ({n})"), signed("EdDSA", &key, alg)));
        }
    }
    // A good one inside another: as its claims, and whole as one part.
    let good = forged(&first, &header, &claims);
    bad.push(("a token in a token".into(), forged(&first, &header, &good)));
    bad.push(("the same, as a text".into(), forged(&first, &header, &json!(good).to_string())));
    for alg in ["none", "None", "nOnE", "NONE", ""] {
        let message = format!("{}.{}", encoded(&as_alg(alg)), encoded(&claims));
        for signature in ["", "AAAA", good.rsplit('.').next().unwrap()] {
            bad.push((format!("{alg:?} with {signature:?}"), format!("{message}.{signature}")));
        }
    }
    for (what, token) in bad {
        let fault = ours.verify(&token, NOW).expect_err(&what);
        assert_eq!(fault, Fault::new(FaultCode::Unauthenticated), "{what}");
    }
}
