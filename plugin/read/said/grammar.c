/* SPDX-License-Identifier: MIT */
#include "plugin/read/said/grammar.h"

#include "base/text/ascii.h"
#include "plugin/read/said/phrase.h"
#include "plugin/read/said/stance.h"

/* Whether a clause can begin here: the start, punctuation that opens one, a
 * conjunction. "that" opens one only before a person: "ones that never ..."
 * says what they are. */
static bool starts_clause(const struct words *words, size_t at)
{
    static const char *const joints[] = {"and", "but", "so", "then", NULL};
    static const char *const people[] = {"i", "we", "you", NULL};
    return at == 0 || ascii_in(words->words[at].mark_before, ".,;:(!-") ||
           words_among(words, at - 1, joints) ||
           (words_is(words, at - 1, "that") && words_among(words, at, people));
}

/* ---- clauses ------------------------------------------------------------ */

/* What stands before the verb of a clause. */
struct lead {
    size_t at;        /* of the verb */
    bool has_subject; /* I, we, our team */
    bool is_standing; /* always, never, from now on */
    bool is_negative;
    bool is_correction; /* no, actually */
    bool is_reminder;   /* make sure to */
    bool is_request;    /* can you */
    bool is_obligation; /* should, must */
    bool is_reproach;   /* you forgot to */
};

/* "don't forget to": two words. */
static bool is_forgetting(const struct words *words, size_t at)
{
    static const char *const negations[] = {"don't", "dont", "never", NULL};
    return words_among(words, at, negations) &&
           words_is(words, at + 1, "forget");
}

/* "you forgot to run", "you should have run", "why didn't you run": said of
 * what was done, meant for what will be. Gives the place of the verb, ${at}
 * where it is nothing of the kind. */
static size_t skip_reproach(const struct words *words, size_t at,
                            struct lead *lead)
{
    static const char *const lapses[] = {"forgot", "missed", "should've", NULL};
    size_t from = at + words_is(words, at, "why");
    size_t to = at;
    if (phrase_is(words, from, "didn't", "you") ||
        phrase_is(words, from, "you", "didn't")) {
        to = from + 2;
    } else if (words_is(words, at, "you") &&
               words_among(words, at + 1, lapses)) {
        to = at + 2;
    } else if (phrase_is(words, at, "you", "should") &&
               words_is(words, at + 2, "have")) {
        to = at + 3;
    }
    lead->is_reproach = to > at;
    return words_is(words, to, "to") ? to + 1 : to;
}

static size_t skip_openers(const struct words *words, size_t at,
                           struct lead *lead)
{
    static const char *const openers[] = {
        "please",   "also", "and",  "but",  "so",     "ok",   "okay",
        "hey",      "yes",  "then", "just", "hmm",    "well", "note",
        "reminder", "that", "to",   "pls",  "simply", NULL};
    static const char *const corrections[] = {"no", "nope", "actually", NULL};
    for (;;) {
        if (words_among(words, at, corrections)) {
            lead->is_correction = true;
        } else if (phrase_is(words, at, "make", "sure") ||
                   phrase_is(words, at, "be", "sure") ||
                   is_forgetting(words, at)) {
            lead->is_reminder = true;
            at++;
        } else if (words_is(words, at, "remember")) {
            lead->is_reminder = true;
        } else if (phrase_is(words, at, "from", "now") &&
                   words_is(words, at + 2, "on")) {
            lead->is_standing = true;
            at += 2;
        } else if (phrase_is(words, at, "going", "forward")) {
            lead->is_standing = true;
            at++;
        } else if (!words_among(words, at, openers)) {
            return at;
        }
        at++;
    }
}

static size_t skip_subject(const struct words *words, size_t at,
                           struct lead *lead)
{
    static const char *const subjects[] = {"i",        "we",        "you",
                                           "everyone", "everybody", NULL};
    static const char *const askers[] = {"can",   "could", "would", "will",
                                         "let's", "lets",  NULL};
    if (words_among(words, at, askers)) {
        lead->is_request = true;
        at++;
    }
    bool is_team = phrase_is(words, at, "our", "team") ||
                   phrase_is(words, at, "the", "team");
    if (is_team) {
        lead->has_subject = true;
        return at + 2;
    }
    if (words_among(words, at, subjects)) {
        lead->has_subject = !words_is(words, at, "you");
        return at + 1;
    }
    return at;
}

/* "should be using": a form of the verb, not a state. */
static bool is_continuous(const struct words *words, size_t at)
{
    return at < words->count && ascii_ends(words->words[at].text, "ing");
}

