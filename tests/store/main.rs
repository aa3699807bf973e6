//! One suite for every store: the same stories are told to the memory store, to SQLite in a file, and to PostgreSQL.
//!
//! PostgreSQL is found by `BEDSIDE_TEST_POSTGRES`, the address of a server on which databases may be made (`scripts/postgres.sh
//! start` prints one). Without it those stories fail; `BEDSIDE_TEST_SKIP_POSTGRES=1` leaves them out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect has failed"
)]

mod agenda;
mod audit_archive;
mod audit_terminal;
mod backups;
mod bookings;
mod broken;
mod check_terminal;
mod checks;
mod command_line;
mod conversations;
mod entrances;
mod erased;
mod faults;
mod federation;
mod files;
mod forged;
mod guards;
mod halves;
mod handover;
mod hard_rows;
mod holds;
mod houses;
mod identity;
mod ledger;
mod links;
mod log_guards;
mod migrating;
mod openings;
mod outbox;
mod password_links;
mod payments;
mod people;
mod pooler;
mod profiles;
mod races;
mod reports;
mod residency;
mod rights;
mod rotation;
mod samples;
mod schema;
mod sealed;
mod sessions;
mod sharing;
mod staff;
mod subjects;
mod support;
mod talk;
mod talks_erased;
mod tampering;
#[path = "../support/template.rs"]
mod template;
mod trail;
mod uncalled;
mod usage;
mod visits;
mod with_change;
mod zones;

/// Makes one test of each story for each kind of store that is named.
macro_rules! stories {
    (on $($kind:ident),+: $($area:ident { $($story:ident),+ $(,)? })+) => {
        stories!(@kinds [$($kind),+] [$($($area::$story)+)+]);
    };
    (@kinds [$($kind:ident),+] $stories:tt) => {
        $( stories!(@kind $kind $stories); )+
    };
    (@kind memory $stories:tt) => { stories!(@tests memory Memory $stories); };
    (@kind sqlite $stories:tt) => { stories!(@tests sqlite Sqlite $stories); };
    (@kind postgres $stories:tt) => { stories!(@tests postgres Postgres $stories); };
    (@tests $name:ident $kind:ident [$($area:ident::$story:ident)+]) => {
        mod $name {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    let kind = crate::support::Kind::$kind;
                    crate::support::tell(kind, crate::$area::$story).await;
                }
            )+
        }
    };
}

