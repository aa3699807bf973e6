use super::simulation::{
    Network,
    Step::{Capacity, Expects, FeedbackArrives, Holds, Jitter, Loss, Moves, Runs, Video, Wants},
};
use super::{Config, Estimator, Feedback};
use proptest::prelude::*;

/// Every story is told on several networks: what holds by luck does not hold.
const SEEDS: [u64; 4] = [1, 7, 42, 2026];

fn on_every_network(capacity_kbps: u64, steps: &[super::simulation::Step]) {
    for seed in SEEDS {
        Network::new(capacity_kbps, seed).play(steps);
    }
}

#[test]
fn finds_a_megabit_and_stays_there() {
    on_every_network(
        1_000,
        &[
            Runs(15.0),
            Expects("found within 15 s", (700, 1_050)),
            Holds(60.0, "and kept for a minute", (650, 1_150)),
        ],
    );
}

#[test]
fn finds_eight_megabits_by_probing_before_the_first_frame_is_old() {
    on_every_network(20_000, &[Runs(2.0), Expects("three probes later", (5_000, 8_000))]);
}

#[test]
fn more_is_tried_until_the_way_shows_something() {
    let config = Config::default();
    let tried = |network: &Network| network.estimator.trial_bps(network.now_us()) / 1_000;
    for seed in SEEDS {
        let mut wide = Network::new(20_000, seed);
        assert_eq!(tried(&wide), 3 * config.start_bps / 1_000);
        wide.play(&[Runs(2.0)]);
        assert_eq!(tried(&wide), wide.kbps(), "a probe came through");
        let mut narrow = Network::new(200, seed);
        narrow.play(&[Runs(1.5)]);
        assert_eq!(tried(&narrow), narrow.kbps(), "the queue grew");
        let mut silent = Network::new(2_000, seed);
        silent.play(&[FeedbackArrives(false), Runs(4.0)]);
        assert!(tried(&silent) > 2 * silent.kbps());
        silent.play(&[Runs(1.5)]);
        assert_eq!(tried(&silent), silent.kbps(), "nothing was heard of it");
    }
}

#[test]
fn follows_a_drop_and_comes_back() {
    on_every_network(
        1_000,
        &[
            Runs(15.0),
            Capacity(300),
            Runs(2.0),
            Expects("2 s after the drop", (100, 315)),
            Runs(5.0),
            Holds(15.0, "settled on the narrow way", (150, 345)),
            Capacity(1_000),
            Runs(25.0),
            Expects("back after 25 s", (700, 1_050)),
        ],
    );
}

#[test]
fn chance_losses_of_five_per_cent_are_no_congestion() {
    on_every_network(
        1_000,
        &[Loss(0.05), Runs(15.0), Holds(60.0, "5 % lost at random", (600, 1_150))],
    );
}

#[test]
fn a_link_that_loses_a_fifth_whatever_is_sent_is_still_used() {
    on_every_network(
        1_000,
        &[Runs(10.0), Loss(0.20), Runs(20.0), Holds(40.0, "20 % lost at random", (350, 1_150))],
    );
}

#[test]
fn losses_of_our_own_making_are_answered() {
    for seed in SEEDS {
        let mut network = Network::new(400, seed);
        // A queue of three packets: the bottleneck shows itself by losses before any delay can be
        // seen.
        network.shallow_queue();
        network.play(&[Runs(20.0), Holds(30.0, "a way without a queue", (150, 520))]);
    }
}

#[test]
fn idle_time_neither_raises_nor_lowers() {
    on_every_network(
        3_000,
        &[
            Runs(20.0),
            Expects("first it is found", (2_000, 3_150)),
            Video(0),
            Wants(100),
            Holds(60.0, "a minute of audio alone", (2_000, 3_300)),
            Wants(8_000),
            Video(8_000),
            Holds(15.0, "and the video is back at once", (1_900, 3_300)),
        ],
    );
}

#[test]
fn what_was_never_sent_is_never_believed() {
    on_every_network(
        8_000,
        &[Wants(200), Video(100), Holds(60.0, "144 kb/s say nothing of megabits", (500, 620))],
    );
}

#[test]
fn a_narrow_and_lossy_way_is_left_to_audio() {
    for seed in SEEDS {
        let mut network = Network::new(64, seed);
        network.play(&[
            Loss(0.20),
            Runs(1.5),
            Expects("seen at once", (30, 64)),
            Runs(8.5),
            Holds(30.0, "64 kb/s, 20 % lost", (30, 90)),
        ]);
        assert!(network.queue_ms() < 250.0, "{} ms of queue", network.queue_ms());
    }
}

#[test]
fn audio_alone_is_never_cut() {
    for seed in SEEDS {
        let mut network = Network::new(100, seed);
        network.play(&[
            Video(0),
            Wants(44),
            Jitter(15.0),
            Holds(60.0, "audio with jitter on a narrow way", (60, 620)),
        ]);
        assert_eq!(network.lost_audio, 0, "the queue never overflows");
        assert_eq!(network.padding_bytes, 0, "and nobody fills it with padding");
    }
}

