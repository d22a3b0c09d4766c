/* SPDX-License-Identifier: MIT */
/* tuples.h: tuples made by hand, for the tests of what consumes them. */
#ifndef REVERIE_TESTS_UNIT_PLUGIN_TUPLES_H
#define REVERIE_TESTS_UNIT_PLUGIN_TUPLES_H

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/edge/hash.h"
#include "plugin/detector.h"

/* One tuple and the texts it lends. Every tuple is its own causal root. */
struct made {
    struct tuple tuple;
    struct tuple_slot slot;
    struct tuple_value value;
    uint8_t id[16];
    char principal[32];
    char session[48];
};

static inline void made_base(struct made *made, enum tuple_kind kind,
                             uint64_t seq, int principal, int session)
{
    memset(made, 0, sizeof(*made));
    snprintf(made->principal, sizeof(made->principal), "person-%02d",
             principal);
    snprintf(made->session, sizeof(made->session), "session-%d-%d", principal,
             session);
    memset(made->id, 7, sizeof(made->id));
    memcpy(made->id, &seq, sizeof(seq));
    made->tuple = (struct tuple){
        .kind = kind,
        .seq = seq,
        .id = bytes_of(made->id, sizeof(made->id)),
        .root = bytes_of(made->id, sizeof(made->id)),
        .principal = bytes_of_text(made->principal),
        .agent = bytes_of_text(made->principal),
        .team = BYTES_LITERAL("blue"),
        .session = bytes_of_text(made->session),
        .view = BYTES_LITERAL("team/blue@0+agent/x@0"),
        .origin = ORIGIN_AGENT,
        .has_occurred = true,
        .occurred_us = session * US_PER_DAY + (int64_t)seq,
    };
}

static inline void made_choice(struct made *made, uint64_t seq, int principal,
                               int session, const char *name,
                               const char *option)
{
    made_base(made, TUPLE_TOOL_CALL, seq, principal, session);
    made->slot = (struct tuple_slot){bytes_of_text(name), bytes_of_text(option),
                                     SLOT_FAMILY};
    made->tuple.quote = bytes_of_text(option);
    made->tuple.call = (struct tuple_call){
        .tool = BYTES_LITERAL("shell"), .slots = &made->slot, .slot_count = 1};
}

/* A session of ${principal} says what it belongs to; NULL: it does not. */
static inline void made_start(struct made *made, uint64_t seq, int principal,
                              int session, const char *repository,
                              const char *role)
{
    made_base(made, TUPLE_SESSION_START, seq, principal, session);
    made->tuple.session_start = (struct tuple_session){
        .repository = bytes_of_text(repository ? repository : ""),
        .role = bytes_of_text(role ? role : "")};
}

static inline void made_error(struct made *made, uint64_t seq, int principal,
                              int session, const char *identifier)
{
    made_base(made, TUPLE_ERROR, seq, principal, session);
    made->value = (struct tuple_value){.mask = MASK_IDENT,
                                       .text = bytes_of_text(identifier),
                                       .key = bytes_of_text(identifier),
                                       .identifies = true};
    made->tuple.origin = ORIGIN_TOOL;
    made->tuple.quote = bytes_of_text(identifier);
    made->tuple.error = (struct tuple_error){
        .tool = BYTES_LITERAL("mysql"),
        .template_text = BYTES_LITERAL("Table <IDENT> doesn't exist"),
        .template_id = 1,
        .key_id = hash_bytes(bytes_of_text(identifier)),
        .values = &made->value,
        .value_count = 1};
}

static inline void made_directive(struct made *made, uint64_t seq,
                                  int principal, int session,
                                  const char *object, const char *quote)
{
    made_base(made, TUPLE_DIRECTIVE, seq, principal, session);
    made->tuple.origin = ORIGIN_USER;
    made->tuple.quote = bytes_of_text(quote);
    made->tuple.directive =
        (struct tuple_directive){.verb = VERB_USE,
                                 .strength = DIRECTIVE_STANDING,
                                 .object = bytes_of_text(object),
                                 .key = bytes_of_text(object),
                                 .key_id = hash_bytes(bytes_of_text(object))};
}

/* A detector with what it needs around it. */
struct bench {
    const struct detector *detector;
    struct detector_setting setting;
    struct work work;
    void *state;
    struct candidates candidates;
};

static inline void bench_open(struct bench *bench,
                              const struct detector *detector)
{
    *bench = (struct bench){.detector = detector};
    bench->setting.roster = roster_new();
    bench->setting.exposures = exposures_new();
    bench->setting.work = &bench->work;
    bench->state = detector->create(&bench->setting);
    candidates_init(&bench->candidates);
}

static inline void bench_close(struct bench *bench)
{
    candidates_fini(&bench->candidates);
    bench->detector->destroy(bench->state);
    exposures_free(bench->setting.exposures);
    roster_free(bench->setting.roster);
}

static inline void bench_feed(struct bench *bench, const struct tuple *tuple)
{
    uint32_t team = roster_team(bench->setting.roster, tuple->team);
    struct detector_event event = {
        .tuple = tuple,
        .team = team,
        .principal =
            roster_principal(bench->setting.roster, team, tuple->principal)};
    bench->detector->feed(bench->state, &event);
}

/* Collects; gives the first candidate for ${subject} and ${option}. */
static inline struct candidate *
bench_find(struct bench *bench, const char *subject, const char *option)
{
    candidates_fini(&bench->candidates);
    candidates_init(&bench->candidates);
    bench->detector->collect(bench->state, &bench->candidates);
    candidates_sort(&bench->candidates);
    for (size_t i = 0; i < bench->candidates.count; i++) {
        struct candidate *candidate = &bench->candidates.items[i];
        if (bytes_equal_text(candidate->subject, subject) &&
            bytes_equal_text(candidate->option, option)) {
            return candidate;
        }
    }
    return NULL;
}

#endif
