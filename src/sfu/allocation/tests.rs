use super::Choice::{Layer, Nothing, Paused};
use super::PauseReason::{Bandwidth, Hidden};
use super::*;
use proptest::prelude::*;
use rstest::rstest;

const ALL: [Option<u64>; 3] = [Some(150_000), Some(500_000), Some(1_500_000)];
const AUDIO_BPS: u64 = 80_000;
const TICK_US: i64 = 100_000;

fn camera(slot: u8, width: u16, height: u16) -> Demand {
    Demand { slot, source: Source::Camera, width, height, layers: ALL }
}

fn screen(slot: u8, bps: u64) -> Demand {
    let layers = [Some(bps), None, None];
    Demand { slot, source: Source::Screen, width: 1280, height: 720, layers }
}

fn known(estimate_bps: u64, audio_bps: u64) -> Budget {
    Budget { estimate_bps, trial_bps: estimate_bps, audio_bps }
}

fn at(video_kbps: u64) -> Budget {
    known(AUDIO_BPS + video_kbps * 1_000, AUDIO_BPS)
}

fn choices(grants: &[Grant]) -> Vec<Choice> {
    grants.iter().map(|grant| grant.choice).collect()
}

/// What a fresh allocator decides.
fn first(video_kbps: u64, demands: &[Demand]) -> Vec<Choice> {
    choices(&Allocator::default().allocate(at(video_kbps), demands, 0))
}

fn cost(demands: &[Demand], grants: &[Grant]) -> u64 {
    let of = |(demand, grant): (&Demand, &Grant)| match grant.choice {
        Layer(layer) => demand.layers[usize::from(layer)].expect("only layers that exist"),
        Paused(_) | Nothing => 0,
    };
    demands.iter().zip(grants).map(of).sum()
}

#[rstest]
#[case::thumbnail(180, 0)]
#[case::a_pixel_more(181, 1)]
#[case::half(360, 1)]
#[case::a_pixel_more_than_half(361, 2)]
#[case::full(1_080, 2)]
fn the_layer_follows_the_height(#[case] height: u16, #[case] layer: u8) {
    assert_eq!(first(8_000, &[camera(0, 320, height)]), [Layer(layer)]);
}

#[rstest]
#[case::no_high_layer([Some(1), Some(2), None], 720, Layer(1))]
#[case::only_low([Some(1), None, None], 720, Layer(0))]
#[case::only_high([None, None, Some(3)], 90, Layer(2))]
#[case::hole_in_the_middle([Some(1), None, Some(3)], 360, Layer(0))]
#[case::no_video([None, None, None], 720, Nothing)]
#[case::no_video_and_hidden([None, None, None], 0, Nothing)]
#[case::hidden(ALL, 0, Paused(Hidden))]
fn a_publisher_may_have_fewer_layers(
    #[case] layers: [Option<u64>; 3],
    #[case] height: u16,
    #[case] choice: Choice,
) {
    assert_eq!(first(8_000, &[Demand { layers, ..camera(0, 640, height) }]), [choice]);
}

#[rstest]
#[case::all(1_500, Layer(2))]
#[case::a_bit_less(1_499, Layer(1))]
#[case::less(499, Layer(0))]
#[case::not_even_low(149, Paused(Bandwidth))]
fn a_camera_gets_what_fits(#[case] video_kbps: u64, #[case] choice: Choice) {
    assert_eq!(first(video_kbps, &[camera(0, 1_280, 720)]), [choice]);
}

#[rstest]
#[case::everything(4_000, [Layer(2), Layer(2), Layer(0)])]
#[case::one_camera_high(2_699, [Layer(2), Layer(1), Layer(0)])]
#[case::both_middle(1_900, [Layer(1), Layer(1), Layer(0)])]
#[case::one_middle(1_500, [Layer(1), Layer(0), Layer(0)])]
#[case::all_low(1_000, [Layer(0), Layer(0), Layer(0)])]
#[case::one_camera(700, [Layer(0), Paused(Bandwidth), Layer(0)])]
#[case::the_screen_alone(600, [Paused(Bandwidth), Paused(Bandwidth), Layer(0)])]
#[case::cameras_when_the_screen_is_too_much(400, [Layer(0), Layer(0), Paused(Bandwidth)])]
fn the_screen_goes_first_and_equals_take_turns(
    #[case] video_kbps: u64,
    #[case] expected: [Choice; 3],
) {
    let demands = [camera(0, 640, 720), camera(1, 640, 720), screen(2, 550_000)];
    assert_eq!(first(video_kbps, &demands), expected);
}