mod every_store {
    stories! {
        on memory, sqlite, postgres:
        uncalled { other_settings_are_recorded_once_for_each_node }
        with_change {
            a_row_is_saved_with_the_first_change_of_its_call,
            what_is_refused_leaves_no_row,
            what_cannot_be_recorded_is_not_done,
            what_is_on_the_way_to_a_change_brings_no_row,
            an_exchange_of_tokens_is_one_transaction_with_its_row,
            an_erasure_brings_its_row_when_somebody_is_erased,
            an_erasure_of_conversations_brings_its_row_with_its_certificate,
            a_conversation_that_is_begun_anew_brings_its_row,
            a_payment_brings_its_row_when_it_is_begun_and_never_again,
        }
        people {
            an_account_is_found_by_id_and_by_email,
            an_email_belongs_to_one_account,
            of_many_who_take_one_email_one_gets_it,
            people_are_listed_by_name,
            a_used_key_makes_no_second_account,
        }
        staff {
            a_change_is_kept_once_and_ends_sessions_with_a_role,
            a_used_key_changes_nobody_again,
            whoever_is_suspended_has_no_session_until_they_come_back,
            people_are_listed_by_whether_they_can_sign_in,
            of_two_administrators_who_take_each_others_office_one_stays,
            nobody_decides_who_is_no_administrator_there,
            nothing_is_booked_with_who_is_suspended,
            a_booking_and_a_change_at_once_do_not_miss_each_other,
            a_new_name_is_that_of_what_is_to_come,
        }
        residency {
            a_database_is_of_the_region_that_was_written_first,
            whoever_moved_away_has_no_session_until_they_come_back,
            what_is_open_of_whoever_is_kept_elsewhere_by_now_ends,
            nothing_is_booked_for_or_with_whoever_moved_away,
            a_booking_and_a_move_at_once_do_not_miss_each_other,
        }
        entrances {
            a_sign_in_and_a_suspension_at_once_leave_nothing_open,
            a_sign_in_and_a_move_at_once_leave_nothing_open,
        }
        erased {
            nothing_is_booked_for_whoever_was_erased,
            no_conversation_is_made_with_whoever_was_erased,
        }
        houses {
            there_is_a_first_organisation_and_each_has_its_short_name,
            whose_something_is_is_known,
        }
        sessions {
            a_session_is_opened_and_ended_once,
            a_session_refers_to_what_exists,
            a_refresh_token_rotates,
            the_token_before_is_good_until_the_grace_period_ends,
            an_older_token_ends_the_session,
            a_session_that_ended_or_expired_is_gone,
            of_many_concurrent_rotations_one_rotates,
            open_sessions_of_a_participant_are_listed,
            sessions_that_expired_long_ago_are_deleted_and_no_others,
        }
        identity {
            a_factor_counts_from_its_confirmation_on,
            a_step_or_a_count_is_used_once,
            recovery_codes_and_challenges_are_used_once,
            factors_are_bounded_removed_and_reset,
            of_many_tries_at_once_no_more_get_through_than_the_rule_lets,
            sign_ins_are_listed_ended_and_followed,
            a_new_password_ends_the_others,
            a_first_factor_ends_what_a_password_alone_has_opened,
            of_many_at_once_one_is_the_first_and_one_stays,
            an_address_drains_and_is_given_successes_back,
            tries_and_successes_do_not_wait_for_each_other,
        }
        password_links {
            a_link_is_good_when_it_was_looked_at,
            an_account_has_one_link_that_is_good,
            a_password_by_a_link_ends_what_there_was,
            a_password_that_is_changed_ends_the_link,
            whoever_is_invited_has_no_session_until_they_chose,
            of_many_who_use_one_link_one_sets_the_password,
            links_are_forgotten_after_their_end,
        }
        rotation {
            whoever_trusts_the_first_key_follows_to_the_last,
            the_old_key_signs_nothing_any_more,
            a_successor_that_was_forged_is_none,
            what_stopped_while_it_was_handed_on_is_finished,
        }
        handover {
            a_log_of_before_a_rotation_is_not_continued_by_the_key_of_later,
            nobody_takes_a_key_away_while_the_log_is_handed_on_to_it,
            a_hub_that_goes_on_while_the_end_is_read_is_not_left_behind,
            files_of_before_a_rotation_are_not_said_to_be_cut_off,
        }
        federation {
            an_identity_is_one_accounts_and_an_account_has_one_of_each_issuer,
            with_the_factors_of_an_account_go_its_identities,
            of_many_who_link_one_identity_one_gets_it,
            a_session_that_a_provider_opened_is_ended_by_it_once,
            what_is_ended_is_not_opened_and_what_is_unlinked_neither,
            a_logout_and_a_sign_in_at_once_leave_nothing_open,
            logouts_are_forgotten_after_their_end,
        }
        visits {
            a_visit_comes_back_as_it_was_made,
            a_visit_needs_its_people,
            appointments_may_touch_but_not_overlap,
            a_cancelled_visit_no_longer_holds_the_time,
            of_64_who_want_one_slot_one_gets_it,
            of_two_bookings_with_one_key_one_is_made,
            visits_are_listed_by_person_and_time,
            a_claim_grows_the_epoch,
            of_many_concurrent_claims_each_gets_its_own_epoch,
            a_commit_is_saved_whole,
            a_commit_does_not_change_what_was_agreed,
            a_visit_is_read_as_of_one_moment,
            a_writer_with_an_old_epoch_changes_nothing,
            a_writer_that_counts_otherwise_changes_nothing,
            a_writer_without_a_claim_changes_nothing,
            a_commit_without_events_keeps_the_numbers,
            of_many_who_write_one_number_one_does,
            a_used_key_takes_the_whole_commit_back,
            a_refused_link_takes_the_whole_commit_back,
            quality_is_kept_for_members_only,
        }
        holds {
            a_schedule_is_claimed_like_a_visit,
            a_writer_with_an_old_epoch_or_another_count_changes_no_schedule,
            a_schedule_commit_has_its_rows_of_the_audit_log_or_is_not_done,
            a_used_key_takes_the_whole_schedule_commit_back,
            hours_come_back_as_they_were_saved,
            a_hold_claims_time_until_it_expires,
            claims_may_touch_but_not_overlap,
            seats_of_a_group_share_a_time,
            what_has_expired_is_never_in_the_way,
            a_hold_that_expires_at_the_moment_of_booking_books_nothing,
            ended_holds_give_their_time_back,
            no_hold_is_left_with_half_of_its_claims,
            a_hold_refers_to_what_exists,
        }
        zones {
            a_day_moves_at_once_or_not_at_all,
            what_is_the_same_gets_the_new_version_only,
        }
        payments {
            of_many_payments_of_one_hold_one_is,
            a_payment_is_changed_by_who_has_read_it,
            a_payment_is_used_by_the_booking_that_it_was_for,
            a_hold_that_is_longer_holds_longer,
        }
        bookings {
            a_hold_becomes_an_appointment,
            a_hold_is_booked_for_what_it_holds,
            a_series_is_booked_whole_or_not_at_all,
            an_administrator_places_without_a_hold,
            a_visit_without_a_schedule_claims_its_time,
            a_cancellation_is_a_version_and_gives_the_time_back,
            what_took_place_keeps_its_time,
            a_move_takes_the_new_time_and_gives_the_old_one_back,
            a_move_that_is_refused_moves_nothing,
            bookings_are_read_in_the_order_asked_for,
            live_appointments_are_found_by_their_zone_database,
            loads_and_clinicians_seen_are_counted,
        }
        profiles {
            services_are_listed_by_name_and_change_by_revision,
            of_many_who_write_one_revision_one_does,
            practitioners_are_all_whose_time_can_be_booked,
            patients_tell_about_themselves,
            closures_are_of_the_clinic,
            who_waits_first_is_first,
            of_a_freed_place_each_is_told_once,
            a_task_is_open_once,
            a_conflict_is_over_with_the_next_move_and_with_the_end,
        }
        races {
            of_many_owners_of_one_schedule_one_writes,
            of_many_schedules_that_want_one_interpreter_one_gets_them,
            a_group_has_as_many_as_it_has_seats,
            of_many_holds_of_one_patient_three_are_made,
            of_many_wishes_of_one_patient_ten_are_kept,
            a_hold_is_booked_or_it_expires,
            a_move_and_a_cancellation_at_the_same_time_leave_no_claim,
            a_refusal_concerns_whoever_caused_it_and_nobody_else,
            what_many_owners_write_at_once_is_all_there,
            whoever_is_refused_among_many_is_refused_alone,
            what_has_expired_is_in_the_way_of_none_of_many,
        }
        links {
            a_link_is_looked_at_without_being_used,
            a_link_is_for_a_member_of_the_visit,
            a_used_key_keeps_no_second_link,
            of_32_who_use_one_link_one_gets_in,
            a_link_expires,
            a_link_opens_a_session_for_its_participant_only,
            a_revocation_withdraws_links_and_ends_sessions,
            a_revocation_and_a_use_at_the_same_time_leave_no_session,
            a_revocation_and_a_new_link_at_the_same_time_leave_no_good_link,
        }
        outbox {
            a_notice_comes_back_as_it_was_saved,
            a_notice_refers_to_what_exists,
            a_notice_is_taken_when_it_is_due,
            of_many_workers_each_notice_goes_to_one,
            what_is_announced_becomes_a_notice_of_each_channel_when_it_is_due,
            a_lease_that_ended_gives_the_notice_to_the_next,
            what_failed_is_tried_again_when_it_is_said,
            what_was_settled_stays_settled,
            ends_that_come_at_once_are_each_as_they_were,
            the_dead_are_listed_and_revived,
            the_inbox_is_for_its_person,
            what_a_person_wants_is_kept,
        }
        files {
            a_file_comes_back_as_it_was_begun,
            of_many_files_as_many_are_begun_as_there_may_be,
            a_database_has_a_name_that_it_keeps,
            what_is_quarantined_is_listed_by_pages,
            pieces_come_in_order_and_once,
            a_file_is_attached_once_and_as_it_was,
            a_file_is_changed_by_who_has_read_it,
            of_many_who_take_what_is_due_one_gets_it,
            files_go_with_the_key,
        }
        openings {
            an_owner_begins_with_one_moment,
            what_nobody_has_claimed_has_no_fence,
            answers_without_a_line_are_kept_once,
        }
        conversations {
            a_conversation_comes_back_as_it_was_opened,
            a_conversation_of_a_visit_is_beside_that_of_care,
            a_conversation_refers_to_what_exists,
            of_many_who_open_one_conversation_one_makes_it,
            lines_are_numbered_without_a_gap,
            a_fenced_writer_changes_nothing_of_a_conversation,
            of_many_who_write_one_line_one_does,
            a_used_key_takes_the_whole_group_back,
            what_a_line_names_exists_or_nothing_is_saved,
            members_come_and_go_and_keep_their_marks,
            marks_never_go_back,
            who_is_out_of_office_says_so_until_they_are_back,
            the_log_and_the_messages_are_read_by_page,
        }
        sealed {
            messages_of_others_are_unread_until_they_were_displayed,
            conversations_are_listed_by_what_was_posted_last,
            messages_are_found_by_all_of_their_terms,
            what_is_written_anew_is_found_by_its_new_words,
            a_message_of_thousands_of_terms_is_kept_whole,
            keys_are_sealed_anew_one_after_the_other,
            a_destroyed_key_leaves_nothing_to_read_or_to_find,
            a_long_conversation_is_destroyed_in_short_steps,
        }
        subjects {
            a_person_has_one_key_and_nothing_is_sealed_without_it,
            profiles_of_before_are_found_until_they_are_sealed,
            keys_of_people_are_sealed_anew,
            a_sample_of_a_key_may_be_a_conversations,
        }
        rights {
            what_somebody_agreed_to_is_a_row_each_time,
            nobody_is_erased_while_a_hold_stands,
            an_erasure_takes_key_name_address_and_sign_ins,
            no_conversation_is_destroyed_while_a_hold_stands,
            what_is_held_does_not_go_by_its_age,
            what_a_patient_said_goes_from_appointments_and_payments,
        }
        reports {
            a_report_is_kept_under_its_name_and_seen_by_whom_it_is_for,
            nobody_keeps_more_reports_than_they_may,
            a_report_about_somebody_goes_with_them,
        }
        talks_erased {
            conversations_go_but_for_those_of_visits_to_come,
            no_erasure_of_conversations_is_certified_while_a_hold_stands,
            one_of_each_waits_and_everything_answers_both,
        }
        sharing {
            every_version_of_what_is_shared_is_kept_and_the_last_one_holds,
            who_writes_a_conversation_is_fenced_when_its_patient_shares_otherwise,
            a_relation_is_what_was_agreed_and_who_is_in_a_conversation,
            an_appointment_that_a_clinician_made_alone_counts_when_the_two_have_met,
            an_emergency_is_open_for_its_time_and_told_with_it,
            of_many_emergencies_at_once_no_more_are_opened_than_may_be,
            somebody_else_looks_into_an_emergency_and_once,
        }
        usage {
            who_agrees_now_is_counted_and_nobody_else,
            figures_are_of_one_organisation,
            what_is_counted_is_bounded_by_time_and_number,
            what_happened_in_a_visit_is_given_with_it,
        }
        ledger {
            an_answer_is_found_by_caller_operation_and_key,
            of_many_who_use_one_key_one_keeps_an_answer,
            old_answers_are_deleted_oldest_first_and_no_others,
            audit_rows_are_read_newest_first,
            audit_rows_of_one_call_are_kept_together_or_not_at_all,
            audit_rows_of_many_calls_are_all_kept,
            a_healthy_store_is_ready,
        }
        trail {
            rows_become_entries_in_one_order_each_once,
            of_many_nodes_that_append_none_forks_the_log,
            whoever_was_overtaken_appends_nothing,
            a_leaf_names_nobody_and_what_it_hides_can_be_erased,
            whose_record_it_was_is_known_from_what_is_named,
            the_audit_log_is_looked_through_by_page,
        }
        hard_rows {
            rows_that_name_many_are_written_in_smaller_batches,
        }
    }
}

