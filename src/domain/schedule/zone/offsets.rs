//! Many conversions for one look-up: the offsets of a zone over a stretch of time, the instants of hours, and the steps
//! of a raster.
//!
//! Invariant: hours and steps are what the clocks show. Within a stretch of one offset that is arithmetic; an hour that
//! comes twice lies in two stretches, one that is skipped in none.

use super::{DAY_MINUTES, MINUTE_MS, WallTime, Zone, millis, offset_ms, timestamp};
use crate::protocol::time::UnixMillis;
use std::ops::Range;

/// More than any offset from UTC, or any jump of the clocks.
const MARGIN_MS: i64 = 2 * DAY_MINUTES * MINUTE_MS;

impl Zone {
    /// The zone's offsets over a stretch of time, so that many conversions cost one look-up. Holds for wall times
    /// that fall into it, a day's margin included.
    pub(in super::super) fn offsets(&self, over: &Range<UnixMillis>) -> Offsets {
        let first = timestamp(UnixMillis(over.start.0.saturating_sub(MARGIN_MS)));
        let last = UnixMillis(over.end.0.saturating_add(MARGIN_MS));
        let mut pieces =
            vec![Piece { from: i64::MIN, offset: offset_ms(self.rules.to_offset(first)) }];
        for jump in self.rules.following(first) {
            let from = millis(jump.timestamp());
            if from > last {
                break;
            }
            let offset = offset_ms(jump.offset());
            if pieces.last().is_none_or(|it| it.offset != offset) {
                pieces.push(Piece { from: from.0, offset });
            }
        }
        Offsets { pieces }
    }
}

/// From when which offset holds, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Piece {
    from: i64,
    offset: i64,
}

/// The offsets of a zone over a stretch of time.
#[derive(Debug, Clone)]
pub(in super::super) struct Offsets {
    pieces: Vec<Piece>,
}

impl Offsets {
    /// The instants whose wall time is in `walls`: one stretch, none when the clocks skip it, two when they are set
    /// back within.
    pub(in super::super) fn spans(&self, walls: Range<WallTime>) -> Vec<Range<UnixMillis>> {
        let mut spans: Vec<Range<UnixMillis>> = Vec::with_capacity(1);
        for (piece, until) in self.stretches() {
            let from = walls.start.ms().saturating_sub(piece.offset).max(piece.from);
            let until = walls.end.ms().saturating_sub(piece.offset).min(until);
            if from >= until {
                continue;
            }
            match spans.last_mut() {
                Some(last) if last.end.0 == from => last.end = UnixMillis(until),
                _ => spans.push(UnixMillis(from)..UnixMillis(until)),
            }
        }
        spans
    }

    /// Calls `each` with the begin of every step of `grid` within `within`, in order, until it says `false`.
    pub(in super::super) fn steps(
        &self,
        within: &Range<UnixMillis>,
        grid: Grid,
        mut each: impl FnMut(UnixMillis) -> bool,
    ) {
        for (piece, until) in self.stretches() {
            let from = within.start.0.max(piece.from);
            let until = within.end.0.min(until);
            let mut at = from;
            while at < until {
                let Some(local) = at.checked_add(piece.offset) else { return };
                let step = grid.next(local).saturating_sub(piece.offset);
                if step >= until {
                    break;
                }
                if !each(UnixMillis(step)) {
                    return;
                }
                at = step.saturating_add(1);
            }
        }
    }

    /// Whether a step of `grid` is at that instant.
    pub(in super::super) fn is_step(&self, at: UnixMillis, grid: Grid) -> bool {
        let piece = self.pieces.iter().rev().find(|it| it.from <= at.0);
        piece.is_some_and(|it| {
            let local = at.0.saturating_add(it.offset);
            grid.next(local) == local
        })
    }

    fn stretches(&self) -> impl Iterator<Item = (Piece, i64)> {
        let ends = self.pieces.iter().skip(1).map(|it| it.from).chain([i64::MAX]);
        self.pieces.iter().copied().zip(ends)
    }
}

/// Wall times at which something may begin: every so often from midnight of each day, and so much later.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Grid {
    every_ms: i64,
    offset_ms: i64,
}

impl Grid {
    /// `every` at least a minute, whatever is given, so that it is finite.
    pub(in super::super) fn new(every: std::time::Duration, offset: std::time::Duration) -> Grid {
        let ms = |it: std::time::Duration| i64::try_from(it.as_millis()).unwrap_or(i64::MAX);
        let every_ms = ms(every).max(MINUTE_MS);
        Grid { every_ms, offset_ms: ms(offset) % every_ms }
    }

    /// The first step at or after a local time.
    fn next(self, local: i64) -> i64 {
        let day_ms = DAY_MINUTES * MINUTE_MS;
        let midnight = local.div_euclid(day_ms).saturating_mul(day_ms);
        let since = local.saturating_sub(midnight).saturating_sub(self.offset_ms);
        let count = since.saturating_add(self.every_ms - 1).div_euclid(self.every_ms).max(0);
        let step = midnight.saturating_add(self.offset_ms + count * self.every_ms);
        let tomorrow = midnight.saturating_add(day_ms);
        if step < tomorrow { step } else { tomorrow.saturating_add(self.offset_ms) }
    }
}
