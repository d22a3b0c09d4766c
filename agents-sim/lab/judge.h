/* SPDX-License-Identifier: MIT */
/* judge.h: what a change says, in the few words a judge needs.
 *
 * Reads the typed fields and detail_json (plugin/README.md lists its members);
 * the wording of a memory is looked at only for whether a mark occurs in it.
 * Threads: any. */
#ifndef REVERIE_AGENTS_SIM_LAB_JUDGE_H
#define REVERIE_AGENTS_SIM_LAB_JUDGE_H

#include "agents-sim/lab/lab.h"

enum {
    JUDGE_NONE = UINT32_MAX,
    JUDGE_STEPS_MAX = 32
};

enum judge_kind {
    JUDGE_OTHER,
    JUDGE_PREFERENCE,
    JUDGE_DIRECTIVE,
    JUDGE_MISTAKE,
    JUDGE_WORKFLOW,
    JUDGE_HYGIENE
};

/* Texts are lent by the change or by `detail`. */
struct judged {
    enum judge_kind kind;
    uint32_t team; /* of the world; JUDGE_NONE: another store */
    bool is_retired;
    struct bytes path;
    struct bytes subject;
    struct bytes option;
    struct bytes content;
    struct bytes title;
    struct json *detail; /* NULL: none */
    struct bytes label;  /* of a mistake: "fix", "transient", ... */
    struct bytes fix;    /* what it says helps; empty: nothing */
};

/* judged_fini frees the detail. */
void judged_init(struct judged *judged, const struct world *world,
                 const struct lab_change *it);
void judged_fini(struct judged *judged);

/* Whether ${mark} occurs in content, title, subject, option or path. */
bool judged_holds(const struct judged *judged, const char *mark);

/* Whether what is said to help is, or holds, ${fix}. */
bool judged_fix_is(const struct judged *judged, const char *fix);

/* The steps of a workflow, lent; how many. */
uint32_t judged_steps(const struct judged *judged,
                      struct bytes out[JUDGE_STEPS_MAX]);

/* Whether ${needle} occurs in ${text}. */
bool bytes_hold(struct bytes text, const char *needle);

#endif
