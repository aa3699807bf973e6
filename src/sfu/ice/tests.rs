//! Who may reach a transport, and from where.

use super::*;
use proptest::prelude::*;

const SECOND: i64 = 1_000_000;

fn credentials(name: &str) -> Credentials {
    Credentials { ufrag: name.to_owned(), password: format!("{name}-secret") }
}

fn at(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn ice() -> Ice {
    Ice::new(credentials("ours"), "theirs".to_owned(), 0)
}

#[test]
fn names_have_to_belong_together() {
    let ice = ice();
    assert_eq!(ice.password("ours", "theirs"), Some("ours-secret"));
    assert_eq!(ice.password("ours", "others"), None);
    assert_eq!(ice.password("theirs", "ours"), None);
}

#[test]
fn the_first_check_gives_an_address_and_only_a_nomination_moves_it() {
    let mut ice = ice();
    assert_eq!(ice.selected(), None, "nothing is sent to an address that nobody proved");
    assert_eq!(ice.checked("ours", at(1), false, 0).0, Checked::First);
    assert_eq!(ice.checked("ours", at(2), false, 0).0, Checked::Same);
    assert_eq!(ice.selected(), Some(at(1)));
    assert_eq!(ice.checked("ours", at(2), true, 0).0, Checked::Moved);
    assert_eq!(ice.selected(), Some(at(2)));
    assert_eq!(
        ice.checked("ours", at(1), false, 0).0,
        Checked::Same,
        "a late check of the old way"
    );
    assert_eq!(ice.checked("ours", at(3), true, 0).0, Checked::Moved, "another network, at once");
}

/// Some clients do not nominate again when a NAT has given them another address.
#[test]
fn a_check_moves_a_silent_transport_without_a_nomination() {
    let mut ice = ice();
    ice.checked("ours", at(1), true, 0);
    ice.refresh(at(1), 3 * SECOND);
    assert_eq!(ice.checked("ours", at(2), false, 4 * SECOND).0, Checked::Same);
    ice.refresh(at(2), 5 * SECOND);
    assert_eq!(ice.checked("ours", at(2), false, 6 * SECOND).0, Checked::Moved);
}

#[test]
fn addresses_are_bounded_and_the_selected_one_stays() {
    let mut ice = ice();
    ice.checked("ours", at(1), true, 0);
    let mut forgotten = vec![];
    for port in 2..100 {
        forgotten.extend(ice.checked("ours", at(port), false, 0).1);
    }
    assert_eq!(ice.addresses().len(), MAX_ADDRESSES);
    assert!(ice.addresses().contains(&at(1)) && !forgotten.contains(&at(1)));
    assert_eq!(forgotten.len() + MAX_ADDRESSES, 99);
}

/// RFC 7675: 30 s without any authentic packet; media counts like a check.
#[test]
fn consent_runs_out_after_thirty_seconds_and_any_authentic_packet_refreshes_it() {
    let mut ice = ice();
    assert!(!ice.is_expired(30 * SECOND) && ice.is_expired(31 * SECOND), "nobody ever came");
    ice.checked("ours", at(1), true, 10 * SECOND);
    ice.refresh(at(1), 35 * SECOND);
    assert!(!ice.is_expired(64 * SECOND) && ice.is_expired(66 * SECOND));
}

#[test]
fn after_a_restart_the_old_names_are_good_until_the_new_ones_are_used() {
    let mut ice = ice();
    ice.checked("ours", at(1), true, 0);
    assert_eq!(ice.restart(credentials("new"), "newer".to_owned()), None);
    assert_eq!(ice.selected(), Some(at(1)), "media goes on");
    assert_eq!(ice.password("ours", "theirs"), Some("ours-secret"));
    assert_eq!(ice.password("new", "newer"), Some("new-secret"));
    assert_eq!(ice.password("new", "theirs"), None);
    ice.checked("new", at(2), true, 0);
    assert_eq!(ice.password("ours", "theirs"), None);
    let gone = ice.restart(credentials("third"), "x".to_owned());
    assert_eq!(gone, None);
    let gone = ice.restart(credentials("fourth"), "y".to_owned());
    assert_eq!(gone.map(|gone| gone.ufrag), Some("new".to_owned()), "two at most");
}

#[test]
fn checks_of_one_address_are_bounded_and_others_are_not_touched() {
    let mut limiter = Limiter::default();
    let (loud, calm) = (at(1).ip(), IpAddr::from([192, 0, 2, 1]));
    let allowed = (0..10_000).filter(|_| limiter.allows(loud, 0)).count();
    assert_eq!(i64::try_from(allowed).unwrap(), CHECKS_AT_ONCE);
    assert!(limiter.allows(calm, 0));
    let later = (0..10_000).filter(|_| limiter.allows(loud, SECOND)).count();
    assert_eq!(i64::try_from(later).unwrap(), CHECKS_PER_SECOND);
}

#[test]
fn the_limiter_keeps_a_bounded_number_of_addresses() {
    let mut limiter = Limiter::default();
    for number in 0..20_000u32 {
        limiter.allows(IpAddr::from(number.to_be_bytes()), 0);
        assert!(limiter.watched.len() <= MAX_WATCHED);
    }
    assert!(limiter.allows(IpAddr::from([192, 0, 2, 9]), 10 * SECOND), "quiet ones are forgotten");
}

fn request(username: &[u8]) -> Vec<u8> {
    let mut message = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];
    message.extend_from_slice(&[7; 12]);
    message.extend_from_slice(&[0x80, 0x22, 0, 3, b'x', b'y', b'z', 0]);
    message.extend_from_slice(&[0, 6]);
    message.extend_from_slice(&(username.len() as u16).to_be_bytes());
    message.extend_from_slice(username);
    message.resize(message.len().next_multiple_of(4), 0);
    let length = (message.len() - 20) as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
    message
}

#[test]
fn the_user_is_known_before_any_cryptography() {
    let message = request(b"ours:theirs");
    assert_eq!(peek_user(&message), Some(("ours", "theirs")));
    assert_eq!(peek_user(&message[..message.len() - 1]), None, "cut short");
    let mut response = message.clone();
    response[0] = 1;
    assert_eq!(peek_user(&response), None, "no request");
    assert_eq!(peek_user(&request(b"nobody")), None);
    assert_eq!(peek_user(&request(&[0xFF, b':', 0xFE])), None);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = peek_user(&bytes);
        let mut request = request(&bytes);
        let _ = peek_user(&request);
        if let Some(byte) = bytes.first() {
            let place = usize::from(*byte) % request.len();
            request[place] ^= 0xFF;
            let _ = peek_user(&request);
        }
    }
}