static size_t skip_modals(const struct words *words, size_t at,
                          struct lead *lead)
{
    static const char *const modals[] = {
        "need", "have", "want",  "would", "to",   "like", "please",
        "you",  "us",   "ought", "also",  "just", NULL};
    static const char *const always[] = {"always", "usually", "generally",
                                         "only", NULL};
    static const char *const negations[] = {"don't",   "dont",  "never",
                                            "stop",    "avoid", "shouldn't",
                                            "mustn't", "can't", NULL};
    for (;; at++) {
        if (words_among(words, at, always)) {
            lead->is_standing =
                lead->is_standing || !words_is(words, at, "only");
        } else if (phrase_is(words, at, "do", "not")) {
            lead->is_negative = true;
            at++;
        } else if (words_is(words, at, "not") && at > 0) {
            lead->is_negative = true;
        } else if (words_among(words, at, negations)) {
            lead->is_negative = true;
            lead->is_standing =
                lead->is_standing || words_is(words, at, "never");
        } else if (words_is(words, at, "ever")) {
            lead->is_standing = true;
        } else if (words_is(words, at, "be") && is_continuous(words, at + 1)) {
            continue;
        } else if (words_is(words, at, "should") ||
                   words_is(words, at, "must")) {
            lead->is_obligation = true;
        } else if (!words_among(words, at, modals)) {
            return at;
        }
    }
}

static struct lead read_lead(const struct words *words, size_t at)
{
    struct lead lead = {.at = at};
    at = skip_openers(words, at, &lead);
    size_t verb = skip_reproach(words, at, &lead);
    if (lead.is_reproach) {
        lead.at = verb;
        return lead;
    }
    at = skip_subject(words, at, &lead);
    lead.at = skip_modals(words, at, &lead);
    return lead;
}

/* "avoid X" names its object without a verb. */
static bool is_avoid(const struct words *words, const struct lead *lead)
{
    return lead->at > 0 && words_is(words, lead->at - 1, "avoid");
}

/* "never commit without running X" asks for X before the commit. */
static bool read_without(const struct words *words, size_t verb_at_word,
                         struct grammar_result *out)
{
    size_t at = verb_at_word + 1;
    while (at < words->count && at - verb_at_word <= 3 &&
           !words_is(words, at, "without")) {
        at++;
    }
    enum directive_verb verb = VERB_OTHER;
    if (!words_is(words, at, "without") || !phrase_verb(words, at + 1, &verb) ||
        !phrase_object(words, at + 2, &out->object, &out->object_is_code)) {
        return false;
    }
    out->polarity = DIRECTIVE_DO;
    out->verb = verb;
    out->condition = (struct span){verb_at_word, verb_at_word + 1};
    return true;
}

static bool has_words(struct span span)
{
    return span.to > span.from;
}

/* "run X before committing": a check with its occasion is a habit. */
static bool is_routine(const struct words *words, const struct lead *lead,
                       const struct grammar_result *found)
{
    static const char *const occasions[] = {"before", "after",    "every",
                                            "prior",  "whenever", NULL};
    bool is_check = found->verb == VERB_RUN || found->verb == VERB_TEST;
    return is_check && has_words(found->condition) &&
           words_among(words, found->condition.from, occasions) &&
           (!lead->has_subject || lead->is_reminder);
}

/* Clauses without "always" must name something exactly. */
static bool is_accepted_once(const struct words *words, const struct lead *lead,
                             bool is_prefer, const struct grammar_result *found)
{
    bool has_rival = has_words(found->instead);
    if (is_prefer) {
        return has_rival || !lead->is_request;
    }
    if (lead->is_reproach) {
        return true;
    }
    if (has_rival || lead->is_correction) {
        return !lead->has_subject || lead->is_request;
    }
    return lead->is_negative ? !lead->has_subject
                             : is_routine(words, lead, found);
}

/* "We use X, not Y" says what is done here. */
static bool is_custom(const struct words *words,
                      const struct grammar_result *found)
{
    return phrase_is(words, 0, "we", "use") && found->object_is_code &&
           has_words(found->instead) && found->instead.from > 0 &&
           words_is(words, found->instead.from - 1, "not");
}

