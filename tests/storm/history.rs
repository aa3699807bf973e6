//! THE CHECKER: what people were told over time, and what stands in the tables in the end, against what may be.
//!
//! Time is cut into cells of half an hour of one human. A cell is a register that is free, held by a hold, or busy by what
//! that hold became. Every hold, confirmation, release, cancellation and move is an operation on each cell that it
//! concerns, between the moment at which somebody first asked and the moment at which they had a definite answer; in
//! between, it may have happened at any time (the answer of a hub that was killed is asked for again with the same key).
//!
//! B1: for every cell there is an order of its operations, each at a moment of its own span, that a register allows, and
//! that ends in what the table says (linearizability, by the search of Wing and Gong). B2: what was acknowledged stands
//! there, once, and nothing else does. B3: "taken" is told only where somebody had begun to take. B4: in the tables no
//! human has two claims at a time.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use uuid::Uuid;

/// Microseconds since the run began.
pub(crate) type Moment = u64;
/// Half an hour of one human.
pub(crate) type Cell = (Uuid, i64);

/// For so long after it was given back, a time may be told to be taken: planners hear of a cancellation afterwards.
const STALE_FOR: Moment = 2_000_000;

/// What happened to a life: the time that one hold claimed, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Held,
    Confirmed,
    GivenBack,
}

/// One definite answer.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) from: Moment,
    pub(crate) until: Moment,
    /// The hold that made the claims.
    pub(crate) life: Uuid,
    pub(crate) step: Step,
    pub(crate) cells: Vec<Cell>,
}

/// Somebody was told that it is taken.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) from: Moment,
    pub(crate) until: Moment,
    pub(crate) cells: Vec<Cell>,
}

/// A claim as the table has it in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) human: Uuid,
    /// Milliseconds, buffers included.
    pub(crate) busy: (i64, i64),
    /// The hold that made it.
    pub(crate) life: Uuid,
    /// The appointment that it belongs to; held when absent.
    pub(crate) appointment: Option<Uuid>,
}

/// An appointment, as somebody was told or as the list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stands {
    pub(crate) appointment: Uuid,
    pub(crate) patient: Uuid,
    pub(crate) starts_at: i64,
}

/// Everything that is known of a run.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) done: Vec<Done>,
    pub(crate) refused: Vec<Refused>,
    /// What was acknowledged and not given back.
    pub(crate) acknowledged: Vec<Stands>,
    /// What the lists say in the end.
    pub(crate) listed: Vec<Stands>,
    /// What the tables say in the end.
    pub(crate) claimed: Vec<Claimed>,
    /// Answers that nobody should have been given.
    pub(crate) strange: Vec<String>,
}

impl History {
    pub(crate) fn absorb(&mut self, other: History) {
        self.done.extend(other.done);
        self.refused.extend(other.refused);
        self.acknowledged.extend(other.acknowledged);
        self.strange.extend(other.strange);
    }

    /// What is wrong with it; nothing when it can be.
    pub(crate) fn violations(&self) -> Vec<String> {
        let mut found = self.strange.clone();
        found.extend(self.overlaps());
        found.extend(self.lost_or_twice());
        found.extend(self.refused_for_nothing());
        for (cell, operations) in self.registers() {
            if !is_linearizable(&operations) {
                found.push(format!("B1: no order explains {cell:?}: {operations:?}"));
            }
        }
        found
    }

    fn overlaps(&self) -> Vec<String> {
        let mut claims = self.claimed.clone();
        claims.sort_by_key(|it| (it.human, it.busy));
        let pairs = claims.windows(2);
        let overlapping =
            pairs.filter(|it| it[0].human == it[1].human && it[1].busy.0 < it[0].busy.1);
        overlapping.map(|it| format!("B4: one human at two places: {it:?}")).collect()
    }

