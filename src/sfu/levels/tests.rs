use super::*;
use proptest::prelude::*;
use rstest::rstest;

const ANA: u32 = 1;
const BEN: u32 = 2;
const PACKET_MS: i64 = 20;

/// One participant's sound over a stretch of time.
#[derive(Clone, Copy)]
enum Sound {
    Speech(u8),
    Silence,
    /// Discontinuous transmission: nothing is sent.
    Nothing,
}
use Sound::{Nothing, Silence, Speech};

struct Room {
    speaker: ActiveSpeaker,
    now_ms: i64,
}

impl Room {
    fn new() -> Self {
        Room { speaker: ActiveSpeaker::default(), now_ms: 1_000_000 }
    }

    /// Plays both sounds; returns after how many milliseconds `who` was shown as speaking, if ever.
    fn play(&mut self, ms: i64, ana: Sound, ben: Sound, who: Option<u32>) -> Option<i64> {
        let began = self.now_ms;
        let mut seen = None;
        while self.now_ms < began + ms {
            self.now_ms += PACKET_MS;
            for (who, sound) in [(ANA, ana), (BEN, ben)] {
                match sound {
                    Speech(level) => self.speaker.on_level(who, level, true, self.now_ms * 1_000),
                    Silence => self.speaker.on_level(who, 90, false, self.now_ms * 1_000),
                    Nothing => {}
                }
            }
            if seen.is_none() && self.speaker.current(self.now_ms * 1_000) == who {
                seen = Some(self.now_ms - began);
            }
        }
        seen
    }

    fn current(&mut self) -> Option<u32> {
        self.speaker.current(self.now_ms * 1_000)
    }
}

#[rstest]
#[case::after_silence(Silence)]
#[case::after_nothing(Nothing)]
fn the_first_word_is_seen_within_300_ms(#[case] before: Sound) {
    let mut room = Room::new();
    room.play(2_000, before, before, None);
    assert_eq!(room.current(), None);
    let after = room.play(1_000, Speech(30), before, Some(ANA)).expect("Ana speaks");
    assert!(after <= 300, "{after} ms");
}

#[rstest]
#[case::silence(Silence)]
#[case::nothing(Nothing)]
fn an_answer_is_seen_within_300_ms(#[case] quiet: Sound) {
    let mut room = Room::new();
    room.play(5_000, Speech(30), quiet, Some(ANA));
    let after = room.play(1_000, quiet, Speech(50), Some(BEN)).expect("Ben answers, softly");
    assert!(after <= 300, "{after} ms");
}

#[rstest]
fn a_cough_moves_nobody(
    #[values(20, 100, 200)] cough_ms: i64,
    #[values(true, false)] in_a_pause: bool,
) {
    let mut room = Room::new();
    room.play(5_000, Speech(40), Silence, Some(ANA));
    let meanwhile = if in_a_pause { Silence } else { Speech(40) };
    for _ in 0..5 {
        assert_eq!(room.play(cough_ms, meanwhile, Speech(5), Some(BEN)), None);
        assert_eq!(room.play(500, Speech(40), Silence, Some(BEN)), None);
    }
    assert_eq!(room.current(), Some(ANA));
}

#[test]
fn a_cough_into_silence_is_no_speech() {
    let mut room = Room::new();
    room.play(1_000, Silence, Silence, None);
    assert_eq!(room.play(200, Silence, Speech(5), Some(BEN)), None);
    assert_eq!(room.play(1_000, Silence, Nothing, Some(BEN)), None);
}

#[test]
fn pauses_between_words_change_nothing_and_silence_ends_it() {
    let mut room = Room::new();
    room.play(1_000, Speech(30), Silence, Some(ANA));
    for _ in 0..10 {
        assert_eq!(room.play(1_000, Silence, Silence, None), None, "a pause for thought");
        room.play(300, Speech(30), Silence, Some(ANA));
        assert_eq!(room.current(), Some(ANA));
    }
    let after = room.play(3_000, Nothing, Nothing, None).expect("nobody speaks");
    assert!((1_400..=1_600).contains(&after), "{after} ms");
}

#[test]
fn two_at_once_stay_with_the_first_unless_the_other_is_clearly_louder() {
    let mut room = Room::new();
    room.play(2_000, Speech(40), Silence, Some(ANA));
    assert_eq!(room.play(10_000, Speech(40), Speech(36), Some(BEN)), None, "4 dB are no reason");
    assert_eq!(room.play(900, Speech(40), Speech(15), Some(BEN)), None, "one must insist");
    assert!(room.play(2_000, Speech(40), Speech(15), Some(BEN)).is_some());
}

#[test]
fn who_is_muted_or_gone_does_not_speak() {
    let mut room = Room::new();
    room.play(2_000, Speech(40), Speech(50), Some(ANA));
    assert_eq!(room.current(), Some(ANA));
    room.speaker.remove(ANA);
    assert_eq!(room.current(), Some(BEN), "who has been speaking all the time");
    room.speaker.remove(BEN);
    assert_eq!(room.current(), None);
    assert!(room.speaker.voices.is_empty());
}

#[rstest]
#[case::voice_at_a_distance(60, true, true)]
#[case::breath(61, true, false)]
#[case::sender_without_the_flag(40, false, true)]
#[case::noise(41, false, false)]
#[case::digital_silence(127, true, false)]
fn what_counts_as_speech(#[case] level: u8, #[case] voice: bool, #[case] speaks: bool) {
    let mut speaker = ActiveSpeaker::default();
    for n in 0..50 {
        speaker.on_level(ANA, level, voice, n * 20_000);
    }
    assert_eq!(speaker.current(1_000_000).is_some(), speaks);
}

proptest! {
    #[test]
    fn only_somebody_present_who_spoke_lately_is_shown(
        packets in proptest::collection::vec(
            (0..4_u32, any::<u8>(), any::<bool>(), 0..400_000_i64, any::<bool>()), 0..300,
        ),
    ) {
        let mut speaker = ActiveSpeaker::default();
        let mut spoke = BTreeMap::new();
        let mut now_us = 0;
        for (who, level, voice, passes_us, leaves) in packets {
            now_us += passes_us;
            if leaves && level > 200 {
                speaker.remove(who);
                spoke.remove(&who);
            } else {
                speaker.on_level(who, level, voice, now_us);
                if level <= if voice { 60 } else { 40 } {
                    spoke.insert(who, now_us);
                }
            }
            if let Some(shown) = speaker.current(now_us) {
                let at = spoke.get(&shown);
                prop_assert!(at.is_some_and(|at| now_us - at < SILENCE_US));
            }
        }
    }
}
