//! What the store promises, told as stories: the same ones on SQLite and on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a story that does not go as told stops here"
)]

#[path = "contract/alerts.rs"]
mod alerts;
#[path = "contract/audit.rs"]
mod audit;
#[path = "contract/briefs.rs"]
mod briefs;
#[path = "contract/changes.rs"]
mod changes;
#[path = "contract/deciding.rs"]
mod deciding;
#[path = "contract/desk.rs"]
mod desk;
#[path = "contract/entries.rs"]
mod entries;
#[path = "contract/files.rs"]
mod files;
#[path = "contract/foresight.rs"]
mod foresight;
#[path = "contract/ground.rs"]
mod ground;
#[path = "contract/harvests.rs"]
mod harvests;
#[path = "contract/jobs.rs"]
mod jobs;
#[path = "contract/members.rs"]
mod members;
#[path = "contract/opening.rs"]
mod opening;
#[path = "contract/pages.rs"]
mod pages;
#[path = "contract/papers.rs"]
mod papers;
#[path = "contract/people.rs"]
mod people;
#[path = "../../../tests/support/postgres_cluster.rs"]
mod postgres_cluster;
#[path = "contract/reviews.rs"]
mod reviews;
#[path = "contract/rules.rs"]
mod rules;
#[path = "contract/saving.rs"]
mod saving;
#[path = "contract/sources.rs"]
mod sources;
#[path = "contract/stories.rs"]
mod stories;
#[path = "contract/submissions.rs"]
mod submissions;
#[path = "contract/subscriptions.rs"]
mod subscriptions;
#[path = "contract/typing.rs"]
mod typing;
#[path = "contract/uploads.rs"]
mod uploads;

use ground::Ground;
use postgres_cluster::PostgresCluster;

/// Each story is a test on SQLite. On PostgreSQL all of a list are one test: they share one cluster, each
/// has a database of its own.
macro_rules! stories {
    ($sqlite:ident, $postgresql:ident: $($file:ident: $($story:ident)+;)+) => {
        mod $sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    let ground = crate::Ground::sqlite().await;
                    Box::pin(crate::$file::$story(&ground)).await;
                    ground.leave().await;
                }
            )+)+
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $postgresql() {
            let Some(cluster) = PostgresCluster::start().unwrap() else { return };
            $($(
                eprintln!(concat!(stringify!($file), ": ", stringify!($story)));
                let ground = Ground::postgres(&cluster, stringify!($story)).await;
                Box::pin($file::$story(&ground)).await;
                ground.leave().await;
            )+)+
        }
    };
}

