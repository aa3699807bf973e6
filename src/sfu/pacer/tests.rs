use super::*;
use proptest::prelude::*;

fn packet(kind: Kind, bytes: usize, payload: u32) -> Packet<u32> {
    Packet { kind, bytes, payload }
}

fn accept(pacer: &mut Pacer<u32>, kind: Kind, bytes: usize, payload: u32, now_us: i64) {
    assert_eq!(pacer.push(packet(kind, bytes, payload), now_us), None, "there is room");
}

/// Pushes what may find no room; the test counts what comes out.
fn offer(pacer: &mut Pacer<u32>, kind: Kind, bytes: usize, now_us: i64) {
    if let Some(refused) = pacer.push(packet(kind, bytes, u32::MAX), now_us) {
        assert_eq!(refused.kind, kind);
    }
}

fn send_all(pacer: &mut Pacer<u32>, now_us: i64) -> Vec<u32> {
    std::iter::from_fn(|| match pacer.pop(now_us) {
        Some(Popped::Send(packet)) => Some(packet.payload),
        Some(Popped::Late(packet)) => panic!("{packet:?} is late"),
        None => None,
    })
    .collect()
}

/// Runs the loop as its owner does, from deadline to deadline; hands every packet over with its
/// time.
fn run(
    pacer: &mut Pacer<u32>,
    from_us: i64,
    until_us: i64,
    mut each: impl FnMut(i64, Popped<u32>),
) {
    let mut now_us = from_us;
    while now_us < until_us {
        while let Some(popped) = pacer.pop(now_us) {
            each(now_us, popped);
        }
        match pacer.next_deadline(now_us) {
            Some(at) => now_us = at.max(now_us + 1),
            None => return,
        }
    }
}

#[test]
fn sound_first_then_repairs_then_video_then_padding() {
    let mut pacer = Pacer::new(100_000_000);
    accept(&mut pacer, Kind::Padding, 100, 6, 0);
    accept(&mut pacer, Kind::Video, 100, 4, 0);
    accept(&mut pacer, Kind::Video, 100, 5, 0);
    accept(&mut pacer, Kind::Retransmission, 100, 3, 0);
    accept(&mut pacer, Kind::Audio, 100, 1, 0);
    accept(&mut pacer, Kind::Audio, 100, 2, 0);
    assert_eq!(send_all(&mut pacer, 0), [1, 2, 3, 4, 5, 6]);
    assert_eq!(pacer.next_deadline(0), None, "nothing left, nothing to wake up for");
}

#[test]
fn video_leaves_at_the_pace_of_the_estimate() {
    let mut pacer = Pacer::new(800_000); // 1.2 Mb/s: 1 000 bytes take 6 667 µs
    for n in 0..60 {
        accept(&mut pacer, Kind::Video, 1_000, n, 0);
    }
    let mut times = Vec::new();
    run(&mut pacer, 0, 1_000_000, |at, popped| {
        assert!(matches!(popped, Popped::Send(_)));
        times.push(at);
    });
    assert_eq!(times.len(), 60);
    assert_eq!(times[0], 0);
    assert_eq!(times[1], 1_666, "5 ms of burst are spent on the first packets");
    let rest: Vec<i64> = times[1..].windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(rest.iter().all(|gap| *gap == 6_666), "{rest:?}");
}