    fn lost_or_twice(&self) -> Vec<String> {
        let (told, listed): (BTreeSet<_>, BTreeSet<_>) =
            (self.acknowledged.iter().collect(), self.listed.iter().collect());
        let lost = told.difference(&listed).map(|it| format!("B2: acknowledged and gone: {it:?}"));
        let unasked = listed.difference(&told).map(|it| format!("B2: nobody was told of {it:?}"));
        let mut found: Vec<_> = lost.chain(unasked).collect();
        if listed.len() != self.listed.len() {
            found.push("B2: an appointment is listed twice".to_owned());
        }
        for it in &told {
            if !self.claimed.iter().any(|claim| claim.appointment == Some(it.appointment)) {
                found.push(format!("B2: an appointment without its time: {it:?}"));
            }
        }
        found
    }

    fn refused_for_nothing(&self) -> Vec<String> {
        let mut taken: BTreeMap<Cell, BTreeMap<Uuid, (Moment, Moment)>> = BTreeMap::new();
        for done in &self.done {
            for cell in &done.cells {
                let span = taken.entry(*cell).or_default().entry(done.life);
                let span = span.or_insert((done.from, Moment::MAX));
                match done.step {
                    Step::Held => span.0 = done.from,
                    Step::Confirmed => {}
                    Step::GivenBack => span.1 = done.until.saturating_add(STALE_FOR),
                }
            }
        }
        let had_begun = |refused: &Refused| {
            let spans = refused.cells.iter().filter_map(|it| taken.get(it));
            let mut spans = spans.flat_map(BTreeMap::values);
            spans.any(|(from, until)| *from <= refused.until && refused.from <= *until)
        };
        let wrong = self.refused.iter().filter(|it| !had_begun(it));
        wrong.map(|it| format!("B3: told to be taken, and nobody took it: {it:?}")).collect()
    }

    /// The operations of each cell, what the table says in the end being the last.
    fn registers(&self) -> BTreeMap<Cell, Vec<Operation>> {
        let mut cells: BTreeMap<Cell, Vec<Operation>> = BTreeMap::new();
        for done in &self.done {
            for cell in &done.cells {
                let what = Does::Step(done.step, done.life);
                let operation = Operation { from: done.from, until: done.until, what };
                cells.entry(*cell).or_default().push(operation);
            }
        }
        let mut ends: BTreeMap<Cell, State> = BTreeMap::new();
        for claim in &self.claimed {
            let state = match claim.appointment {
                Some(_) => State::Busy(claim.life),
                None => State::Held(claim.life),
            };
            for cell in cells_of(claim.human, claim.busy) {
                ends.insert(cell, state);
                cells.entry(cell).or_default();
            }
        }
        for (cell, operations) in &mut cells {
            let end = ends.get(cell).copied().unwrap_or(State::Free);
            let what = Does::Reads(end);
            operations.push(Operation { from: Moment::MAX, until: Moment::MAX, what });
        }
        cells
    }
}