#[test]
fn the_larger_picture_goes_first() {
    let demands = [camera(0, 160, 90), camera(1, 1_280, 720)];
    assert_eq!(first(200, &demands), [Paused(Bandwidth), Layer(0)]);
}

#[test]
fn sound_alone_leaves_nothing_for_video() {
    let budget = known(60_000, AUDIO_BPS);
    let grants = Allocator::default().allocate(budget, &[camera(0, 640, 360)], 0);
    assert_eq!(choices(&grants), [Paused(Bandwidth)]);
}

/// Plays budgets, each for so many ticks; returns the choice for the one slot at every tick.
fn play(allocator: &mut Allocator, demand: Demand, budgets: &[(u64, usize)]) -> Vec<Choice> {
    let mut now_us = 0;
    let mut seen = Vec::new();
    for (video_kbps, ticks) in budgets {
        for _ in 0..*ticks {
            seen.extend(choices(&allocator.allocate(at(*video_kbps), &[demand], now_us)));
            now_us += TICK_US;
        }
    }
    seen
}

#[test]
fn down_at_once_and_up_after_two_seconds_of_headroom() {
    let demand = camera(0, 640, 360);
    let seen = play(&mut Allocator::default(), demand, &[(600, 1), (400, 1), (576, 21), (576, 1)]);
    assert_eq!(seen[0], Layer(1));
    assert_eq!(seen[1], Layer(0), "the very next call");
    assert!(seen[2..22].iter().all(|choice| *choice == Layer(0)), "1.9 s are not 2 s: {seen:?}");
    assert_eq!(seen[22], Layer(1), "15 % more than 500 kb/s for 2 s");
}

#[test]
fn room_without_headroom_is_not_enough() {
    let demand = camera(0, 640, 360);
    let seen = play(&mut Allocator::default(), demand, &[(400, 1), (570, 600)]);
    assert!(seen.iter().all(|choice| *choice == Layer(0)));
}

#[test]
fn a_pause_ends_by_the_same_rule() {
    let demand = camera(0, 640, 360);
    let seen = play(&mut Allocator::default(), demand, &[(100, 5), (200, 19), (100, 1), (200, 22)]);
    assert!(seen[..45].iter().all(|choice| *choice == Paused(Bandwidth)), "the dip starts it over");
    assert_eq!(seen[45], Layer(0));
}

#[test]
fn what_the_viewer_asks_for_comes_at_once() {
    let mut allocator = Allocator::default();
    let budget = at(2_000);
    assert_eq!(choices(&allocator.allocate(budget, &[camera(0, 0, 0)], 0)), [Paused(Hidden)]);
    assert_eq!(choices(&allocator.allocate(budget, &[camera(0, 320, 180)], 1)), [Layer(0)]);
    assert_eq!(choices(&allocator.allocate(budget, &[camera(0, 1_280, 720)], 2)), [Layer(2)]);
}

#[test]
fn hiding_does_not_trick_the_patience() {
    let mut allocator = Allocator::default();
    let shown = [camera(0, 640, 360)];
    assert_eq!(choices(&allocator.allocate(at(100), &shown, 0)), [Paused(Bandwidth)]);
    allocator.allocate(at(160), &[camera(0, 0, 0)], 1);
    assert_eq!(choices(&allocator.allocate(at(160), &shown, 2)), [Paused(Bandwidth)]);
    allocator.forget(0);
    assert_eq!(choices(&allocator.allocate(at(160), &shown, 3)), [Layer(0)], "somebody else");
}

#[rstest]
fn a_noisy_estimate_does_not_flap(#[values(480, 520, 560, 600, 650, 700)] mean_kbps: u64) {
    let mut allocator = Allocator::default();
    let demand = camera(0, 640, 360);
    let mut random = 88_172_645_463_325_252_u64;
    let mut seen = Vec::new();
    for tick in 0..6_000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let noise = random % 21; // ±10 %
        let budget = at(mean_kbps * (90 + noise) / 100);
        seen.extend(choices(&allocator.allocate(budget, &[demand], tick * TICK_US)));
    }
    let changes = seen.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(changes <= 2, "{changes} switches in ten minutes");
}

