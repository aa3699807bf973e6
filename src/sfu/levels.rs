//! Who speaks.
//!
//! Owns: the speech of each participant of one room, from the levels that travel with the packets
//! (RFC 6464), and the one who is shown as speaking. Invariant: a change needs a quarter of a
//! second of speech, so a cough moves nobody.
//! Does not: decode sound, or believe the voice flag alone: some senders never set it.

use std::collections::BTreeMap;

/// So much speech makes a speaker.
const SPEECH_US: i64 = 240_000;
/// More than this is not collected, so that it is used up soon after the last word.
const MOST_SPEECH_US: i64 = 400_000;
/// Silence uses speech up this many times as fast as speaking collects it.
const DECAY: i64 = 2;
/// A packet stands for the time since the one before, but for no more than this: senders are silent
/// by not sending.
const LONGEST_PACKET_US: i64 = 60_000;
/// What the first packet after silence stands for.
const FIRST_PACKET_US: i64 = 20_000;
/// A speaker who pauses this long gives way to whoever speaks.
const PAUSE_US: i64 = 200_000;
/// Nobody is shown as speaking after this long without a word.
const SILENCE_US: i64 = 1_500_000;
/// To take over from somebody who goes on speaking one must be this much louder…
const LOUDER_DB: f64 = 6.0;
/// …for this long.
const INSIST_US: i64 = 1_000_000;
/// With the voice flag, a level up to this is speech; −dBov, so smaller is louder.
const VOICE_LEVEL: u8 = 60;
/// Without it, one up to this is.
const LOUD_LEVEL: u8 = 40;
/// Weight of a packet in the smoothed loudness.
const WEIGHT: f64 = 0.1;

/// The active speaker of one room.
#[derive(Debug, Default)]
pub struct ActiveSpeaker {
    voices: BTreeMap<u32, Voice>,
    speaker: Option<u32>,
    /// Somebody louder than a speaker who goes on, and since when.
    rival: Option<(u32, i64)>,
}

#[derive(Debug)]
struct Voice {
    /// Speech collected up to `heard_us`.
    speech_us: i64,
    heard_us: i64,
    /// The last packet with speech in it.
    spoke_us: Option<i64>,
    /// Smoothed, −dBov.
    level: f64,
}

impl ActiveSpeaker {
    /// A packet of sound with its RFC 6464 extension: level in −dBov (0 loudest, 127 silence) and
    /// voice flag.
    pub fn on_level(&mut self, who: u32, level_minus_dbov: u8, voice: bool, now_us: i64) {
        let is_speech = level_minus_dbov <= if voice { VOICE_LEVEL } else { LOUD_LEVEL };
        self.voices.entry(who).or_insert_with(|| Voice::new(level_minus_dbov, now_us)).hear(
            level_minus_dbov,
            is_speech,
            now_us,
        );
        self.decide(now_us);
    }

    /// Muted, or gone.
    pub fn remove(&mut self, who: u32) {
        self.voices.remove(&who);
        self.speaker = self.speaker.filter(|speaker| *speaker != who);
        self.rival = self.rival.filter(|(rival, _)| *rival != who);
    }

    /// Who speaks; `None` when nobody does. Ask a few times a second, because silence sends no
    /// packets.
    pub fn current(&mut self, now_us: i64) -> Option<u32> {
        self.decide(now_us);
        self.speaker
    }

    fn decide(&mut self, now_us: i64) {
        let quiet_us =
            self.speaker.and_then(|who| self.voices.get(&who)).map(|v| v.quiet_us(now_us));
        if quiet_us.is_none_or(|quiet| quiet >= SILENCE_US) {
            self.speaker = None;
        }
        let Some((who, level)) = self.loudest_other(now_us) else {
            self.rival = None;
            return;
        };
        let speaker = self.speaker.and_then(|who| self.voices.get(&who));
        let Some(speaker) = speaker.filter(|_| quiet_us.is_some_and(|quiet| quiet < PAUSE_US))
        else {
            self.speaker = Some(who);
            self.rival = None;
            return;
        };
        if speaker.level - level < LOUDER_DB {
            self.rival = None;
            return;
        }
        let since_us = match self.rival {
            Some((rival, since_us)) if rival == who => since_us,
            _ => now_us,
        };
        self.rival = Some((who, since_us));
        if now_us.saturating_sub(since_us) >= INSIST_US {
            self.speaker = Some(who);
            self.rival = None;
        }
    }

    /// Of those who have said enough, and are not the speaker, the loudest.
    fn loudest_other(&self, now_us: i64) -> Option<(u32, f64)> {
        self.voices
            .iter()
            .filter(|(who, voice)| {
                Some(**who) != self.speaker && voice.speech_us(now_us) >= SPEECH_US
            })
            .map(|(who, voice)| (*who, voice.level))
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

impl Voice {
    fn new(level: u8, now_us: i64) -> Self {
        let heard_us = now_us.saturating_sub(FIRST_PACKET_US);
        Voice { speech_us: 0, heard_us, spoke_us: None, level: f64::from(level) }
    }

    fn hear(&mut self, level: u8, is_speech: bool, now_us: i64) {
        let passed_us = now_us.saturating_sub(self.heard_us).max(0);
        let left_us = self.speech_us(now_us);
        if is_speech {
            let is_first = passed_us > LONGEST_PACKET_US;
            let stands_for_us = if is_first { FIRST_PACKET_US } else { passed_us };
            self.speech_us = left_us.saturating_add(stands_for_us).min(MOST_SPEECH_US);
            self.spoke_us = Some(now_us);
            let weight = if is_first { 0.5 } else { WEIGHT };
            self.level += weight * (f64::from(level) - self.level);
        } else {
            self.speech_us = left_us.saturating_sub(passed_us.saturating_mul(DECAY)).max(0);
        }
        self.heard_us = self.heard_us.max(now_us);
    }

    /// What is left of the speech after silence without packets.
    fn speech_us(&self, now_us: i64) -> i64 {
        let silent_us =
            now_us.saturating_sub(self.heard_us).saturating_sub(LONGEST_PACKET_US).max(0);
        self.speech_us.saturating_sub(silent_us.saturating_mul(DECAY)).max(0)
    }

    fn quiet_us(&self, now_us: i64) -> i64 {
        self.spoke_us.map_or(i64::MAX, |at| now_us.saturating_sub(at))
    }
}

#[cfg(test)]
mod tests;