/// The cells that a span of milliseconds touches.
pub(crate) fn cells_of(human: Uuid, busy: (i64, i64)) -> Vec<Cell> {
    const LENGTH: i64 = 30 * 60 * 1_000;
    (busy.0.div_euclid(LENGTH)..(busy.1 + LENGTH - 1).div_euclid(LENGTH))
        .map(|it| (human, it))
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum State {
    Free,
    Held(Uuid),
    Busy(Uuid),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Step(Step, Uuid),
    Reads(State),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Operation {
    from: Moment,
    until: Moment,
    what: Does,
}

impl Operation {
    /// What a register that is `state` becomes, if it allows that.
    fn on(&self, state: State) -> Option<State> {
        match (self.what, state) {
            (Does::Step(Step::Held, life), State::Free) => Some(State::Held(life)),
            (Does::Step(Step::Confirmed, life), State::Held(it)) if it == life => {
                Some(State::Busy(life))
            }
            (Does::Step(Step::GivenBack, life), State::Held(it) | State::Busy(it))
                if it == life =>
            {
                Some(State::Free)
            }
            (Does::Reads(it), state) if it == state => Some(state),
            _ => None,
        }
    }
}

/// Whether an order of the operations explains them: each within its span, each allowed by the register. Wing and Gong's
/// search, which remembers where it has been.
fn is_linearizable(operations: &[Operation]) -> bool {
    let mut left = operations.to_vec();
    left.sort_by_key(|it| (it.from, it.until));
    let mut seen = HashSet::new();
    let mut open = vec![(vec![false; left.len()], State::Free)];
    while let Some((done, state)) = open.pop() {
        let undone = || left.iter().enumerate().filter(|(at, _)| !done[*at]);
        // Nothing can come before an operation that had ended when it began.
        let Some(first_end) = undone().map(|(_, it)| it.until).min() else { return true };
        for (at, operation) in undone().take_while(|(_, it)| it.from <= first_end) {
            let Some(next) = operation.on(state) else { continue };
            let mut then = done.clone();
            then[at] = true;
            if seen.insert((then.clone(), next)) {
                open.push((then, next));
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const HUMAN: Uuid = Uuid::from_u128(1);
    const A: Uuid = Uuid::from_u128(0xa);
    const B: Uuid = Uuid::from_u128(0xb);

    fn done(from: Moment, until: Moment, life: Uuid, step: Step) -> Done {
        Done { from, until, life, step, cells: vec![(HUMAN, 0)] }
    }

    fn claimed(life: Uuid, appointment: Option<Uuid>) -> Claimed {
        Claimed { human: HUMAN, busy: (0, 30 * 60 * 1_000), life, appointment }
    }

    fn stands(appointment: Uuid) -> Stands {
        Stands { appointment, patient: B, starts_at: 0 }
    }

    /// Somebody holds, confirms, and has it in the end.
    fn good() -> History {
        History {
            done: vec![done(0, 10, A, Step::Held), done(20, 30, A, Step::Confirmed)],
            refused: vec![Refused { from: 5, until: 8, cells: vec![(HUMAN, 0)] }],
            acknowledged: vec![stands(A)],
            listed: vec![stands(A)],
            claimed: vec![claimed(A, Some(A))],
            strange: vec![],
        }
    }

    #[test]
    fn what_can_be_is_no_violation() {
        assert_eq!(good().violations(), Vec::<String>::new());
        let mut given_back = good();
        given_back.done.extend([
            done(25, 60, B, Step::Held),
            done(40, 50, A, Step::GivenBack),
            done(61, 70, B, Step::GivenBack),
        ]);
        given_back.acknowledged.clear();
        given_back.listed.clear();
        given_back.claimed.clear();
        assert_eq!(given_back.violations(), Vec::<String>::new());
    }

    #[rstest]
    #[case::two_have_it("B1", two_have_it)]
    #[case::given_back_too_late("B1", given_back_too_late)]
    #[case::its_time_is_another_s("B1", |it: &mut History| it.claimed[0].life = B)]
    #[case::still_held("B1", |it: &mut History| it.claimed[0].appointment = None)]
    #[case::gone("B2", |it: &mut History| it.listed.clear())]
    #[case::nobody_asked("B2", |it: &mut History| it.acknowledged.clear())]
    #[case::twice("B2", |it: &mut History| it.listed.push(stands(B)))]
    #[case::without_time("B2", |it: &mut History| it.claimed.clear())]
    #[case::taken_by_nobody("B3", taken_by_nobody)]
    #[case::at_two_places("B4", |it: &mut History| it.claimed.push(claimed(B, Some(B))))]
    #[case::strange("told", |it: &mut History| it.strange.push("told nonsense".to_owned()))]
    fn what_cannot_be_is_one(#[case] what: &str, #[case] spoil: impl FnOnce(&mut History)) {
        let mut history = good();
        spoil(&mut history);
        let found = history.violations();
        assert!(found.iter().any(|it| it.starts_with(what)), "{found:?}");
    }

    fn two_have_it(it: &mut History) {
        it.done.push(done(12, 18, B, Step::Held));
    }

    fn given_back_too_late(it: &mut History) {
        it.done.extend([done(40, 50, B, Step::Held), done(60, 70, A, Step::GivenBack)]);
    }

    fn taken_by_nobody(it: &mut History) {
        it.refused.push(Refused { from: 5, until: 8, cells: vec![(HUMAN, 7)] });
    }
}