mod walls {
    stories! {
        on postgres:
        houses {
            a_query_without_a_condition_sees_one_organisation,
            somebody_writes_into_no_other_organisation,
            a_connection_keeps_nothing_of_whom_it_served,
            who_is_behind_the_wall_is_known,
        }
        pooler { a_backup_is_refused_behind_what_does_not_say_for_whom_it_is }
    }
}

mod databases {
    stories! {
        on sqlite, postgres:
        houses {
            nobody_moves_to_another_organisation,
            a_program_of_before_and_the_hub_itself_are_known,
        }
        residency { of_nodes_that_write_a_region_at_once_all_are_told_the_same }
        talks_erased { a_program_of_before_erases_nobody_who_asked_for_less }
        migrating { a_table_in_use_is_come_back_to_and_keeps_nobody_waiting }
        halves {
            each_migration_makes_what_the_table_says,
            a_migration_that_is_interrupted_leaves_nothing,
            a_schema_that_was_brought_up_by_half_is_named_and_left_as_it_is,
        }
        schema {
            what_is_kept_is_there_after_opening_anew,
            a_closed_store_aborts,
            two_programs_on_one_database_rotate_a_token_once,
            the_file_is_for_its_owner_alone,
            migrating_twice_is_harmless,
            many_nodes_may_migrate_at_the_same_time,
            every_index_is_there,
            every_entity_reads_its_table,
            attendance_and_audit_are_append_only,
            an_unknown_word_in_a_row_fails_the_call,
            a_writer_that_waits_too_long_has_saved_nothing,
            an_outcome_is_unknown_only_when_the_commit_was_cut_short,
        }
        guards {
            the_tables_themselves_refuse_an_overlap,
            the_tables_themselves_refuse_what_no_claim_is,
            of_64_connections_that_insert_one_claim_one_does,
            every_guard_is_there,
            the_program_before_still_books_and_cancels,
            what_was_booked_before_the_migration_holds_its_time,
            a_month_of_history_is_one_partition,
        }
        log_guards {
            the_log_of_a_conversation_is_append_only,
            the_tables_of_conversations_refuse_what_cannot_be,
            the_log_epoch_outlives_the_program_and_is_of_one_database,
            a_database_has_another_name_than_every_other,
            an_unknown_word_in_a_conversation_fails_the_call,
            a_message_that_is_put_back_is_known_for_what_it_is,
            what_the_version_before_wrote_is_found,
        }
        trail {
            a_row_that_is_committed_late_becomes_an_entry_all_the_same,
            what_was_signed_is_append_only,
        }
        tampering {
            whoever_changes_the_log_in_the_database_is_found_out,
            whoever_makes_hashes_anew_cannot_sign_them,
            two_logs_under_one_key_are_told_apart_by_what_was_kept,
            an_entry_is_proven_from_files_alone,
            files_that_were_changed_are_found,
        }
        hard_rows {
            a_batch_that_is_too_large_is_made_smaller,
            a_row_that_cannot_be_read_is_an_entry_that_says_so,
        }
        checks {
            a_promise_that_is_broken_is_found_by_its_check_and_no_other,
            what_is_being_destroyed_is_not_wrong,
            a_sign_in_of_whoever_is_kept_elsewhere_is_found,
            a_check_goes_on_page_by_page,
            a_row_that_is_wrong_is_told_each_night_until_it_is_mended,
            a_check_that_takes_several_nights_says_so_and_forgets_nothing,
            a_long_log_is_read_over_several_nights_to_its_end,
            what_was_found_good_is_not_read_again_until_it_is_time,
        }
        forged {
            nobody_signs_an_end_that_was_forged,
            what_was_published_stays_as_the_evidence,
            lines_that_are_shown_are_all_there_and_in_order,
        }
        subjects {
            nothing_that_is_sealed_stands_in_the_database,
            rows_that_somebody_changed_in_the_tables_are_refused,
            who_was_moved_to_another_organisation_is_not_read_there,
        }
    }
}
