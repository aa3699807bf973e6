use super::numbers::{bsn, dni, luhn, nhs, nir, tax_id};
use super::*;
use DetectorKind::{
    AccessKey, NationalId, OtherPeople, Password, PaymentCard, PrivateKey, RecordNumber, Token,
};
use proptest::prelude::*;
use rstest::rstest;

#[test]
fn every_pattern_can_be_read() {
    assert!(numbers::ALL.iter().all(|it| it.is_some()));
    assert!(secrets::are_good() && people::are_good());
}

// Test numbers of the issuers' and authorities' own documents; none belongs to anybody.
#[rstest]
#[case("my card is 4111 1111 1111 1111, thanks", PaymentCard)]
#[case("4111111111111111", PaymentCard)]
#[case("5555-5555-5555-4444", PaymentCard)]
#[case("3782 822463 10005", PaymentCard)]
#[case("2223003122003222", PaymentCard)]
#[case("6011000990139424", PaymentCard)]
#[case("SSN 219-09-9999", NationalId)]
#[case("Steuer-ID 86 095 742 719", NationalId)]
#[case("86095742719", NationalId)]
#[case("943 476 5919", NationalId)]
#[case("NHS number: 9434765919", NationalId)]
#[case("BSN: 111222333", NationalId)]
#[case("2 55 08 14 168 025 38", NationalId)]
#[case("12345678Z", NationalId)]
#[case("X1234567L", NationalId)]
#[case("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", PrivateKey)]
#[case("-----BEGIN PRIVATE KEY-----", PrivateKey)]
#[case("AKIAIOSFODNN7EXAMPLE", AccessKey)]
#[case("https://clinic.example/join#0123456789abcdefghijABCDEFGHIJ", Token)]
#[case("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N", Token)]
#[case("Password: hunter2!", Password)]
#[case("mein Passwort lautet Sommer2031", Password)]
#[case("MRN 0012345", RecordNumber)]
#[case("Fallnummer: AB-123456", RecordNumber)]
#[case("a@clinic.example, b@clinic.example; c@other.example", OtherPeople)]
fn these_are_found(#[case] text: &str, #[case] kind: DetectorKind) {
    let found = find(text);
    assert_eq!(found, [Finding { kind, count: 1 }], "{text}");
}

#[rstest]
#[case("Call me: +49 30 1234 5678, or 0176 1234 5678")]
#[case("+4111111111111111 is a telephone number")]
#[case("2031-03-04 09:15, again on 04.03.2031")]
#[case("order 4111 1111 1111 1112")]
#[case("order 1234 5678 9012 3456")]
#[case("0000 0000 0000 0000")]
#[case("parcel 00340434161094042557")]
#[case("IBAN DE02 1203 0000 0000 2020 51")]
#[case("blood pressure 120/80, pulse 72, glucose 105-110-5")]
#[case("12 345 678 901")]
#[case("943 476 5918")]
#[case("111222333 without a word for it")]
#[case("BSN: 111222334")]
#[case("000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567")]
#[case("12345678A")]
#[case("the password is wrong")]
#[case("I forgot my password.")]
#[case("write to a@clinic.example or b@clinic.example")]
#[case("a@clinic.example A@clinic.example a@clinic.example")]
#[case("-----BEGIN PUBLIC KEY-----")]
#[case("patient no 12")]
#[case("3f2504e0-4f89-41d3-9a0c-0305e82c3301")]
#[case("")]
fn these_are_not(#[case] text: &str) {
    assert_eq!(find(text), [], "{text}");
}

/// What people do not see as anything but a space parts words as well.
#[test]
fn words_end_where_people_see_them_end() {
    for (name, kind) in [
        ("card_4111111111111111_front.jpg", PaymentCard),
        ("4111_1111_1111_1111.pdf", PaymentCard),
        ("MRN_0012345.pdf", RecordNumber),
        ("Ana_943_476_5919.txt", NationalId),
        ("my_ghp_0123456789abcdefghijABCDEFGHIJ012345.txt", AccessKey),
    ] {
        assert_eq!(find_in_name(name), [Finding { kind, count: 1 }], "{name}");
    }
    for text in
        ["card\u{A0}4111\u{A0}1111\u{A0}1111\u{A0}1111", "4111\u{202F}1111\u{2009}1111\u{2007}1111"]
    {
        let card = Finding { kind: PaymentCard, count: 1 };
        assert_eq!((find(text), find_in_name(text)), (vec![card], vec![card]), "{text}");
    }
    assert_eq!(find_in_name("left_arm_2031_03_04.jpg"), []);
}

