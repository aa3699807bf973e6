//! Schedules as some node has read them from the store, for searches of all nodes.
//!
//! Invariants: an entry is no older than [`KEPT_FOR`], by the clock of who reads it; what an owner saves takes the entry
//! away, and a reader that had read the store before that may not put it back: it says what it saw before it read
//! ([`Seen`]). An entry of an older revision than the last that was saved is not taken. Reasons of exceptions and ids of
//! appointments are left out: searches need neither.

use super::Redis;
use crate::domain::schedule::{Claim, ClaimState, Exception, Kind, Schedule, Template};
use crate::protocol::ids::{
    AppointmentId, ExceptionId, HoldId, PersonId, ServiceId, SlotId, TemplateId,
};
use crate::protocol::time::UnixMillis;
use deadpool_redis::redis::Script;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use std::time::Duration;
use uuid::Uuid;

/// How long an entry is good, from the moment it was read from the store.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// How long it is remembered that an entry was taken away: longer than anybody reads the store.
const MARKED_FOR: Duration = Duration::from_secs(60);

/// The sealed entry (or nothing), the mark of the last time that it was taken away, and that of all entries.
static READ: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local function kept(answer) return type(answer) == 'string' and answer or '' end
         local all = kept(redis.pcall('GET', KEYS[2]))
         local mark = kept(redis.pcall('HGET', KEYS[1], 'mark'))
         if kept(redis.pcall('HGET', KEYS[1], 'all')) ~= all then return {'', mark, all} end
         return {kept(redis.pcall('HGET', KEYS[1], 'entry')), mark, all}",
    )
});

/// Keeps an entry, unless one was taken away since the marks were read.
static KEEP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local function kept(answer) return type(answer) == 'string' and answer or '' end
         if kept(redis.pcall('GET', KEYS[2])) ~= ARGV[2] then return 0 end
         if kept(redis.pcall('HGET', KEYS[1], 'mark')) ~= ARGV[1] then return 0 end
         local saved = tonumber(kept(redis.pcall('HGET', KEYS[1], 'revision'))) or 0
         if saved > tonumber(ARGV[3]) then return 0 end
         if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
         redis.call('HSET', KEYS[1], 'entry', ARGV[4], 'all', ARGV[2], 'mark', ARGV[1], 'revision', ARGV[3])
         redis.call('PEXPIRE', KEYS[1], ARGV[5])
         return 1",
    )
});

/// Takes an entry away and marks the moment; `ARGV[1]` is the revision that was saved, or 0.
static TAKE_AWAY: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
         local time = redis.call('TIME')
         local saved = tonumber(redis.call('HGET', KEYS[1], 'revision') or '') or 0
         redis.call('HDEL', KEYS[1], 'entry')
         redis.call('HSET', KEYS[1], 'mark', time[1] .. '.' .. time[2],
                    'revision', math.max(saved, tonumber(ARGV[1])))
         redis.call('PEXPIRE', KEYS[1], ARGV[2])
         return 1",
    )
});

/// Takes all entries away: those that carry another mark are none.
static TAKE_ALL_AWAY: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local time = redis.call('TIME')
         redis.call('SET', KEYS[1], time[1] .. '.' .. time[2], 'PX', ARGV[1])
         return 1",
    )
});

/// What was seen before the store was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    mark: String,
    all: String,
}

/// What Redis says of a schedule.
#[derive(Debug)]
pub enum Shared {
    /// The schedule, good until then.
    Found(Schedule, UnixMillis),
    /// None; whoever reads the store may keep it there.
    Missing(Seen),
}

impl Redis {
    /// A schedule. `None` when nobody knows.
    pub async fn schedule(&self, id: PersonId) -> Option<Shared> {
        let (one, all) = (self.key("schedule", id), self.key("schedules", "all"));
        let ask = self.ask(async |mut on| {
            READ.key(one).key(all).invoke_async::<(Vec<u8>, Vec<u8>, Vec<u8>)>(&mut on).await
        });
        let (entry, mark, all) = ask.await?;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_default();
        let now = self.clock.now();
        let found = self.opened(id, &text(entry)).and_then(|it| {
            let good_until = it.at.min(now).plus(KEPT_FOR);
            (now < good_until).then(|| Shared::Found(it.into(), good_until))
        });
        Some(found.unwrap_or_else(|| Shared::Missing(Seen { mark: text(mark), all: text(all) })))
    }

    /// Keeps what was read from the store at `at`, after `seen`.
    pub async fn keep_schedule(&self, id: PersonId, of: &Schedule, at: UnixMillis, seen: Seen) {
        let Ok(plain) = serde_json::to_vec(&Entry::of(of, at)) else { return };
        let Ok(sealed) = self.keys.sealer.seal(&place(id), &plain) else { return };
        let (one, all) = (self.key("schedule", id), self.key("schedules", "all"));
        let for_ms = millis(KEPT_FOR);
        let _kept_or_not = self
            .ask(async |mut on| {
                let mut call = KEEP.key(one);
                call.key(all).arg(seen.mark).arg(seen.all).arg(of.revision);
                call.arg(sealed).arg(for_ms).invoke_async::<u8>(&mut on).await
            })
            .await;
    }

