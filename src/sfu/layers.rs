//! Which simulcast layer of a picture a slot gets. Pure.
//!
//! Owns the rule by size. What the network carries is decided in the allocation and comes in as a
//! ceiling.

/// The layers of one picture that come at the moment, by layer: their SSRCs.
pub(crate) type Live = [Option<u32>; 3];

/// Most lines at which the smallest and the middle layer are enough.
const SMALL: u16 = 180;
const MIDDLE: u16 = 360;

/// The largest layer that a picture of this size can use. A client that has not said anything gets
/// the best.
pub(crate) fn wanted(size: Option<(u16, u16)>) -> Option<u8> {
    match size {
        None => Some(2),
        Some((0, _) | (_, 0)) => None,
        Some((_, height)) if height <= SMALL => Some(0),
        Some((_, height)) if height <= MIDDLE => Some(1),
        Some(_) => Some(2),
    }
}

/// The highest live layer up to `ceiling`; when all are above it, the lowest there is. Browsers
/// leave the upper layers out for small cameras, so the one that is wanted may not exist.
pub(crate) fn best(live: &Live, ceiling: u8) -> Option<(u8, u32)> {
    let all = || (0u8..).zip(live).filter_map(|(layer, ssrc)| Some((layer, (*ssrc)?)));
    all().filter(|(layer, _)| *layer <= ceiling).last().or_else(|| all().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_decides_the_layer() {
        let table = [
            (None, Some(2)),
            (Some((0, 0)), None),
            (Some((320, 180)), Some(0)),
            (Some((321, 181)), Some(1)),
            (Some((640, 360)), Some(1)),
            (Some((1280, 720)), Some(2)),
        ];
        for (size, layer) in table {
            assert_eq!(wanted(size), layer, "{size:?}");
        }
    }

    /// Pitfall 6: at 640×360 a browser sends only two layers.
    #[test]
    fn the_highest_live_layer_up_to_the_wanted_one_is_taken() {
        assert_eq!(best(&[Some(10), Some(11), None], 2), Some((1, 11)));
        assert_eq!(best(&[Some(10), Some(11), Some(12)], 2), Some((2, 12)));
        assert_eq!(best(&[Some(10), None, Some(12)], 1), Some((0, 10)));
        assert_eq!(best(&[None, None, Some(12)], 0), Some((2, 12)), "better than nothing");
        assert_eq!(best(&[None, None, None], 2), None);
    }
}
