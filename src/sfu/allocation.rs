//! What one subscriber gets for the bandwidth that the estimate promises.
//!
//! Owns: the choice of a layer, or of none, for every slot, and the memory that keeps it from
//! flapping.
//! Invariant: what is granted fits into the estimate beside the sound, or, where there is no picture
//! yet and the way has shown nothing, into what may be tried; when it does not fit any more, it is
//! lowered in the same call. Sound is reserved first and never part of the choice.
//! Does not: send, ask for key frames (a switch happens at the next one), or measure what layers
//! cost.
//!
//! Order of claims: the screen share, then the visible cameras, from the largest to the smallest,
//! one layer each in turn, so that of two equal pictures neither is ever more than one layer ahead.
//! What was lowered for want of bandwidth comes back when there has been room for it, and
//! [`HEADROOM_PERCENT`] more, for [`PATIENCE_US`].

use super::{PauseReason, Source};
use std::collections::BTreeMap;

/// Simulcast layers of a camera: `l`, `m`, `h`. A screen has one, in the first place.
pub const LAYERS: usize = 3;
/// What a layer is assumed to cost while it is switched off at the publisher, bits a second,
/// headers included.
pub const NOMINAL_BPS: [u64; LAYERS] = [150_000, 500_000, 1_700_000];
/// Room that must be left after an upgrade, per cent of what would be sent.
pub const HEADROOM_PERCENT: u64 = 15;
/// How long that room must have been there, microseconds.
pub const PATIENCE_US: i64 = 2_000_000;
/// Greatest height, in pixels, at which the low layer is enough, and the middle one.
const HEIGHTS: [u16; LAYERS - 1] = [180, 360];

/// What one slot could show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Index of the slot.
    pub slot: u8,
    /// `Camera` or `Screen`.
    pub source: Source,
    /// Pixels at which the client shows it; 0 for hidden.
    pub width: u16,
    /// Pixels; 0 for hidden.
    pub height: u16,
    /// Bits a second of each layer, measured over a second or two, or [`NOMINAL_BPS`] while it is
    /// switched off; `None` for a layer that the publisher does not have.
    pub layers: [Option<u64>; LAYERS],
}

/// What a slot gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// This layer.
    Layer(u8),
    /// No video, although there is some.
    Paused(PauseReason),
    /// The publisher sends no video.
    Nothing,
}

/// One line of an allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// Index of the slot.
    pub slot: u8,
    /// What it gets.
    pub choice: Choice,
}

/// What there is to share out, bits a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The estimate for the subscriber.
    pub estimate_bps: u64,
    /// What the pictures that would not fit may take all the same, sound and the others included,
    /// while the estimate is a guess; the estimate itself when it is not.
    pub trial_bps: u64,
    /// What all sound to the subscriber takes.
    pub audio_bps: u64,
}

/// Shares out the bandwidth of one subscriber.
#[derive(Debug, Default)]
pub struct Allocator {
    limits: BTreeMap<u8, Limit>,
}

/// What bandwidth took from a slot.
#[derive(Debug, Clone, Copy)]
struct Limit {
    /// Number of layers, from the lowest, that the slot may have.
    steps: usize,
    /// Since when more would have fitted with headroom.
    roomy_since_us: Option<i64>,
}

/// A demand with the layers that come into question, cheapest first.
#[derive(Debug, Clone)]
struct Claim {
    slot: u8,
    is_screen: bool,
    area: u32,
    /// Layer and bits a second; empty for a slot that shows nothing.
    steps: Vec<(u8, u64)>,
}

impl Allocator {
    /// Shares out `budget` over `demands`, one grant a demand in the same order. Call it whenever
    /// an estimate, a size, a slot or a rate changes, and at least every 200 ms. Slots that are not
    /// named are forgotten.
    pub fn allocate(&mut self, budget: Budget, demands: &[Demand], now_us: i64) -> Vec<Grant> {
        let claims: Vec<Claim> = demands.iter().map(Claim::of).collect();
        self.limits.retain(|slot, _| demands.iter().any(|demand| demand.slot == *slot));
        let video_bps = budget.estimate_bps.saturating_sub(budget.audio_bps);
        self.lift(&claims, video_bps, now_us);
        let mut plan = share(&claims, video_bps, |claim| self.limit_of(claim.slot));
        if budget.trial_bps > budget.estimate_bps {
            try_first(&claims, &mut plan, budget.trial_bps.saturating_sub(budget.audio_bps));
        }
        for (claim, steps) in claims.iter().zip(&plan) {
            self.remember(claim, *steps);
        }
        demands
            .iter()
            .zip(&claims)
            .zip(&plan)
            .map(|((demand, claim), steps)| Grant {
                slot: demand.slot,
                choice: claim.choice(demand, *steps),
            })
            .collect()
    }

    /// The slot shows somebody else now: what bandwidth took from the one before does not bind the
    /// next.
    pub fn forget(&mut self, slot: u8) {
        self.limits.remove(&slot);
    }

    fn limit_of(&self, slot: u8) -> usize {
        self.limits.get(&slot).map_or(LAYERS, |limit| limit.steps)
    }

