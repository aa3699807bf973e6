//! Our GCM against the library's, and what is not let in.

use super::*;
use proptest::prelude::*;
use rtc::crypto::RTCCryptoProvider as _;
use rtc::crypto::providers::AwsLcRsProvider;

const KEY: [u8; 16] = *b"0123456789abcdef";

fn salt(profile: Profile) -> &'static [u8] {
    match profile {
        Profile::Aes128Gcm => b"salt of 12 b",
        Profile::Aes128CmSha1 => b"salt of 14 byt",
    }
}

fn pair(profile: Profile) -> (Inbound, Outbound) {
    let provider = AwsLcRsProvider::default();
    let master = Master { key: &KEY, salt: salt(profile) };
    let inbound = Inbound::new(provider.crypto(), profile, &master).unwrap();
    (inbound, Outbound::new(provider.crypto(), profile, &master).unwrap())
}

/// The library's own implementation with the same keys.
fn library() -> Context {
    let provider = AwsLcRsProvider::default();
    let profile = ProtectionProfile::AeadAes128Gcm;
    Context::new(&KEY, salt(Profile::Aes128Gcm), profile, None, None, provider.crypto()).unwrap()
}

fn plain(sequence: u16, ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x90, 96];
    packet.extend_from_slice(&sequence.to_be_bytes());
    packet.extend_from_slice(&[0, 0, 0, 9]);
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(&[0xBE, 0xDE, 0, 1, 0x10, 0xFF, 0, 0]);
    packet.extend_from_slice(b"this is the payload");
    packet
}

fn sealed(outbound: &mut Outbound, index: u64, ssrc: u32) -> Vec<u8> {
    let mut packet = plain((index & 0xFFFF) as u16, ssrc);
    assert!(outbound.seal_rtp(ssrc, index, 20, &mut packet, 0));
    packet
}

const REPORT: [u8; 12] = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9];

#[test]
fn what_we_seal_the_library_opens_and_the_other_way_round() {
    let (mut inbound, mut outbound) = pair(Profile::Aes128Gcm);
    let (mut theirs_in, mut theirs_out) = (library(), library());
    for sequence in [5, 6, 9, 7] {
        let ours = sealed(&mut outbound, u64::from(sequence), 77);
        assert_eq!(&theirs_in.decrypt_rtp(&ours).unwrap()[..], plain(sequence, 77));
        let mut theirs = theirs_out.encrypt_rtp(&plain(sequence, 78)).unwrap().to_vec();
        let length = inbound.open_rtp(&mut theirs).unwrap();
        assert_eq!(theirs[..length], plain(sequence, 78));
    }
    let mut ours = REPORT.to_vec();
    assert!(outbound.seal_rtcp(&mut ours, 0));
    assert_eq!(theirs_in.decrypt_rtcp(&ours).unwrap()[..], REPORT);
    let mut theirs = theirs_out.encrypt_rtcp(&REPORT).unwrap().to_vec();
    let length = inbound.open_rtcp(&mut theirs).unwrap();
    assert_eq!(theirs[..length], REPORT);
}

#[test]
fn the_rollover_counter_is_part_of_the_index() {
    let (mut inbound, mut outbound) = pair(Profile::Aes128Gcm);
    let mut theirs = library();
    for index in (65_000u64..200_000).step_by(500) {
        let packet = sealed(&mut outbound, index, 77);
        assert!(theirs.decrypt_rtp(&packet).is_ok(), "at {index}");
        assert!(inbound.open_rtp(&mut packet.clone()).is_ok(), "at {index}");
    }
}

#[test]
fn forged_replayed_and_short_packets_are_told_apart() {
    for profile in [Profile::Aes128Gcm, Profile::Aes128CmSha1] {
        let (mut inbound, mut outbound) = pair(profile);
        let packet = sealed(&mut outbound, 100, 7);
        for place in [0usize, 2, 13, 25, packet.len() - 1] {
            let mut forged = packet.clone();
            forged[place] ^= 1;
            assert!(inbound.open_rtp(&mut forged).is_err(), "{profile:?}: byte {place}");
        }
        assert_eq!(inbound.open_rtp(&mut packet.clone()), Ok(plain(100, 7).len()), "{profile:?}");
        assert_eq!(inbound.open_rtp(&mut packet.clone()), Err(Refused::Replayed), "{profile:?}");
        let mut report = REPORT.to_vec();
        assert!(outbound.seal_rtcp(&mut report, 0));
        assert_eq!(inbound.open_rtcp(&mut report.clone()), Ok(REPORT.len()), "{profile:?}");
        assert_eq!(inbound.open_rtcp(&mut report.clone()), Err(Refused::Replayed), "{profile:?}");
        report[5] ^= 1;
        assert_eq!(inbound.open_rtcp(&mut report), Err(Refused::Forged), "{profile:?}");
        assert_eq!(inbound.open_rtp(&mut [0x80, 96, 0, 1]), Err(Refused::Garbage));
        assert_eq!(inbound.open_rtcp(&mut [0x80, 200, 0, 1]), Err(Refused::Garbage));
    }
}

#[test]
fn a_report_that_claims_not_to_be_encrypted_is_forged() {
    for (profile, tag) in [(Profile::Aes128Gcm, 0), (Profile::Aes128CmSha1, CLASSIC_TAG)] {
        let (mut inbound, mut outbound) = pair(profile);
        let mut report = REPORT.to_vec();
        assert!(outbound.seal_rtcp(&mut report, 0));
        let flag = report.len() - 4 - tag;
        report[flag] &= 0x7F;
        assert_eq!(inbound.open_rtcp(&mut report), Err(Refused::Forged), "{profile:?}");
    }
}

/// Whoever can forge an address must not fill our memory with made-up streams.
#[test]
fn nothing_is_remembered_of_forged_packets() {
    let (mut inbound, mut outbound) = pair(Profile::Aes128Gcm);
    for ssrc in 0..10_000 {
        assert_eq!(inbound.open_rtp(&mut plain(1, ssrc)), Err(Refused::Forged));
    }
    assert!(inbound.streams.is_empty() && inbound.reports.is_empty());
    assert!(inbound.open_rtp(&mut sealed(&mut outbound, 1, 5)).is_ok());
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        for profile in [Profile::Aes128Gcm, Profile::Aes128CmSha1] {
            let (mut inbound, _) = pair(profile);
            prop_assert!(inbound.open_rtp(&mut bytes.clone()).is_err());
            prop_assert!(inbound.open_rtcp(&mut bytes.clone()).is_err());
        }
    }
}