stories! { on_sqlite, on_postgresql:
    opening:
        a_store_is_the_same_when_opened_again
        a_step_made_from_another_text_is_refused
        the_steps_of_a_newer_program_are_left_alone
        a_sound_store_has_no_problems
        damage_is_told;
    sources:
        a_source_is_added_with_its_first_harvest
        the_same_url_is_a_conflict
        a_taken_slug_gets_a_number
        sources_are_listed_by_name_with_their_counts
        entries_are_the_word_of_their_institution
        what_a_source_brings_a_week_is_told_beside_what_is_usual
        sources_are_paged_those_in_trouble_first;
    harvests:
        a_harvest_twice_adds_nothing
        a_changed_entry_keeps_its_id_and_its_date
        an_absent_entry_stays
        failures_are_counted_and_cleared
        a_gone_source_is_not_read_again
        a_flood_of_entries_is_taken_in_parts
        a_title_that_comes_late_renames_the_entries
        a_source_moves_unless_another_lives_there
        a_source_is_read_as_often_as_it_changes
        what_no_database_can_keep_is_left_out
        a_write_that_fails_leaves_nothing
        two_harvests_of_one_source_follow_one_another
        many_who_write_at_once_are_all_kept_but_who_cannot_be
        a_write_that_is_given_up_halfway_leaves_nothing;
    pages:
        progress_and_records_are_one
        what_is_taken_back_is_gone_until_it_is_given_again
        one_address_may_be_asked_in_several_ways;
    papers:
        a_paper_is_kept_with_its_pages
        a_paper_is_the_same_while_its_file_is
        a_paper_that_cannot_be_read_says_why
        sections_are_known_by_their_numbers
        a_paper_that_is_gone_is_forgotten
        a_paper_that_is_dropped_leaves_no_words
        long_papers_are_told_a_few_at_a_time;
    entries:
        entries_are_read_newest_first_in_pages;
    briefs:
        pieces_become_what_the_folder_says
        a_piece_is_absent_until_its_instant
        a_piece_that_is_put_off_stays_absent
        a_piece_that_was_public_is_remembered
        two_texts_in_one_place_are_refused;
    members:
        what_is_for_members_is_for_nobody_else
        a_piece_changes_its_readers;
    changes:
        documents_are_what_the_public_may_read
        a_reader_that_polls_misses_nothing
        writers_wait_for_their_turn;
    alerts:
        a_question_is_answered_once_and_in_time
        a_question_that_nobody_answers_is_forgotten
        an_address_is_not_asked_without_end
        nobody_has_more_alerts_than_one_may
        only_hashes_of_questions_are_kept
        what_was_found_is_told_once
        what_was_known_before_is_no_news
        an_alert_that_ends_is_forgotten_with_its_mails
        the_same_search_again_goes_on_where_it_was
        another_cadence_moves_what_waits
        a_mail_leaves_once
        a_mail_that_was_given_up_is_shown
        searches_are_read_in_pages;
    jobs:
        two_workers_never_have_the_same_job
        a_lease_that_ran_out_is_taken_by_another
        work_is_tried_again_and_given_up
        one_waiting_is_enough
        a_retry_joins_what_waits
        work_of_a_newer_program_is_left
        a_forgotten_source_is_planned_again
        leases_of_a_dead_program_are_released_where_one_alone_works
        who_was_just_read_waits_for_its_next_time
        work_that_was_not_begun_goes_back
        a_long_queue_costs_no_more_than_a_short_one;
    rules:
        rules_are_kept_by_their_names
        what_is_withheld_is_in_no_public_read
        a_rule_is_applied_to_what_is_there;
    subscriptions:
        a_hub_is_asked_once_and_confirms_what_was_asked
        a_subscription_that_ended_begins_anew_after_a_week
        a_message_makes_its_source_due_but_no_server_suffers;
    stories:
        what_is_filed_is_found
        what_was_looked_up_hides_nothing
        what_is_remembered_is_what_the_database_says
        a_story_is_listed_once
        what_is_said_by_hand_is_kept
        an_alert_tells_a_story_once;
    files:
        a_file_is_kept_once_and_checked
        the_last_unreadable_answer_of_a_source_is_kept;
    foresight:
        the_latest_picture_is_given_whole_and_the_places_of_all
        a_trend_is_known_by_its_places_or_by_what_was_decided
        decisions_are_only_added
        a_call_is_answered_and_the_last_word_counts
        an_edition_stays_as_it_was
        the_figures_of_a_chart_are_taken_once
        a_trend_is_found_once_by_those_who_watch;
}

stories! { desk_on_sqlite, desk_on_postgresql:
    people:
        an_address_has_one_account_whatever_its_case
        roles_end_sessions_and_the_last_admin_stays
        admins_who_let_one_another_go_at_once_leave_one
        what_somebody_may_post_is_said_of_them_or_their_domain
        a_mailed_link_signs_in_once
        a_second_proof_gives_another_word
        sessions_end_by_their_roles
        nobody_ends_the_session_of_another
        codes_are_used_once
        tries_are_counted_and_forgotten;
    submissions:
        a_guest_begins_claims_and_sends
        numbers_begin_again_each_year
        an_address_begins_no_flood_of_drafts
        drafts_that_nobody_claims_are_forgotten
        what_is_withdrawn_is_over
        messages_wait_for_one_mail
        a_queue_begins_with_what_has_waited_longest
        a_trusted_thought_piece_is_decided_at_once;
    deciding:
        a_decision_can_be_taken_back_for_ten_seconds
        a_decision_is_carried_out_once
        what_is_accepted_stands_beside_the_folder
        a_next_version_keeps_its_address
        a_slug_is_never_given_twice
        what_is_taken_back_leaves_a_stone;
    reviews:
        reviewers_are_asked_once_and_not_without_end
        each_link_opens_its_review_and_no_other
        a_review_is_answered_while_it_is_expected
        what_is_decided_ends_what_reviewers_do;
    saving:
        words_that_follow_are_held_and_others_wait_beside
        a_page_that_types_on_beside_pushes_nobody_out
        what_somebody_chooses_takes_the_place
        whatever_happens_no_words_are_lost;
    audit:
        a_log_that_nobody_touches_is_whole
        no_word_of_the_log_changes_unseen
        no_line_of_the_log_goes_unseen
        a_log_that_was_cut_and_its_head_put_back_is_told
        acts_at_the_same_time_follow_one_another;
    uploads:
        parts_of_a_file_follow_one_another
        a_file_that_is_too_large_is_thrown_away
        what_a_file_is_and_its_copy_without_names_are_kept;
}
