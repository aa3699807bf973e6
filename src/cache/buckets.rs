//! Buckets of callers that all nodes take from, by Redis's own clock.
//!
//! Invariant: a key is a hash that only this hub can make; neither an address nor a person can be read from it.

use super::Redis;
use crate::command::limits::{Bucket, SharedBuckets};
use deadpool_redis::redis::Script;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::sync::LazyLock;
use std::time::Duration;

/// GCRA. In `KEYS[1]` stands the instant (µs) at which the bucket is full again; something else that stands there counts
/// as nothing, and nothing that stands there keeps a caller out for longer than an empty bucket would. Answers how long
/// to wait (µs), 0 when a token was taken.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local time = redis.call('TIME')
         local now = time[1] * 1000000 + time[2]
         local each, most = tonumber(ARGV[1]), tonumber(ARGV[2])
         local kept = redis.pcall('GET', KEYS[1])
         local full = type(kept) == 'string' and tonumber(kept) or now
         if full ~= full or full < now then full = now end
         full = math.min(full, now + most)
         local wait = full + each - most - now
         if wait > 0 then return math.ceil(wait) end
         full = full + each
         redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
         return 0",
    )
});

impl SharedBuckets for Redis {
    fn take<'a>(
        &'a self,
        kind: &'static str,
        bucket: Bucket,
        key: &str,
    ) -> BoxFuture<'a, Option<Duration>> {
        let name = self.keys.sealer.derive_token(&["bucket", kind, key]);
        let name = self.key("bucket", name.expose());
        let each = 1_000_000 / u64::from(bucket.per_second.max(1));
        let most = each.saturating_mul(bucket.burst.into());
        async move {
            let wait = self.ask(async |mut on| {
                TAKE.key(name).arg(each).arg(most).invoke_async::<u64>(&mut on).await
            });
            wait.await.map(Duration::from_micros)
        }
        .boxed()
    }
}