#[test]
fn sound_never_waits_behind_a_full_queue_of_video() {
    let mut pacer = Pacer::new(200_000);
    let (mut now_us, mut sounds, mut late, mut refused) = (0, 0, 0, 0_u32);
    for n in 0..3_000_u32 {
        // Far more video than fits, all the time; sound every 20 ms.
        for _ in 0..5 {
            refused +=
                u32::from(pacer.push(packet(Kind::Video, 1_200, u32::MAX), now_us).is_some());
        }
        offer(&mut pacer, Kind::Retransmission, 1_200, now_us);
        accept(&mut pacer, Kind::Audio, 160, n, now_us);
        run(&mut pacer, now_us, now_us + 20_000, |at, popped| match popped {
            Popped::Send(sent) if sent.kind == Kind::Audio => {
                assert_eq!(sent.payload, n, "in order");
                assert!(at - now_us <= 5_000, "{} µs", at - now_us);
                sounds += 1;
            }
            Popped::Late(packet) if packet.kind == Kind::Audio => panic!("sound is late"),
            Popped::Late(_) => late += 1,
            Popped::Send(_) => {}
        });
        now_us += 20_000;
    }
    assert_eq!(sounds, 3_000);
    assert!(late > 1_000, "what could not be sent is reported: {late} late, {refused} refused");
}

#[test]
fn what_sound_takes_is_taken_off_the_video() {
    let mut pacer = Pacer::new(200_000); // 300 kb/s, of which the sound takes 64
    let mut video_bytes = 0;
    for n in 0..500 {
        let now_us = i64::from(n) * 20_000;
        offer(&mut pacer, Kind::Video, 1_000, now_us);
        offer(&mut pacer, Kind::Video, 1_000, now_us);
        accept(&mut pacer, Kind::Audio, 160, 0, now_us);
        run(&mut pacer, now_us, now_us + 20_000, |_, popped| match popped {
            Popped::Send(sent) if sent.kind == Kind::Video => video_bytes += sent.bytes,
            Popped::Send(_) | Popped::Late(_) => {}
        });
    }
    let kbps = video_bytes as f64 * 8.0 / 10_000.0;
    assert!((225.0..=238.0).contains(&kbps), "{kbps} kb/s");
}

#[test]
fn old_video_comes_out_as_late_even_when_nothing_may_leave() {
    let mut pacer = Pacer::new(30_000);
    accept(&mut pacer, Kind::Video, 5_000, 1, 0);
    accept(&mut pacer, Kind::Video, 5_000, 2, 0);
    assert_eq!(send_all(&mut pacer, 0), [1]);
    assert_eq!(send_all(&mut pacer, 199_999), [0_u32; 0]);
    assert_eq!(pacer.next_deadline(199_999), Some(200_000), "the debt is bounded");
    let mut pacer = Pacer::new(30_000);
    accept(&mut pacer, Kind::Video, 100, 1, 0);
    assert_eq!(pacer.pop(500_000), Some(Popped::Late(packet(Kind::Video, 100, 1))));
    assert_eq!(pacer.pop(500_000), None, "once");
}

#[test]
fn full_queues_give_back_old_sound_and_new_video() {
    let mut pacer = Pacer::new(30_000);
    for n in 0..100 {
        accept(&mut pacer, Kind::Audio, 100, n, 0);
    }
    assert_eq!(pacer.push(packet(Kind::Audio, 100, 100), 0), Some(packet(Kind::Audio, 100, 0)));
    for n in 0..600 {
        accept(&mut pacer, Kind::Video, 100, n, 0);
    }
    assert_eq!(pacer.push(packet(Kind::Video, 100, 600), 0), Some(packet(Kind::Video, 100, 600)));
    assert_eq!(pacer.queued(), 700);
}

#[test]
fn a_probe_is_filled_with_media_first_and_padding_then() {
    let mut pacer = Pacer::new(100_000);
    accept(&mut pacer, Kind::Video, 1_000, 1, 0);
    accept(&mut pacer, Kind::Video, 1_000, 2, 0);
    assert_eq!(send_all(&mut pacer, 0), [1], "the pace of the estimate");
    pacer.start_probe(Probe { bitrate_bps: 2_000_000, bytes: 4_000 }, 0);
    let (mut now_us, mut padding, mut last_us) = (0, 0, 0);
    loop {
        while let Some(Popped::Send(sent)) = pacer.pop(now_us) {
            padding += if sent.kind == Kind::Padding { sent.bytes } else { 0 };
            last_us = now_us;
        }
        let wanted = pacer.padding_wanted(now_us);
        if wanted > 0 {
            accept(&mut pacer, Kind::Padding, wanted.min(500), 9, now_us);
            continue;
        }
        let Some(at) = pacer.next_deadline(now_us) else { break };
        now_us = at;
    }
    assert_eq!(padding, 3_000, "the video that waited counts");
    assert!((7_000..=16_000).contains(&last_us), "4 000 bytes at 2 Mb/s: {last_us} µs");
    assert_eq!(pacer.padding_wanted(1_000_000), 0);
}