    /// A schedule was written: what is kept of it is no longer so. `revision` is what was saved, when that is known.
    pub async fn forget_schedule(&self, id: PersonId, revision: u32) {
        let key = self.key("schedule", id);
        let _done_or_away = self
            .ask(async |mut on| {
                let mut call = TAKE_AWAY.key(key);
                call.arg(revision).arg(millis(MARKED_FOR)).invoke_async::<u8>(&mut on).await
            })
            .await;
    }

    /// Something was written that is part of every schedule.
    pub async fn forget_schedules(&self) {
        let key = self.key("schedules", "all");
        let _done_or_away = self
            .ask(async |mut on| {
                let mut call = TAKE_ALL_AWAY.key(key);
                call.arg(millis(MARKED_FOR)).invoke_async::<u8>(&mut on).await
            })
            .await;
    }

    fn opened(&self, id: PersonId, sealed: &str) -> Option<Entry> {
        let plain = self.keys.sealer.open(&place(id), sealed)?;
        serde_json::from_slice(&plain).ok()
    }
}

fn place(id: PersonId) -> String {
    format!("schedule/{id}")
}

fn millis(of: Duration) -> u64 {
    u64::try_from(of.as_millis()).unwrap_or(u64::MAX)
}

/// A schedule as it stands in Redis. An entry that another version wrote and that does not fit is none.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    at: UnixMillis,
    revision: u32,
    templates: Vec<Hours>,
    exceptions: Vec<Deviation>,
    claims: Vec<Taken>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    id: TemplateId,
    location: String,
    zone: String,
    recurrence: String,
    minutes: (u16, u16),
    days: (String, Option<String>),
    except: Vec<String>,
    services: Vec<ServiceId>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deviation {
    id: ExceptionId,
    whose: Option<PersonId>,
    opens: bool,
    zone: String,
    local: (String, String),
    location: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Taken {
    id: SlotId,
    whose: PersonId,
    at: (UnixMillis, UnixMillis),
    busy: (UnixMillis, UnixMillis),
    group: Uuid,
    seat: u8,
    service: Option<ServiceId>,
    hold: HoldId,
    expires: Option<UnixMillis>,
}

impl Entry {
    fn of(it: &Schedule, at: UnixMillis) -> Self {
        Entry {
            at,
            revision: it.revision,
            templates: it.templates.iter().map(Hours::of).collect(),
            exceptions: it.exceptions.iter().map(Deviation::of).collect(),
            claims: it.claims.iter().map(Taken::of).collect(),
        }
    }
}

impl From<Entry> for Schedule {
    fn from(it: Entry) -> Self {
        Schedule {
            templates: it.templates.into_iter().map(Template::from).collect(),
            exceptions: it.exceptions.into_iter().map(Exception::from).collect(),
            claims: it.claims.into_iter().map(Claim::from).collect(),
            revision: it.revision,
        }
    }
}

impl Hours {
    fn of(it: &Template) -> Self {
        Hours {
            id: it.template_id,
            location: it.location.clone(),
            zone: it.time_zone.clone(),
            recurrence: it.recurrence.clone(),
            minutes: (it.starts_minute, it.ends_minute),
            days: (it.valid_from.clone(), it.valid_until.clone()),
            except: it.except_dates.clone(),
            services: it.service_ids.clone(),
        }
    }
}

impl From<Hours> for Template {
    fn from(it: Hours) -> Self {
        Template {
            template_id: it.id,
            location: it.location,
            time_zone: it.zone,
            recurrence: it.recurrence,
            starts_minute: it.minutes.0,
            ends_minute: it.minutes.1,
            valid_from: it.days.0,
            valid_until: it.days.1,
            except_dates: it.except,
            service_ids: it.services,
        }
    }
}

impl Deviation {
    fn of(it: &Exception) -> Self {
        Deviation {
            id: it.exception_id,
            whose: it.practitioner_id,
            opens: it.kind == Kind::Open,
            zone: it.time_zone.clone(),
            local: (it.starts_local.clone(), it.ends_local.clone()),
            location: it.location.clone(),
        }
    }
}

impl From<Deviation> for Exception {
    fn from(it: Deviation) -> Self {
        Exception {
            exception_id: it.id,
            practitioner_id: it.whose,
            kind: if it.opens { Kind::Open } else { Kind::Closed },
            time_zone: it.zone,
            starts_local: it.local.0,
            ends_local: it.local.1,
            location: it.location,
            reason: String::new(),
        }
    }
}

impl Taken {
    fn of(it: &Claim) -> Self {
        let expires = match it.state {
            ClaimState::Held { expires_at } => Some(expires_at),
            ClaimState::Busy(_) => None,
        };
        Taken {
            id: it.slot_id,
            whose: it.practitioner_id,
            at: (it.starts_at, it.ends_at),
            busy: (it.busy_from, it.busy_until),
            group: it.group,
            seat: it.seat,
            service: it.service_id,
            hold: it.hold_id,
            expires,
        }
    }
}

impl From<Taken> for Claim {
    fn from(it: Taken) -> Self {
        let nobody = ClaimState::Busy(AppointmentId(Uuid::nil()));
        Claim {
            slot_id: it.id,
            practitioner_id: it.whose,
            starts_at: it.at.0,
            ends_at: it.at.1,
            busy_from: it.busy.0,
            busy_until: it.busy.1,
            group: it.group,
            seat: it.seat,
            service_id: it.service,
            hold_id: it.hold,
            state: it.expires.map_or(nobody, |expires_at| ClaimState::Held { expires_at }),
        }
    }
}