#[test]
fn what_follows_depends_on_who_writes() {
    let patient = Actions::from([(NationalId, Action::Allow), (PaymentCard, Action::Warn)]);
    let clinic = Actions::from([(NationalId, Action::Warn), (PaymentCard, Action::Block)]);
    let policy = Policy { patient, clinic };
    let id = Finding { kind: NationalId, count: 1 };
    let card = Finding { kind: PaymentCard, count: 2 };
    let judge = |found: &[Finding], role| policy.judge(found, role);
    assert_eq!(judge(&[id], Role::Patient), Verdict::Clear);
    assert_eq!(judge(&[id, card], Role::Caregiver), Verdict::Warned(vec![card]));
    assert_eq!(judge(&[id], Role::Clinician), Verdict::Warned(vec![id]));
    assert_eq!(judge(&[id, card], Role::Interpreter), Verdict::Blocked(vec![card]));
    let other = Finding { kind: Token, count: 1 };
    assert_eq!(judge(&[other], Role::Clinician), Verdict::Clear, "nobody said anything of it");
    let told = |it: Verdict, over| it.passed(over).map_err(|it| (it.code, it.findings.into_vec()));
    assert_eq!(told(Verdict::Warned(vec![id]), true), Ok(vec![id]));
    let warned = Err((FaultCode::ContentWarned, vec![id]));
    assert_eq!(told(Verdict::Warned(vec![id]), false), warned);
    let blocked = Err((FaultCode::ContentBlocked, vec![id]));
    assert_eq!(told(Verdict::Blocked(vec![id]), true), blocked, "no reason is good enough");
}

#[test]
fn counts_add_up_and_end() {
    let many = "4111111111111111 ".repeat(120);
    assert_eq!(find(&many), [Finding { kind: PaymentCard, count: 99 }]);
    let all = add(find("MRN 0012345"), &find(&many));
    assert_eq!(all.len(), 2);
    assert_eq!(add(all.clone(), &all).iter().map(|it| it.count).sum::<u32>(), 2 + 99);
}

fn number(of: &[u32]) -> String {
    of.iter().map(ToString::to_string).collect()
}

proptest! {
    /// Of ten last digits one is right, and it is told from every other, and from every other digit in any place.
    #[test]
    fn luhn_finds_every_wrong_digit(
        first in prop::collection::vec(0_u32..10, 12..18),
        at in any::<prop::sample::Index>(),
        by in 1_u32..10,
    ) {
        let with = |check| [first.as_slice(), &[check]].concat();
        let right: Vec<_> = (0..10).filter(|it| luhn(&with(*it))).collect();
        prop_assert_eq!(right.len(), 1);
        let mut wrong = with(right[0]);
        let at = at.index(wrong.len());
        wrong[at] = (wrong[at] + by) % 10;
        prop_assert!(!luhn(&wrong));
    }

    #[test]
    fn a_wrong_digit_is_no_number_of_a_person(
        first in prop::collection::vec(0_u32..10, 10),
        at in 0_usize..9,
        by in 1_u32..10,
    ) {
        for (length, holds) in [(9, nhs as fn(&[u32]) -> bool), (8, bsn), (10, tax_id)] {
            for check in 0..10 {
                let mut all = [&first[..length], &[check]].concat();
                if holds(&all) {
                    let at = at % length;
                    all[at] = (all[at] + by) % 10;
                    prop_assert!(!holds(&all), "{:?}", all);
                }
            }
        }
    }

    #[test]
    fn keys_and_letters_are_those_of_their_number(number in 0_u64..100_000_000, key in 1_u64..=97) {
        let text = format!("1550814{:06}{key:02}", number % 1_000_000);
        let expected = 97 - text[..13].parse::<u64>().unwrap() % 97;
        prop_assert_eq!(nir(&text), key == expected);
        let digits = format!("{number:08}");
        let letters = ('A'..='Z').filter(|it| dni("", &digits, &it.to_string())).count();
        prop_assert_eq!(letters, 1);
    }

    /// Whatever is written, nothing of it is told, and looking ends.
    #[test]
    fn no_text_is_too_much(text in any::<String>(), digits in prop::collection::vec(0_u32..10, 0..40)) {
        let found = find(&format!("{text}{}{text}", number(&digits)));
        prop_assert!(found.iter().all(|it| (1..=99).contains(&it.count)));
    }
}
