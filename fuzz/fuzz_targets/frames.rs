//! WebSocket messages from hostile clients, in both codecs: whatever they hold, they are frames or faults.
#![no_main]

use bedside::protocol::codec::Codec;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for codec in [Codec::Json, Codec::MessagePack] {
        if let Ok(frames) = codec.decode_frames(data) {
            assert!(!frames.is_empty());
        }
    }
});
