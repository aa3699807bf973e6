//! What is looked up, and in which order. The migration test names each of them. Both databases understand them as they
//! stand; the builder knows no partial index.

pub(super) const ALL: &[&str] = &[
    "CREATE INDEX services_name ON services (name)",
    "CREATE INDEX availability_templates_of ON availability_templates (practitioner_id)",
    "CREATE INDEX availability_exceptions_of
     ON availability_exceptions (practitioner_id, ends_local)",
    "CREATE UNIQUE INDEX holds_token_hash ON holds (token_hash)",
    "CREATE INDEX holds_open_patient ON holds (patient_id, expires_at) WHERE state = 'open'",
    "CREATE INDEX holds_open_expires ON holds (expires_at) WHERE state = 'open'",
    // SC-1, the part about seats: nobody gets a place in a group that somebody has.
    "CREATE UNIQUE INDEX slots_seat ON slots (practitioner_id, group_id, seat)",
    "CREATE INDEX slots_until ON slots (practitioner_id, busy_until, busy_from, group_id)",
    "CREATE INDEX slots_held ON slots (practitioner_id, expires_at) WHERE state = 'held'",
    "CREATE INDEX slots_hold ON slots (hold_id)",
    "CREATE INDEX slots_appointment ON slots (appointment_id)",
    "CREATE INDEX appointments_live_clinician ON appointments (clinician_id, starts_at)
     WHERE status = 'booked'",
    "CREATE INDEX appointments_live_patient ON appointments (patient_id, starts_at)
     WHERE status = 'booked'",
    "CREATE INDEX appointments_live_starts ON appointments (starts_at, clinician_id)
     WHERE status = 'booked'",
    "CREATE INDEX appointment_history_at ON appointment_history (at)",
    "CREATE INDEX waitlist_service ON waitlist (service_id, created_at)",
    "CREATE INDEX waitlist_patient ON waitlist (patient_id, created_at)",
    "CREATE UNIQUE INDEX tasks_open ON tasks (appointment_id, kind) WHERE done_at IS NULL",
    "CREATE INDEX tasks_open_since ON tasks (created_at) WHERE done_at IS NULL",
    "CREATE INDEX notices_state_next ON notices (state, next_try_at)",
    "CREATE INDEX notices_person ON notices (person_id, channel, settled_at)",
    "CREATE INDEX notices_appointment ON notices (appointment_id)",
];