fn demand() -> impl Strategy<Value = Demand> {
    let layers = proptest::array::uniform3(proptest::option::of(0..3_000_000_u64));
    (0..6_u8, any::<bool>(), 0..3_u16, 0..800_u16, layers).prop_map(
        |(slot, is_screen, width, height, layers)| Demand {
            slot,
            source: if is_screen { Source::Screen } else { Source::Camera },
            width: width * 640,
            height,
            layers,
        },
    )
}

/// A table has each slot once.
fn table() -> impl Strategy<Value = Vec<Demand>> {
    proptest::collection::vec(demand(), 0..6).prop_map(|mut demands| {
        (0..).zip(&mut demands).for_each(|(slot, demand)| demand.slot = slot);
        demands
    })
}

proptest! {
    #[test]
    fn never_more_than_the_estimate_beside_the_sound(
        calls in proptest::collection::vec((table(), 0..9_000_000_u64, 0..500_000_u64), 1..40),
    ) {
        let mut allocator = Allocator::default();
        for (now_us, (demands, estimate_bps, audio_bps)) in (0..).step_by(700_000).zip(calls) {
            let budget = known(estimate_bps, audio_bps);
            let grants = allocator.allocate(budget, &demands, now_us);
            prop_assert_eq!(grants.len(), demands.len());
            prop_assert!(cost(&demands, &grants) <= estimate_bps.saturating_sub(audio_bps));
            for (demand, grant) in demands.iter().zip(&grants) {
                prop_assert_eq!(demand.slot, grant.slot);
                let is_hidden = demand.width == 0 || demand.height == 0;
                prop_assert!(!(is_hidden && matches!(grant.choice, Layer(_))));
            }
            prop_assert!(allocator.limits.len() <= demands.len());
        }
    }

    #[test]
    fn equal_pictures_are_never_two_layers_apart(
        video_kbps in 0..10_000_u64, count in 1..8_u8, height in 1..800_u16,
    ) {
        let demands: Vec<Demand> = (0..count).map(|slot| camera(slot, 640, height)).collect();
        let steps: Vec<u8> = first(video_kbps, &demands)
            .iter()
            .map(|choice| if let Layer(layer) = choice { layer + 1 } else { 0 })
            .collect();
        let (least, most) = (steps.iter().min(), steps.iter().max());
        prop_assert!(most.unwrap() - least.unwrap() <= 1, "{:?}", steps);
    }

    #[test]
    fn more_budget_never_shows_less_of_one_camera(less in 0..3_000_u64, more in 0..3_000_u64) {
        let shown = |kbps| match first(kbps, &[camera(0, 1_280, 720)])[0] {
            Layer(layer) => layer + 1,
            Paused(_) | Nothing => 0,
        };
        prop_assert!(shown(less.min(more)) <= shown(less.max(more)));
    }
}

/// A camera that sends one layer only.
fn single(slot: u8, bps: u64) -> Demand {
    Demand { layers: [Some(bps), None, None], ..camera(slot, 1_280, 720) }
}

#[test]
fn a_first_picture_does_not_wait_for_an_estimate_that_is_a_guess() {
    let guess = |trial_bps| Budget { trial_bps, ..at(500) };
    let mut allocator = Allocator::default();
    let mut choose =
        |trial, demands: &[Demand], now| choices(&allocator.allocate(guess(trial), demands, now));
    assert_eq!(choose(1_800_000, &[single(0, 700_000)], 0), [Layer(0)]);
    assert_eq!(choose(1_800_000, &[single(0, 900_000)], TICK_US), [Layer(0)]);
    assert_eq!(
        choose(580_000, &[single(0, 900_000)], 2 * TICK_US),
        [Paused(Bandwidth)],
        "no guess"
    );
}

#[test]
fn what_is_tried_is_bounded_and_never_a_better_layer() {
    let budget = Budget { trial_bps: 1_800_000, ..at(600) };
    let of = |demands: &[Demand]| choices(&Allocator::default().allocate(budget, demands, 0));
    assert_eq!(of(&[camera(0, 1_280, 720)]), [Layer(1)], "there is a picture");
    let three = [single(0, 700_000), single(1, 700_000), single(2, 700_000)];
    assert_eq!(of(&three), [Layer(0), Layer(0), Paused(Bandwidth)]);
    assert_eq!(of(&[camera(0, 640, 720), single(1, 1_200_000)]), [Layer(1), Layer(0)]);
    assert_eq!(of(&[camera(0, 640, 720), single(1, 1_300_000)]), [Layer(1), Paused(Bandwidth)]);
}
