//! Who is in which slot of a client. Pure: a table in, a table out.
//!
//! Owns the rules: whoever is in a slot stays there while there is room; a screen share gets a slot
//! of its own; when there are more people than slots, those who speak take turns with those who
//! have been silent for longest.

use super::Source;
use super::slot::Occupant;

/// Somebody without a slot takes one only from somebody who has been silent for this much longer,
/// µs.
const HYSTERESIS: i64 = 3_000_000;

/// A source that could be in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) occupant: Occupant,
    /// When this person spoke last, µs; `i64::MIN` for never.
    pub(crate) spoke: i64,
}

/// The new table of a client. `candidates` are in the order of joining and do not contain the
/// client itself.
pub(crate) fn assign(
    slots: &[Option<Occupant>],
    candidates: &[Candidate],
) -> Vec<Option<Occupant>> {
    let is_here =
        |occupant: &Occupant| candidates.iter().any(|candidate| candidate.occupant == *occupant);
    let mut table: Vec<Option<Occupant>> = slots.iter().map(|slot| slot.filter(is_here)).collect();
    let mut waiting: Vec<&Candidate> =
        candidates.iter().filter(|candidate| !table.contains(&Some(candidate.occupant))).collect();
    // A stable sort: among equals, who joined first.
    waiting.sort_by_key(|candidate| {
        (candidate.occupant.source != Source::Screen, std::cmp::Reverse(candidate.spoke))
    });
    for candidate in waiting {
        let place = match table.iter_mut().find(|slot| slot.is_none()) {
            Some(free) => Some(free),
            None => victim(&mut table, candidates, candidate),
        };
        if let Some(place) = place {
            *place = Some(candidate.occupant);
        }
    }
    table
}

/// The slot of whoever has been silent for longest, if the candidate may have it.
fn victim<'a>(
    table: &'a mut [Option<Occupant>],
    candidates: &[Candidate],
    newcomer: &Candidate,
) -> Option<&'a mut Option<Occupant>> {
    let spoke = |slot: &Option<Occupant>| {
        let occupant = (*slot)?;
        let known = candidates.iter().find(|candidate| candidate.occupant == occupant)?;
        (occupant.source == Source::Camera).then_some(known.spoke)
    };
    let quietest = table.iter().filter_map(spoke).min()?;
    let is_screen = newcomer.occupant.source == Source::Screen;
    if !is_screen && newcomer.spoke.saturating_sub(HYSTERESIS) <= quietest {
        return None;
    }
    table.iter_mut().find(|slot| spoke(slot) == Some(quietest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000;

    fn camera(transport: u32, spoke: i64) -> Candidate {
        Candidate { occupant: Occupant { transport, source: Source::Camera }, spoke }
    }

    fn screen(transport: u32) -> Candidate {
        Candidate { occupant: Occupant { transport, source: Source::Screen }, spoke: i64::MIN }
    }

    fn people(table: &[Option<Occupant>]) -> Vec<Option<u32>> {
        table.iter().map(|slot| slot.map(|occupant| occupant.transport)).collect()
    }

    #[test]
    fn a_third_person_leaves_the_others_where_they_are() {
        let two = assign(&[None, None, None], &[camera(7, i64::MIN)]);
        let three = assign(&two, &[camera(3, SECOND), camera(7, i64::MIN)]);
        assert_eq!(people(&three), [Some(7), Some(3), None]);
    }

    #[test]
    fn who_leaves_frees_a_slot_and_nobody_moves() {
        let full = assign(&[None; 3], &[camera(1, 0), camera(2, 0), camera(3, 0)]);
        assert_eq!(people(&assign(&full, &[camera(1, 0), camera(3, 0)])), [Some(1), None, Some(3)]);
    }

    #[test]
    fn a_screen_gets_a_slot_of_its_own_even_when_all_are_taken() {
        let full = assign(&[None; 2], &[camera(1, SECOND), camera(2, 9 * SECOND)]);
        let shared = assign(&full, &[camera(1, SECOND), camera(2, 9 * SECOND), screen(2)]);
        assert_eq!(shared, [Some(camera(2, 0).occupant), Some(screen(2).occupant)]);
    }

    #[test]
    fn more_people_than_slots_take_turns_by_speaking() {
        let full = assign(&[None; 2], &[camera(1, 0), camera(2, SECOND), camera(3, i64::MIN)]);
        assert_eq!(people(&full), [Some(2), Some(1)]);
        let soon = assign(&full, &[camera(1, 0), camera(2, SECOND), camera(3, 2 * SECOND)]);
        assert_eq!(soon, full, "not before the others have been silent for a while");
        let later = assign(&full, &[camera(1, 0), camera(2, SECOND), camera(3, 4 * SECOND)]);
        assert_eq!(people(&later), [Some(2), Some(3)]);
    }

    proptest! {
        #[test]
        fn nobody_is_in_two_slots_and_no_slot_is_wasted(
            slots in 0usize..6,
            steps in prop::collection::vec(prop::collection::btree_map(0u32..8, (any::<bool>(), 0i64..20), 0..8), 1..20),
        ) {
            let mut table = vec![None; slots];
            for step in steps {
                let mut candidates = vec![];
                for (transport, (shares, spoke)) in step {
                    candidates.push(camera(transport, spoke * SECOND));
                    if shares {
                        candidates.push(screen(transport));
                    }
                }
                table = assign(&table, &candidates);
                let taken: Vec<_> = table.iter().flatten().collect();
                for (index, one) in taken.iter().enumerate() {
                    prop_assert!(!taken[..index].contains(one));
                    prop_assert!(candidates.iter().any(|candidate| candidate.occupant == **one));
                }
                prop_assert_eq!(taken.len(), candidates.len().min(slots));
            }
        }
    }
}
