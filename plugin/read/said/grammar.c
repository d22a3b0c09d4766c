/* SPDX-License-Identifier: MIT */
#include "plugin/read/said/grammar.h"

#include "base/text/ascii.h"
#include "plugin/read/call/program.h"
#include "plugin/read/said/stance.h"

enum {
    OBJECT_WORDS_MAX = 6
};

/* ---- looking at words -------------------------------------------------------
 */

static bool two(const struct words *words, size_t at, const char *a,
                const char *b)
{
    return words_is(words, at, a) && words_is(words, at + 1, b);
}

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

/* ---- verbs ------------------------------------------------------------------
 */

struct verb_words {
    enum directive_verb verb;
    const char *const *words;
};

static const char *const verbs_use[] = {"use",    "using", "used",  "prefer",
                                        "choose", "pick",  "adopt", NULL};
static const char *const verbs_run[] = {
    "run", "running", "ran", "execute", "invoke", "call", "calling", NULL};
static const char *const verbs_write[] = {
    "write",   "writing", "add",     "adding",   "include",
    "put",     "name",    "format",  "create",   "store",
    "storing", "log",     "logging", "document", NULL};
static const char *const verbs_change[] = {
    "edit",   "editing", "touch", "modify",   "remove",  "delete",
    "rename", "bypass",  "skip",  "skipping", "disable", NULL};
static const char *const verbs_ask[] = {"ask", "asking", "confirm", "consult",
                                        NULL};
static const char *const verbs_commit[] = {
    "commit", "committing", "push",       "pushing", "merge", "merging",
    "rebase", "squash",     "force-push", "amend",   NULL};
static const char *const verbs_read[] = {"read",   "check",   "look", "search",
                                         "follow", "respect", NULL};
static const char *const verbs_test[] = {"test", "verify", "validate", "lint",
                                         NULL};

static const struct verb_words verbs[] = {
    {VERB_USE, verbs_use},     {VERB_RUN, verbs_run},
    {VERB_WRITE, verbs_write}, {VERB_CHANGE, verbs_change},
    {VERB_ASK, verbs_ask},     {VERB_COMMIT, verbs_commit},
    {VERB_READ, verbs_read},   {VERB_TEST, verbs_test},
};

static bool verb_at(const struct words *words, size_t at,
                    enum directive_verb *out_verb)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (words_among(words, at, verbs[i].words)) {
            *out_verb = verbs[i].verb;
            return true;
        }
    }
    return false;
}

/* "stick to X", "go with X": the second word. */
static bool is_verb_pair(const struct words *words, size_t at)
{
    return two(words, at, "stick", "to") || two(words, at, "stick", "with") ||
           two(words, at, "go", "with") || two(words, at, "switch", "to");
}

/* ---- objects ----------------------------------------------------------------
 */

static bool ends_object(const struct words *words, size_t at)
{
    static const char *const ends[] = {
        "before", "after",   "when",     "whenever", "for",     "in",
        "on",     "at",      "with",     "from",     "unless",  "if",
        "while",  "because", "so",       "since",    "instead", "rather",
        "over",   "not",     "to",       "by",       "as",      "via",
        "and",    "or",      "but",      "during",   "until",   "every",
        "each",   "anymore", "again",    "now",      "please",  "then",
        "which",  "that",    "without",  "where",    "here",    "is",
        "are",    "ever",    "together", "directly", "first",   "wherever",
        "prior",  NULL};
    return at >= words->count || words->words[at].mark_before != 0 ||
           words_among(words, at, ends);
}

/* Programs whose names are English words; they need a second look. */
static bool is_english(struct bytes word)
{
    static const char *const names[] = {
        "find",  "make",  "task",  "just",  "test",   "set",    "head",
        "more",  "less",  "cat",   "sort",  "diff",   "go",     "touch",
        "echo",  "http",  "wait",  "kill",  "exit",   "export", "source",
        "true",  "false", "black", "tree",  "fd",     "hub",    "bat",
        "tail",  "time",  "http",  "meson", "poetry", "bundle", "volta",
        "turbo", "rake",  "ninja", NULL};
    return ascii_among(word, names);
}

/* A command in plain words, "mise run test": a program and what follows it. */
static bool starts_command(const struct words *words, size_t at)
{
    struct bytes name = words->words[at].text;
    if (!program_find(name) || words->words[at].is_code) {
        return false;
    }
    if (!is_english(name)) {
        return true;
    }
    static const char *const seconds[] = {
        "test", "build", "vet", "run", "fmt", "lint", "mod", "format", NULL};
    bool can_be_task = ascii_equal(name, "go") || ascii_equal(name, "make") ||
                       ascii_equal(name, "just");
    return can_be_task && words_among(words, at + 1, seconds);
}

static bool is_article(const struct words *words, size_t at)
{
    static const char *const articles[] = {"the", "a",   "an",   "our", "my",
                                           "any", "all", "your", "up",  NULL};
    return words_among(words, at, articles);
}

static bool is_vague(const struct words *words, size_t at)
{
    static const char *const vague[] = {
        "it",       "that",      "this", "them", "things", "thing",
        "anything", "something", "one",  "ones", "stuff",  "everything",
        "these",    "those",     "more", "much", "out",    "new",
        "nothing",  "what",      "how",  "be",   "been",   "same",
        "option",   "other",     "me",   "you",  "us",     "else",
        "i",        "we",        "they", NULL};
    return words_among(words, at, vague);
}

/* The object at ${at}: a code word alone, a command, or a noun phrase. False
 * where there is nothing to name. */