#[test]
fn jitter_is_no_congestion() {
    on_every_network(
        2_000,
        &[Jitter(10.0), Runs(20.0), Holds(30.0, "10 ms of jitter", (1_000, 2_500))],
    );
}

#[test]
fn silence_lowers_the_estimate_and_its_end_restores_it() {
    on_every_network(
        2_000,
        &[
            Runs(15.0),
            FeedbackArrives(false),
            Runs(4.0),
            Expects("nothing heard for 4 s", (100, 600)),
            FeedbackArrives(true),
            Runs(0.5),
            Expects("the way is the one it was", (1_200, 2_100)),
            FeedbackArrives(false),
            Runs(8.0),
            FeedbackArrives(true),
            Runs(0.2),
            Expects("after 8 s nothing is taken for granted", (30, 900)),
        ],
    );
}

#[test]
fn a_new_route_is_learned_anew() {
    on_every_network(
        5_000,
        &[
            Runs(10.0),
            Capacity(500),
            Moves,
            Expects("trust of a beginner", (30, 600)),
            Runs(10.0),
            Expects("the new way", (300, 525)),
        ],
    );
}

#[test]
fn probing_costs_little() {
    for seed in SEEDS {
        let mut network = Network::new(1_000, seed);
        network.play(&[Runs(120.0)]);
        let share = network.padding_bytes as f64 * 8.0 / (1e6 * 120.0);
        assert!(share < 0.01, "{share} of the way is padding");
    }
}

#[test]
fn receiver_reports_bound_a_client_without_transport_feedback() {
    let mut estimator = Estimator::new(Config::default());
    let mut now_us = 0;
    let mut seq = 0_u16;
    let mut report = |estimator: &mut Estimator, fraction: f64, times: u32| {
        for _ in 0..times {
            for _ in 0..50 {
                now_us += 20_000;
                seq = seq.wrapping_add(1);
                estimator.on_sent(seq, 1_000, now_us);
            }
            estimator.on_loss(fraction, now_us);
        }
        estimator.bitrate_bps(now_us)
    };
    assert_eq!(report(&mut estimator, 0.0, 5), 600_000, "no loss, no change");
    let bounded = report(&mut estimator, 0.5, 10);
    assert!(bounded < 300_000, "half is lost: {bounded}");
    assert_eq!(report(&mut estimator, 0.0, 60), 600_000, "and back to what it was trusted with");
}

#[test]
fn deltas_become_times() {
    let feedback = Feedback::from_deltas(2, 65_535, [Some(4), None, Some(-2)]);
    assert_eq!(
        feedback.packets,
        [(65_535, Some(129_000)), (0, None), (1, Some(128_500))],
        "64 ms, 250 µs, and a sequence that starts over"
    );
}

#[derive(Debug, Clone)]
enum Input {
    Sent(u16, usize),
    Feedback(Vec<(u16, Option<i64>)>),
    Loss(f64),
    RoundTrip(u32),
    Probe,
    Route,
}

fn input() -> impl Strategy<Value = Input> {
    let arrival = prop_oneof![any::<i64>(), 0..10_000_000_i64];
    let line = (any::<u16>(), proptest::option::of(arrival));
    prop_oneof![
        8 => (prop_oneof![any::<u16>(), 0..200_u16], 0..70_000_usize)
            .prop_map(|(seq, bytes)| Input::Sent(seq, bytes)),
        4 => proptest::collection::vec(line, 0..80).prop_map(Input::Feedback),
        1 => any::<f64>().prop_map(Input::Loss),
        1 => any::<u32>().prop_map(Input::RoundTrip),
        1 => Just(Input::Probe),
        1 => Just(Input::Route),
    ]
}

proptest! {
    #[test]
    fn nothing_a_client_says_leads_out_of_bounds(
        inputs in proptest::collection::vec((input(), 0..3_000_000_i64), 0..200),
    ) {
        let config = Config::default();
        let mut estimator = Estimator::new(config);
        let mut now_us = 0;
        for (input, passes_us) in inputs {
            now_us += passes_us;
            match input {
                Input::Sent(seq, bytes) => estimator.on_sent(seq, bytes, now_us),
                Input::Feedback(packets) => estimator.on_feedback(&Feedback { packets }, now_us),
                Input::Loss(fraction) => estimator.on_loss(fraction, now_us),
                Input::RoundTrip(ms) => estimator.on_round_trip(ms),
                Input::Probe => {
                    if let Some(probe) = estimator.probe(now_us) {
                        prop_assert!(probe.bitrate_bps <= config.cap_bps);
                        prop_assert!(probe.bytes < 100_000);
                    }
                }
                Input::Route => estimator.on_route_change(now_us),
            }
            let bps = estimator.bitrate_bps(now_us);
            prop_assert!((config.floor_bps..=config.cap_bps).contains(&bps), "{bps}");
            prop_assert!(estimator.history.len() <= 4_096);
        }
    }
}
