//! The text of an answer, and that browsers get what they insist on.

use super::*;
use crate::sfu::negotiation;
use crate::sfu::rig::offer_text;

fn answer(text: &str) -> String {
    let offer = negotiation::parse(text).unwrap();
    let slots: Vec<SlotStreams> = (0..u32::from(offer.slots))
        .map(|slot| SlotStreams { audio: 100 + slot, video: 200 + slot, repair: 300 + slot })
        .collect();
    let terms = Terms {
        ufrag: "ours",
        password: "secretsecretsecretsecret",
        fingerprint: [0xAB; 32],
        addresses: &["192.0.2.1:40000".parse().unwrap(), "127.0.0.1:40000".parse().unwrap()],
        slots: &slots,
        version: 1,
    };
    write(&offer, &terms)
}

fn sections(answer: &str) -> Vec<String> {
    answer.split("m=").skip(1).map(str::to_owned).collect()
}

#[test]
fn every_section_is_answered_in_order_on_one_transport() {
    let text = answer(&offer_text(2));
    let sections = sections(&text);
    assert_eq!(sections.len(), 7);
    assert!(text.contains("a=group:BUNDLE 0 1 2 3 4 5 6\r\n") && text.contains("a=ice-lite\r\n"));
    for (mid, section) in sections.iter().enumerate() {
        for line in [
            &*format!("a=mid:{mid}"),
            "a=ice-ufrag:ours",
            "a=setup:passive",
            "a=rtcp-mux",
            "a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host",
            "a=candidate:2 1 udp 2130706175 127.0.0.1 40000 typ host",
            "a=end-of-candidates",
        ] {
            assert!(section.contains(&format!("{line}\r\n")), "{line} is missing in {section}");
        }
    }
}

/// Firefox takes no other.
#[test]
fn the_fingerprint_is_in_upper_case() {
    let expected = format!("a=fingerprint:sha-256 {}\r\n", ["AB"; 32].join(":"));
    assert!(sections(&answer(&offer_text(1))).iter().all(|section| section.contains(&expected)));
}

#[test]
fn what_the_client_sends_is_received_with_its_layers() {
    let all = sections(&answer(&offer_text(1)));
    let camera = &all[1];
    assert!(camera.contains(
        "a=recvonly\r\na=rid:l recv\r\na=rid:m recv\r\na=rid:h recv\r\na=simulcast:recv l;m;h\r\n"
    ));
    assert!(camera.contains("a=extmap:10 ") && camera.contains("a=extmap:11 "));
    assert!(
        camera.contains("a=rtcp-fb:96 nack pli\r\n") && camera.contains("a=fmtp:97 apt=96\r\n")
    );
    assert!(all[0].contains("a=fmtp:111 minptime=10;useinbandfec=1\r\n"));
    assert!(!all[2].contains("a=simulcast"));
}

/// Browsers take the SSRC that is named first for the stream, and the second for its retransmissions.
#[test]
fn a_slot_is_one_stream_of_constant_ssrcs() {
    let all = sections(&answer(&offer_text(2)));
    let video = &all[6];
    assert!(video.contains(
        "a=sendonly\r\na=msid:slot1 slot1v\r\na=ssrc-group:FID 201 301\r\n\
         a=ssrc:201 cname:slot1\r\na=ssrc:301 cname:slot1\r\n"
    ));
    assert!(all[5].contains("a=sendonly\r\na=msid:slot1 slot1a\r\na=ssrc:101 cname:slot1\r\n"));
    assert!(!video.contains("a=extmap:10 "), "no layers on the way to a client");
}

#[test]
fn the_same_offer_gives_the_same_answer() {
    assert_eq!(answer(&offer_text(3)), answer(&offer_text(3)));
}
