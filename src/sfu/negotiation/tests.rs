//! What offers are taken, and which hostile ones are turned away.

use super::*;
use crate::sfu::rig::offer_text;
use proptest::prelude::*;

fn refused(text: &str) -> MediaError {
    parse(text).expect_err("a hostile offer was taken")
}

#[test]
fn a_full_offer_is_read() {
    let offer = parse(&offer_text(3)).unwrap();
    assert_eq!(offer.slots, 3);
    assert_eq!(offer.fingerprint, [0xAB; 32]);
    assert_eq!(offer.ufrag, "client");
    assert_eq!(offer.ids, crate::sfu::rig::IDS);
    let roles: Vec<Role> = offer.sections.iter().map(|section| section.role).collect();
    let expected = [
        Role::Send(Source::Microphone),
        Role::Send(Source::Camera),
        Role::Send(Source::Screen),
        Role::Slot(0),
        Role::Slot(0),
        Role::Slot(1),
        Role::Slot(1),
        Role::Slot(2),
        Role::Slot(2),
    ];
    assert_eq!(roles, expected);
    assert_eq!(offer.sections[1].rids, ["l", "m", "h"]);
    assert_eq!((offer.sections[1].payload_type, offer.sections[1].rtx), (96, Some(97)));
    assert_eq!(offer.sections[0].parameters, "minptime=10;useinbandfec=1");
}

#[test]
fn layers_are_ordered_by_size_whatever_their_order_in_the_offer() {
    let text = offer_text(1).replace(
        "a=rid:l send\r\na=rid:m send\r\na=rid:h send",
        "a=rid:h send\r\na=rid:l send\r\na=rid:m send",
    );
    assert_eq!(parse(&text).unwrap().sections[1].rids, ["l", "m", "h"]);
}

#[test]
fn a_client_without_simulcast_and_with_named_ssrcs_is_served() {
    let text = offer_text(1).replace(
        "a=rid:l send\r\na=rid:m send\r\na=rid:h send\r\na=simulcast:send l;m;h\r\n",
        "a=ssrc-group:FID 11 12\r\na=ssrc:11 cname:x\r\na=ssrc:11 msid:a b\r\na=ssrc:12 cname:x\r\n",
    );
    let offer = parse(&text).unwrap();
    assert!(offer.sections[1].rids.is_empty());
    assert_eq!(offer.sections[1].ssrcs, [11, 12]);
}

#[test]
fn a_session_wide_fingerprint_may_be_repeated_in_every_section() {
    let line = format!("a=fingerprint:sha-256 {}\r\n", ["ab"; 32].join(":"));
    assert!(parse(&offer_text(1).replace("a=rtcp-mux\r\n", &line)).is_ok());
}

#[test]
fn halves_without_a_partner_are_no_slots() {
    let text = offer_text(2);
    let (short, _) = text.rsplit_once("m=video").unwrap();
    let short = short.replace("a=group:BUNDLE 0 1 2 3 4 5 6", "a=group:BUNDLE 0 1 2 3 4 5");
    let offer = parse(&short).unwrap();
    assert_eq!(offer.slots, 1);
    assert_eq!(offer.sections.last().unwrap().role, Role::Unused);
}

