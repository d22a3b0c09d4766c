/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "plugin/plan/hygiene/change_hygiene.h"
#include "plugin/plan/wording.h"

enum {
    PATH_SHOWN = 80,
    NAMES_SHOWN = 5,
    TEXT_SHOWN = 160
};

/* Why the one goes, or is asked about: by the rule of the finding. */
static const struct {
    const char *rule;
    const char *sentence;
} rules[] = {
    {"team", "What the team says stays; it is an agent's own."},
    {"owner", "An owner stated the other."},
    {"moved", "The other rests on newer evidence that passed a change test."},
    {"quorum", "More people stand behind the other."},
    {"e-value", "The evidence of the other is stronger."},
    {"older", "The other is older, and nothing else tells them apart."},
    {"place", "Nothing tells them apart but their place."},
    {"specific", "The most specific text stays as it is."},
    {"number", "They differ in a number."},
    {"negation", "One says not."},
    {"opposite", "They differ in a word and its opposite."},
    {"choice", "They differ in one choice of several."},
    {"vanished",
     "It was in use and has not been seen for 60 days; others like it have."},
    {"unsupported",
     "Nobody who had not been told did so for three half-lives."},
    {"budget",
     "The store holds more than its budget, and others help more for their "
     "size."},
};

static const char *sentence_of(const char *rule)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (strcmp(rules[i].rule, rule) == 0) {
            return rules[i].sentence;
        }
    }
    return "";
}

void wording_hygiene_title(const struct hygiene_finding *finding,
                           struct buf *out)
{
    static const char *const titles[] = {
        [HYGIENE_DUPLICATE] = "said twice: ",
        [HYGIENE_CONTRADICTION] = "contradicted: ",
        [HYGIENE_STALE] = "about what is gone: ",
        [HYGIENE_BUDGET] = "over budget: ",
    };
    buf_add_text(out, titles[finding->label]);
    wording_escape(finding->entry->path, PATH_SHOWN, out);
}

static void add_place(const struct hygiene_finding *finding,
                      const struct hygiene_entry *entry, struct buf *out)
{
    if (!bytes_equal(entry->store, finding->entry->store)) {
        wording_escape(entry->store, PATH_SHOWN, out);
        buf_add_text(out, " ");
    }
    wording_quote(entry->path, PATH_SHOWN, out);
}

static void add_others(const struct hygiene_finding *finding, struct buf *out)
{
    for (size_t i = 0; i < finding->other_count && i < NAMES_SHOWN; i++) {
        buf_add_text(out, i ? ", " : " ");
        add_place(finding, finding->others[i], out);
    }
    if (finding->other_count > NAMES_SHOWN) {
        buf_add_format(out, " and %zu more",
                       finding->other_count - NAMES_SHOWN);
    }
}

static void add_text(const struct hygiene_entry *entry, struct buf *out)
{
    buf_add_text(out, "in the words of one: ");
    wording_quote(entry->content, TEXT_SHOWN, out);
    buf_add_text(out, "\n");
}

void wording_hygiene_content(const struct hygiene_finding *finding,
                             struct buf *out)
{
    static const char *const facts[] = {
        [HYGIENE_DUPLICATE] = "the same is said in",
        [HYGIENE_CONTRADICTION] = "the opposite is said in",
        [HYGIENE_STALE] = "it is about",
        [HYGIENE_BUDGET] = "there is no room for it",
    };
    buf_add_text(out, "observed: of ");
    wording_quote(finding->entry->path, PATH_SHOWN, out);
    buf_add_text(out, ", ");
    buf_add_text(out, facts[finding->label]);
    add_others(finding, out);
    if (finding->label == HYGIENE_STALE) {
        buf_add_text(out, " ");
        wording_quote(finding->gone, PATH_SHOWN, out);
    }
    buf_add_text(out, ". ");
    buf_add_text(out, sentence_of(finding->rule));
    buf_add_text(out, "\n");
    for (size_t i = 0; i < finding->other_count && i < 2; i++) {
        add_text(finding->others[i], out);
    }
}