/* Which of the clauses that parse are asked for strongly enough. */
static bool is_accepted(const struct words *words, const struct lead *lead,
                        bool is_prefer, const struct grammar_result *found)
{
    bool has_rival = has_words(found->instead);
    if (lead->is_standing) {
        return true;
    }
    if (words->is_question && !has_rival && !lead->is_reproach &&
        !(lead->is_request && is_routine(words, lead, found))) {
        return false;
    }
    /* "we should use strong types instead of strings" names by contrast. */
    bool is_contrast =
        has_rival && (is_prefer || (lead->has_subject && lead->is_obligation));
    return is_contrast || is_custom(words, found) ||
           (found->object_is_code &&
            is_accepted_once(words, lead, is_prefer, found));
}

static enum directive_strength strength_of(const struct words *words,
                                           const struct lead *lead,
                                           bool is_prefer,
                                           const struct grammar_result *found)
{
    for (size_t i = 1; i < words->count; i++) {
        bool is_now = words_is(words, i, "now") &&
                      !phrase_is(words, i - 1, "from", "now");
        if (words_is(words, i, "today") ||
            phrase_is(words, i, "this", "time") || is_now ||
            words_is(words, i, "yet")) {
            return DIRECTIVE_ONCE;
        }
    }
    bool has_rival = has_words(found->instead);
    bool is_habit = lead->is_standing || lead->is_reminder ||
                    (lead->is_obligation && lead->has_subject) ||
                    (is_prefer && lead->has_subject) ||
                    (!has_rival && !lead->is_negative && !lead->is_correction &&
                     !lead->is_reproach);
    return is_habit ? DIRECTIVE_STANDING : DIRECTIVE_CORRECTION;
}

/* "Using X instead of Y ..." names something; "stop using X" asks for it. */
static bool is_gerund(const struct words *words, const struct lead *lead)
{
    return is_continuous(words, lead->at) && !lead->is_negative &&
           !(lead->at > 0 && words_is(words, lead->at - 1, "be"));
}

/* The clause that begins at ${clause}; ${rival} was named before it. */
static bool read_clause(const struct words *words, size_t clause,
                        struct span rival, struct grammar_result *out)
{
    struct lead lead = read_lead(words, clause);
    struct grammar_result found = {.polarity = lead.is_negative ? DIRECTIVE_DONT
                                                                : DIRECTIVE_DO,
                                   .instead = rival};
    bool is_prefer = words_is(words, lead.at, "prefer");
    size_t object = lead.at + 1;
    if (is_gerund(words, &lead)) {
        return false;
    }
    if (!phrase_verb(words, lead.at, &found.verb)) {
        bool is_pair = phrase_is_verb(words, lead.at);
        if (!is_pair && !is_avoid(words, &lead)) {
            return false;
        }
        found.verb = VERB_USE;
        object = is_pair ? lead.at + 2 : lead.at;
    }
    if (lead.is_negative && read_without(words, lead.at, &found)) {
        found.strength = strength_of(words, &lead, false, &found);
        *out = found;
        return found.object_is_code || lead.is_standing;
    }
    if (!phrase_object(words, object, &found.object, &found.object_is_code)) {
        return false;
    }
    phrase_rest(words, found.object.to, is_prefer, &found);
    phrase_leading(words, clause, &found);
    if (!is_accepted(words, &lead, is_prefer, &found)) {
        return false;
    }
    found.strength = strength_of(words, &lead, is_prefer, &found);
    *out = found;
    return true;
}

/* "Instead of Y, use X". */
static bool read_instead(const struct words *words, struct grammar_result *out)
{
    bool is_code = false;
    struct span rival;
    return phrase_is(words, 0, "instead", "of") &&
           phrase_object(words, 2, &rival, &is_code) &&
           read_clause(words, rival.to, rival, out);
}

static bool is_conditional(const struct words *words)
{
    static const char *const starts[] = {
        "if",  "why", "what",   "how", "does",  "did", "is",
        "are", "was", "should", "do",  "which", NULL};
    /* "Do not ..." is an order, "Do we ..." a question, "Why didn't you ..." a
     * reproach. */
    return words_among(words, 0, starts) && !phrase_is(words, 0, "do", "not") &&
           !phrase_is(words, 0, "why", "didn't");
}

bool grammar_read(const struct words *words, struct grammar_result *out)
{
    if (words->is_cut || words->count < 2 || is_conditional(words) ||
        !stance_is_meant(words)) {
        return false;
    }
    if (read_instead(words, out)) {
        return true;
    }
    for (size_t at = 0; at < words->count; at++) {
        bool is_candidate = starts_clause(words, at);
        if (is_candidate && read_clause(words, at, (struct span){0, 0}, out)) {
            return true;
        }
    }
    return false;
}
