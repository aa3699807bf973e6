//! How good a link is, in one figure from 0 to 5, from what can be measured.
//!
//! The delay part follows the shape of the simplified E-model of ITU-T G.107 (delay beyond 160 ms hurts twice as
//! much); loss is weighed by 2.5 points a per cent, which is what Opus with in-band FEC loses at most.

/// What was measured of one link.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measured {
    /// Round trip, ms.
    pub round_trip_ms: u32,
    /// The larger of both directions' loss, per cent.
    pub loss_percent: f32,
}

/// 5 is as good as it gets, 0 is unusable.
pub fn score(link: Measured) -> u8 {
    let one_way = f64::from(link.round_trip_ms) / 2.0 + 20.0;
    let delay = if one_way < 160.0 { one_way / 40.0 } else { (one_way - 120.0) / 10.0 };
    let loss = f64::from(link.loss_percent.clamp(0.0, 100.0)) * 2.5;
    let rating = 93.2 - delay - loss;
    match rating {
        it if it >= 80.0 => 5,
        it if it >= 70.0 => 4,
        it if it >= 60.0 => 3,
        it if it >= 50.0 => 2,
        it if it >= 20.0 => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, 0.0, 5)]
    #[case(100, 1.0, 5)]
    #[case(200, 5.0, 4)]
    #[case(300, 5.0, 4)]
    #[case(300, 10.0, 3)]
    #[case(300, 15.0, 2)]
    #[case(300, 20.0, 1)]
    #[case(2_000, 50.0, 0)]
    #[case(100, f32::NAN, 0)]
    fn links(#[case] round_trip_ms: u32, #[case] loss_percent: f32, #[case] expected: u8) {
        assert_eq!(score(Measured { round_trip_ms, loss_percent }), expected);
    }
}