#[test]
fn a_probe_that_nobody_fills_ends() {
    let mut pacer = Pacer::<u32>::new(100_000);
    pacer.start_probe(Probe { bitrate_bps: 2_000_000, bytes: 4_000 }, 0);
    assert_eq!(pacer.padding_wanted(1), 4_000);
    assert_eq!(pacer.padding_wanted(500_000), 0);
    assert_eq!(pacer.next_deadline(500_000), None);
}

#[test]
fn an_ended_stream_is_discarded() {
    let mut pacer = Pacer::new(100_000_000);
    for n in 0..10 {
        accept(&mut pacer, Kind::Video, 100, n, 0);
    }
    pacer.discard(|payload| payload % 2 == 0);
    assert_eq!(send_all(&mut pacer, 0), [1, 3, 5, 7, 9]);
}

#[derive(Debug, Clone)]
enum Input {
    Push(Kind, usize),
    Pop,
    Estimate(u64),
    Probe(u64, usize),
}

fn input() -> impl Strategy<Value = Input> {
    let kind = prop_oneof![
        Just(Kind::Audio),
        Just(Kind::Retransmission),
        Just(Kind::Video),
        Just(Kind::Padding)
    ];
    prop_oneof![
        6 => (kind, 0..1_500_usize).prop_map(|(kind, bytes)| Input::Push(kind, bytes)),
        6 => Just(Input::Pop),
        1 => any::<u64>().prop_map(Input::Estimate),
        1 => (any::<u64>(), any::<usize>()).prop_map(|(bps, bytes)| Input::Probe(bps, bytes)),
    ]
}

proptest! {
    #[test]
    fn every_packet_comes_out_once_and_in_order(
        inputs in proptest::collection::vec((input(), 0..30_000_i64), 0..400),
    ) {
        let mut pacer = Pacer::new(500_000);
        let mut waiting: std::collections::BTreeMap<Kind, VecDeque<u32>> = Default::default();
        let mut now_us = 0;
        for (number, (input, passes_us)) in (0_u32..).zip(inputs) {
            now_us += passes_us;
            match input {
                Input::Push(kind, bytes) => {
                    let queue = waiting.entry(kind).or_default();
                    queue.push_back(number);
                    if let Some(refused) = pacer.push(packet(kind, bytes, number), now_us) {
                        queue.retain(|n| *n != refused.payload);
                    }
                }
                Input::Pop => {
                    if let Some(Popped::Send(p) | Popped::Late(p)) = pacer.pop(now_us) {
                        let queue = waiting.entry(p.kind).or_default();
                        prop_assert_eq!(queue.pop_front(), Some(p.payload));
                    } else {
                        let sounds = waiting.get(&Kind::Audio).map_or(0, VecDeque::len);
                        prop_assert_eq!(sounds, 0, "sound never waits");
                        let at = pacer.next_deadline(now_us);
                        prop_assert!(at.is_none_or(|at| at <= now_us + MOST_DEBT_US));
                    }
                }
                Input::Estimate(bps) => pacer.set_estimate(bps),
                Input::Probe(bitrate_bps, bytes) => {
                    pacer.start_probe(Probe { bitrate_bps, bytes }, now_us);
                }
            }
            let left: usize = waiting.values().map(VecDeque::len).sum();
            prop_assert_eq!(pacer.queued(), left);
            prop_assert!(left <= 1_020);
        }
    }
}
