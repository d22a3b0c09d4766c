/* SPDX-License-Identifier: MIT */
/* The words of the enumerations of the schemas. */
#include <string.h>

#include "cli/render/render.h"

enum {
    WORDS_MAX = 8
};

static const struct {
    const char *type;
    const char *words[WORDS_MAX]; /* from 0 */
} lists[] = {
    {"ChangeOp", {"change", "add", "revise", "merge", "retire"}},
    {"FindingKind",
     {"unknown", "authored", "preference", "directive", "mistake", "workflow",
      "hygiene"}},
    {"RiskClass",
     {"unknown", "low: may be applied by policy", "review: always a human",
      "sensitive: always a human"}},
    {"ChangeState",
     {"unknown", "proposed", "approved", "rejected", "expired", "applied",
      "superseded"}},
    {"VersionState",
     {"unknown", "active", "suspect", "superseded", "retired", "reverted"}},
    {"DeliveryState", {"unknown", "sent", "received", "applied"}},
    {"Decision", {"unknown", "approve", "reject", "edit", "defer"}},
    {"OutcomeEvaluated.Result",
     {"unknown", "satisfied", "needs revision", "out of iterations", "failed",
      "interrupted"}},
};

const char *render_word(const char *type, int value)
{
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        bool is_it = strcmp(lists[i].type, type) == 0;
        if (is_it && value >= 0 && value < WORDS_MAX && lists[i].words[value]) {
            return lists[i].words[value];
        }
    }
    return "unknown";
}