    /// Raises the limits of slots that could have had more for long enough.
    fn lift(&mut self, claims: &[Claim], video_bps: u64, now_us: i64) {
        let roomy = video_bps.saturating_mul(100) / (100 + HEADROOM_PERCENT);
        let plan = share(claims, roomy, |_| LAYERS);
        for (claim, steps) in claims.iter().zip(plan) {
            let Some(limit) = self.limits.get_mut(&claim.slot) else { continue };
            if steps <= limit.steps {
                limit.roomy_since_us = None;
                continue;
            }
            let since = *limit.roomy_since_us.get_or_insert(now_us);
            if now_us.saturating_sub(since) >= PATIENCE_US {
                *limit = Limit { steps, roomy_since_us: None };
            }
        }
    }

    /// A slot that gets less than it could use is limited to that until there is room again.
    fn remember(&mut self, claim: &Claim, steps: usize) {
        if claim.steps.is_empty() {
            return;
        }
        if steps >= claim.steps.len() {
            self.limits.remove(&claim.slot);
            return;
        }
        let fresh = Limit { steps, roomy_since_us: None };
        let limit = self.limits.entry(claim.slot).or_insert(fresh);
        if steps < limit.steps {
            *limit = fresh;
        }
    }
}

impl Claim {
    fn of(demand: &Demand) -> Self {
        let mut steps: Vec<(u8, u64)> =
            (0..).zip(demand.layers).filter_map(|(layer, bps)| Some((layer, bps?))).collect();
        if demand.is_hidden() {
            steps.clear();
        }
        // A publisher may lack the layer that fits: then the next one below, and if there is none,
        // the lowest it has.
        let fitting = steps.iter().filter(|step| step.0 <= demand.wanted_layer()).count();
        steps.truncate(fitting.max(1));
        Claim {
            slot: demand.slot,
            is_screen: demand.source == Source::Screen,
            area: u32::from(demand.width) * u32::from(demand.height),
            steps,
        }
    }

    /// What `steps` layers cost.
    fn cost(&self, steps: usize) -> u64 {
        steps.checked_sub(1).and_then(|at| self.steps.get(at)).map_or(0, |step| step.1)
    }

    fn choice(&self, demand: &Demand, steps: usize) -> Choice {
        if demand.layers.iter().all(Option::is_none) {
            return Choice::Nothing;
        }
        if demand.is_hidden() {
            return Choice::Paused(PauseReason::Hidden);
        }
        let granted = steps.checked_sub(1).and_then(|at| self.steps.get(at));
        granted.map_or(Choice::Paused(PauseReason::Bandwidth), |step| Choice::Layer(step.0))
    }
}

impl Demand {
    fn is_hidden(&self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// The layer that is sharp enough. A screen is always wanted at its best: it carries text.
    fn wanted_layer(&self) -> u8 {
        let top = (0..).zip(HEIGHTS).find(|(_, most)| self.height <= *most);
        match (self.source, top) {
            (Source::Camera | Source::Microphone, Some((layer, _))) => layer,
            _ => u8::MAX,
        }
    }
}

/// Deals out `bps`; for each claim the number of layers it gets. Depends on nothing but its
/// arguments, so the same input always gives the same picture.
fn share(claims: &[Claim], bps: u64, limit: impl Fn(&Claim) -> usize) -> Vec<usize> {
    let mut granted = vec![0; claims.len()];
    let mut left = bps;
    let mut order: Vec<(usize, &Claim)> = claims.iter().enumerate().collect();
    order.sort_by_key(|(_, claim)| (!claim.is_screen, std::cmp::Reverse(claim.area), claim.slot));
    let (screens, cameras) = order.split_at(order.partition_point(|(_, claim)| claim.is_screen));
    for group in [screens, cameras] {
        for steps in 1..=LAYERS {
            for (at, claim) in group {
                let Some(has) = granted.get_mut(*at) else { continue };
                let is_open = *has + 1 == steps && steps <= claim.steps.len().min(limit(claim));
                // What the slot has is given back first; a higher layer may even be the cheaper
                // one.
                let available = left.saturating_add(claim.cost(*has));
                if is_open && claim.cost(steps) <= available {
                    left = available - claim.cost(steps);
                    *has = steps;
                }
            }
        }
    }
    granted
}

/// Gives what has nothing its first layer, as far as `bps` go beside what is planned.
fn try_first(claims: &[Claim], plan: &mut [usize], bps: u64) {
    let spent: u64 = claims.iter().zip(&*plan).map(|(claim, steps)| claim.cost(*steps)).sum();
    let without: Vec<u8> = claims
        .iter()
        .zip(&*plan)
        .filter(|(_, steps)| **steps == 0)
        .map(|(claim, _)| claim.slot)
        .collect();
    let limit = |claim: &Claim| usize::from(without.contains(&claim.slot));
    for (planned, tried) in plan.iter_mut().zip(share(claims, bps.saturating_sub(spent), limit)) {
        *planned = (*planned).max(tried);
    }
}

#[cfg(test)]
mod tests;