static bool object_at(const struct words *words, size_t at, struct span *out,
                      bool *out_is_code)
{
    while (is_article(words, at) && !ends_object(words, at)) {
        at++;
    }
    if (at >= words->count) {
        return false;
    }
    const struct word *first = &words->words[at];
    bool is_code = first->is_code || starts_command(words, at);
    if (!is_code && (ends_object(words, at) || is_vague(words, at))) {
        return false;
    }
    size_t end = at + 1;
    while (!first->is_code && end - at < OBJECT_WORDS_MAX &&
           !ends_object(words, end)) {
        end++;
    }
    *out = (struct span){at, end};
    *out_is_code = is_code;
    return true;
}

/* ---- what follows the object
 * ------------------------------------------------- */

/* "instead of Y", "rather than Y", "over Y", "not Y", "to Y". */
static size_t rival_at(const struct words *words, size_t at, bool is_prefer)
{
    if (two(words, at, "instead", "of") || two(words, at, "rather", "than")) {
        return at + 2;
    }
    if (words_is(words, at, "not") ||
        (is_prefer &&
         (words_is(words, at, "over") || words_is(words, at, "to")))) {
        return at + 1;
    }
    return 0;
}

static bool starts_condition(const struct words *words, size_t at)
{
    static const char *const starts[] = {
        "before", "after",    "when",     "whenever", "for",    "in",
        "on",     "every",    "each",     "with",     "unless", "during",
        "while",  "together", "wherever", "prior",    NULL};
    return words_among(words, at, starts);
}

/* "prefer X to save time" says what for; "prefer X to Y" ends with one Y. */
static bool is_purpose(const struct words *words, size_t at, struct span rival)
{
    bool is_last =
        rival.to == words->count || words->words[rival.to].mark_before != 0;
    return words_is(words, at, "to") &&
           !(is_last && rival.to == rival.from + 1);
}

static void read_rest(const struct words *words, size_t at, bool is_prefer,
                      struct grammar_result *out)
{
    size_t rival = rival_at(words, at, is_prefer);
    bool is_code = false;
    struct span found;
    if (rival && object_at(words, rival, &found, &is_code) &&
        !is_purpose(words, at, found)) {
        out->instead = found;
        at = found.to;
        out->object_is_code = out->object_is_code || is_code;
    }
    if (!starts_condition(words, at)) {
        return;
    }
    size_t end = at + 1;
    static const char *const ends[] = {"because", "so", "since", "but", NULL};
    while (end < words->count && words->words[end].mark_before == 0 &&
           !words_among(words, end, ends)) {
        end++;
    }
    out->condition = (struct span){at, end};
}

/* "Before committing, run X": the condition comes first. */
static void read_leading_condition(const struct words *words, size_t clause,
                                   struct grammar_result *out)
{
    static const char *const starts[] = {"before", "after", "when", "whenever",
                                         NULL};
    bool is_open = out->condition.to == 0 && clause > 1 &&
                   words_among(words, 0, starts) &&
                   words->words[clause].mark_before == ',';
    if (is_open) {
        out->condition = (struct span){0, clause};
    }
}

/* ---- clauses
 * ----------------------------------------------------------------- */

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
    if (two(words, from, "didn't", "you") ||
        two(words, from, "you", "didn't")) {
        to = from + 2;
    } else if (words_is(words, at, "you") &&
               words_among(words, at + 1, lapses)) {
        to = at + 2;
    } else if (two(words, at, "you", "should") &&
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
        } else if (two(words, at, "make", "sure") ||
                   two(words, at, "be", "sure") || is_forgetting(words, at)) {
            lead->is_reminder = true;
            at++;
        } else if (words_is(words, at, "remember")) {
            lead->is_reminder = true;
        } else if (two(words, at, "from", "now") &&
                   words_is(words, at + 2, "on")) {
            lead->is_standing = true;
            at += 2;
        } else if (two(words, at, "going", "forward")) {
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
    bool is_team =
        two(words, at, "our", "team") || two(words, at, "the", "team");
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
        } else if (two(words, at, "do", "not")) {
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
    if (!words_is(words, at, "without") || !verb_at(words, at + 1, &verb) ||
        !object_at(words, at + 2, &out->object, &out->object_is_code)) {
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
    return two(words, 0, "we", "use") && found->object_is_code &&
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
        bool is_now =
            words_is(words, i, "now") && !two(words, i - 1, "from", "now");
        if (words_is(words, i, "today") || two(words, i, "this", "time") ||
            is_now || words_is(words, i, "yet")) {
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
    if (!verb_at(words, lead.at, &found.verb)) {
        bool is_pair = is_verb_pair(words, lead.at);
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
    if (!object_at(words, object, &found.object, &found.object_is_code)) {
        return false;
    }
    read_rest(words, found.object.to, is_prefer, &found);
    read_leading_condition(words, clause, &found);
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
    return two(words, 0, "instead", "of") &&
           object_at(words, 2, &rival, &is_code) &&
           read_clause(words, rival.to, rival, out);
}

static bool is_conditional(const struct words *words)
{
    static const char *const starts[] = {
        "if",  "why", "what",   "how", "does",  "did", "is",
        "are", "was", "should", "do",  "which", NULL};
    /* "Do not ..." is an order, "Do we ..." a question, "Why didn't you ..." a
     * reproach. */
    return words_among(words, 0, starts) && !two(words, 0, "do", "not") &&
           !two(words, 0, "why", "didn't");
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