#[test]
fn hostile_offers_are_refused() {
    let good = offer_text(1);
    let without = |line: &str| good.replace(line, "");
    let fingerprint = ["AB"; 32].join(":");
    let table: Vec<(&str, String)> = vec![
        ("empty", String::new()),
        ("not SDP", "hello".to_owned()),
        ("binary", good.replace("client", "cli\0nt")),
        ("not ASCII", good.replace("client", "clïent")),
        ("no version", without("v=0\r\n")),
        ("no media", good.split("m=").next().unwrap().to_owned()),
        ("a line without a type", good.replace("s=-\r\n", "s=-\r\nnonsense\r\n")),
        ("too large", format!("{good}{}", "a=x\r\n".repeat(14_000))),
        ("too many sections", offer_text(19)),
        (
            "too many candidates",
            good.replacen(
                "a=rtcp-mux\r\n",
                &"a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n".repeat(51),
                1,
            ),
        ),
        ("no BUNDLE", without("a=group:BUNDLE 0 1 2 3 4\r\n")),
        ("outside of the BUNDLE", good.replace("BUNDLE 0 1 2 3 4", "BUNDLE 0 1 2 3")),
        ("no fingerprint", without(&format!("a=fingerprint:sha-256 {fingerprint}\r\n"))),
        ("a short fingerprint", good.replace(&fingerprint, "AB:CD")),
        ("a long fingerprint", good.replace(&fingerprint, &format!("{fingerprint}:AB"))),
        ("a fingerprint that is no hex", good.replace(&fingerprint, &["+A"; 32].join(":"))),
        ("a weak fingerprint only", good.replace("sha-256", "sha-1")),
        (
            "two fingerprints",
            good.replacen(
                "a=rtcp-mux\r\n",
                &format!("a=fingerprint:sha-256 {}\r\n", ["CD"; 32].join(":")),
                1,
            ),
        ),
        ("no ICE", without("a=ice-ufrag:client\r\n")),
        ("a short ufrag", good.replace("client", "abc")),
        ("a ufrag with a colon", good.replace("client", "abc:def")),
        ("a huge ufrag", good.replace("client", &"a".repeat(300))),
        ("two ufrags", good.replacen("a=rtcp-mux\r\n", "a=ice-ufrag:other\r\n", 1)),
        ("ICE lite", good.replace("s=-\r\n", "s=-\r\na=ice-lite\r\n")),
        ("passive DTLS", good.replace("actpass", "passive")),
        ("no Opus", good.replace("opus/48000/2", "PCMU/8000")),
        ("no VP8", good.replace("VP8/90000", "H264/90000")),
        ("a payload type beyond 127", good.replace("rtpmap:96", "rtpmap:300")),
        (
            "data channels",
            good.replace("m=video 9 UDP/TLS/RTP/SAVPF", "m=application 9 UDP/DTLS/SCTP"),
        ),
        ("without encryption", good.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")),
        ("two sections with one mid", good.replace("a=mid:1\r\n", "a=mid:0\r\n")),
        (
            "a mid that is too long",
            good.replace("mid:4", "mid:aaaaaaaaaaaaaaaaa")
                .replace("3 4\r\n", "3 aaaaaaaaaaaaaaaaa\r\n"),
        ),
        ("an injection in a mid", good.replace("mid:4\r\n", "mid:4 a=x\r\n")),
        ("four layers", good.replace("a=rid:h send", "a=rid:h send\r\na=rid:x send")),
        ("a layer with a strange name", good.replace("a=rid:h send", "a=rid:h;h send")),
        ("no MID extension", good.replace("rtp-hdrext:sdes:mid", "rtp-hdrext:none")),
        ("one extension with two ids", good.replacen("extmap:4", "extmap:5", 1)),
        ("two extensions with one id", good.replace("extmap:1 ", "extmap:4 ")),
        ("three cameras", good.replace("recvonly", "sendonly")),
    ];
    for (name, text) in table {
        assert_ne!(text, good, "{name}: the table does not change the offer");
        assert!(matches!(refused(&text), MediaError::BadOffer(_)), "{name}");
    }
}

#[test]
fn an_error_repeats_nothing_of_the_offer() {
    let error = refused(&offer_text(1).replace("m=video", "m=secret")).to_string();
    assert!(!error.contains("secret"), "{error}");
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "(v=0\r\n)?([a-z]=[ -~]{0,40}\r\n){0,40}") {
        drop(parse(&text));
    }

    /// Cuts, doubles and swaps lines of a good offer.
    #[test]
    fn mangled_offers_never_panic(
        cuts in prop::collection::vec((0usize..200, 0usize..200, 0usize..3), 0..30),
        end in 0usize..9000,
    ) {
        let text = offer_text(3);
        let mut lines: Vec<&str> = text.split_inclusive("\r\n").collect();
        for (one, two, what) in cuts {
            let (one, two) = (one % lines.len(), two % lines.len());
            match what {
                0 => { lines.swap(one, two); }
                1 => { let line = lines[one]; lines.insert(two, line); }
                _ => { if lines.len() > 1 { lines.remove(one); } }
            }
        }
        let mut mangled = lines.concat();
        mangled.truncate(end);
        drop(parse(&mangled));
    }
}
