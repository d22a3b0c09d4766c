/* SPDX-License-Identifier: MIT */
#include "plugin/read/said/request.h"

#include "base/text/ascii.h"
#include "plugin/read/call/program.h"

enum {
    NAME_DISTANCE_MAX = 6, /* words between what is asked for and its name */
    SENTENCE_WORDS_MAX = 36
};

/* How a practice is asked for. */
enum manner {
    BY_VERB,      /* "add a test": a verb, then the name */
    BY_COMPLAINT, /* "the tests fail", or by a verb */
    BY_NAME       /* the name, a verb anywhere, and what it is about */
};

struct practice {
    struct request request;
    enum manner manner;
    const char *const *names;  /* words that name it, */
    const char *const *starts; /* or start so; NULL: none */
    const char *const *verbs;
    const char *const *about; /* NULL: anything */
};

/* ---- what people ask for ---------------------------------------------------
 */

static const char *const tests[] = {"test", "tests", NULL};
static const char *const writing[] = {"add",     "write",   "create", "include",
                                      "have",    "added",   "extend", "cover",
                                      "written", "missing", NULL};
static const char *const mending[] = {"fix",  "repair", "run", "rerun",
                                      "pass", "check",  NULL};
static const char *const repairing[] = {"fix", "repair", "correct", NULL};
static const char *const linters[] = {"lint", "linter", "linting", "lints",
                                      NULL};
static const char *const formatters[] = {"fmt", "gofmt", NULL};
static const char *const builds[] = {"build", "builds", NULL};
static const char *const copies[] = {"dup", NULL};
static const char *const copying[] = {"duplicat", "dedup", "de-dup", NULL};
static const char *const minding[] = {
    "check", "review",  "detect", "avoid",    "prevent", "reduce", "remove",
    "fix",   "extract", "find",   "compare",  "guard",   "do",     "consider",
    "sure",  "look",    "clean",  "refactor", "are",     "is",     NULL};
static const char *const pieces[] = {
    "code",    "function",       "functions",       "logic",   "test",
    "tests",   "helper",         "helpers",         "method",  "methods",
    "class",   "implementation", "codebase",        "module",  "classes",
    "modules", "type",           "implementations", "testing", NULL};
static const char *const documents[] = {"doc", "docs", "documentation", NULL};
static const char *const readmes[] = {"readme", "readme.md", NULL};
static const char *const changelogs[] = {"changelog", "changelog.md", NULL};
static const char *const updating[] = {"update", "write",   "add",
                                       "adjust", "extend",  "revise",
                                       "change", "updated", NULL};
static const char *const unused[] = {"unused", NULL};
static const char *const removing[] = {"remove", "clean", "check",
                                       "find",   "drop",  NULL};
static const char *const simpler[] = {"simplify", NULL};
static const char *const simplest[] = {"simplif", NULL};
static const char *const simplifying[] = {"simplify", "use", "run",
                                          "let",      "ask", NULL};
static const char *const reviews[] = {"review", NULL};
static const char *const changes[] = {"change",         "changes", "branch",
                                      "code",           "diff",    "pr",
                                      "implementation", "tests",   NULL};
static const char *const compatible[] = {"backward", "backwards", NULL};
static const char *const compatibly[] = {"backward", NULL};
static const char *const keeping[] = {"keep",   "add",      "stay", "be",
                                      "ensure", "maintain", NULL};

static const struct practice practices[] = {
    {{"check for duplicated code", "dup", VERB_TEST},
     BY_NAME,
     copies,
     copying,
     minding,
     pieces},
    {{"add tests", "test", VERB_WRITE}, BY_VERB, tests, NULL, writing, NULL},
    {{"keep the tests passing", "test", VERB_TEST},
     BY_COMPLAINT,
     tests,
     NULL,
     repairing,
     NULL},
    {{"keep the linter passing", "lint", VERB_TEST},
     BY_COMPLAINT,
     linters,
     NULL,
     mending,
     NULL},
    {{"run the formatter", "fmt", VERB_RUN},
     BY_COMPLAINT,
     formatters,
     NULL,
     mending,
     NULL},
    {{"keep the build passing", "build", VERB_TEST},
     BY_COMPLAINT,
     builds,
     NULL,
     repairing,
     NULL},
    {{"keep the documentation up to date", "doc", VERB_WRITE},
     BY_VERB,
     documents,
     NULL,
     updating,
     NULL},
    {{"keep the README up to date", "readme", VERB_WRITE},
     BY_VERB,
     readmes,
     NULL,
     updating,
     NULL},
    {{"keep the changelog up to date", "changelog", VERB_WRITE},
     BY_VERB,
     changelogs,
     NULL,
     updating,
     NULL},
    {{"remove unused code", "unused", VERB_CHANGE},
     BY_VERB,
     unused,
     NULL,
     removing,
     NULL},
    {{"simplify the code", "simplif", VERB_CHANGE},
     BY_NAME,
     simpler,
     simplest,
     simplifying,
     NULL},
    {{"review the changes", "review", VERB_READ},
     BY_NAME,
     reviews,
     NULL,
     reviews,
     changes},
    {{"keep backwards compatibility", "backward", VERB_WRITE},
     BY_VERB,
     compatible,
     compatibly,
     keeping,
     NULL},
};

/* ---- words -----------------------------------------------------------------
 */

/* Whether any of the list, which may be NULL, begins as a word does. */
static bool may_have(const struct words *words, const char *const *list)
{
    for (; list && *list; list++) {
        if (words->initials & words_initial((uint8_t) * *list)) {
            return true;
        }
    }
    return false;
}

static bool has_any(const struct words *words, const char *const *list)
{
    if (!may_have(words, list)) {
        return false;
    }
    for (size_t i = 0; i < words->count; i++) {
        if (words_among(words, i, list)) {
            return true;
        }
    }
    return false;
}

static bool starts_with_any(struct bytes word, const char *const *starts)
{
    for (; starts && *starts; starts++) {
        if (ascii_starts(word, *starts)) {
            return true;
        }
    }
    return false;
}

/* A command that names the practice: `make test`, "npm run lint". */
static bool is_command_of(struct bytes text, const char *stem)
{
    struct bytes program =
        bytes_slice(text, 0, bytes_find(text, BYTES_LITERAL(" "), 0));
    return program.len < text.len && program_find(program) != NULL &&
           ascii_holds(text, stem);
}

static bool is_name(const struct practice *practice, const struct words *words,
                    size_t at)
{
    struct bytes word = words->words[at].text;
    return ascii_among(word, practice->names) ||
           starts_with_any(word, practice->starts) ||
           (practice->manner == BY_COMPLAINT && words->has_blanks &&
            is_command_of(word, practice->request.stem));
}

/* "test:ci" is named "test"; what follows says which. */
static bool is_task(const struct practice *practice, const struct words *words,
                    size_t at)
{
    if (practice->manner != BY_COMPLAINT || !words->has_colons) {
        return false;
    }
    struct bytes word = words->words[at].text;
    size_t colon = bytes_find(word, BYTES_LITERAL(":"), 0);
    return colon != SIZE_MAX &&
           ascii_among(bytes_slice(word, 0, colon), practice->names);
}

/* The place of the practice's name from ${from} on; SIZE_MAX if there is
 * none. */
static size_t find_name(const struct practice *practice,
                        const struct words *words, size_t from)
{
    bool may_be_command = practice->manner == BY_COMPLAINT && words->has_blanks;
    if (!may_be_command && !may_have(words, practice->names) &&
        !may_have(words, practice->starts)) {
        return SIZE_MAX;
    }
    for (size_t at = from; at < words->count; at++) {
        if (is_name(practice, words, at) || is_task(practice, words, at)) {
            return at;
        }
    }
    return SIZE_MAX;
}

/* ---- sentences -------------------------------------------------------------
 */

/* "check if it is": no condition. */
static bool is_condition(const struct words *words, size_t at)
{
    static const char *const checks[] = {"check", "see",  "verify",
                                         "know",  "sure", "wonder",
                                         "tell",  "ask",  NULL};
    return words_is(words, at, "if") &&
           !(at > 0 && words_among(words, at - 1, checks));
}

/* What is reported, imagined or granted is not asked for. */
static bool is_other_talk(const struct words *words)
{
    static const char *const others[] = {
        "unless",   "would've",  "said",     "says",      "feedback",
        "reviewer", "should've", "whenever", "otherwise", "pretend",
        "imagine",  "suppose",   NULL};
    for (size_t i = 0; i < words->count; i++) {
        if (words_among(words, i, others) || is_condition(words, i)) {
            return true;
        }
    }
    return false;
}

static bool is_question_of(const struct words *words)
{
    static const char *const firsts[] = {"did", "do",   "have", "are",
                                         "is",  "does", "has",  NULL};
    static const char *const seconds[] = {"we",  "you",   "there", "i",
                                          "the", "these", "this",  NULL};
    return words->is_question && words_among(words, 0, firsts) &&
           words_among(words, 1, seconds);
}

/* Where a sentence begins to ask: behind greetings and labels. */
static size_t skip_openers(const struct words *words)
{
    static const char *const openers[] = {
        "and",  "also", "ok",   "okay",  "so",   "then", "now",    "yes",
        "well", "hey",  "but",  "first", "next", "last", "just",   "hmm",
        "no",   "oh",   "yeah", "great", "nice", "cool", "thanks", NULL};
    size_t at = 0;
    while (words_among(words, at, openers)) {
        at++;
    }
    return at;
}

/* "can you", "please", "let's", "you forgot to", "how do we ..." */
static bool is_asking_at(const struct words *words, size_t at)
{
    static const char *const auxiliaries[] = {"can",    "could",  "would",
                                              "will",   "should", "shouldn't",
                                              "didn't", "don't",  NULL};
    static const char *const people[] = {"you", "we", "i", NULL};
    static const char *const duties[] = {"should", "need",   "must", "want",
                                         "forgot", "missed", "have", NULL};
    static const char *const pleas[] = {"please", "pls",      "let's",
                                        "lets",   "remember", NULL};
    if (words_among(words, at, pleas) ||
        (words_is(words, at, "make") && words_is(words, at + 1, "sure"))) {
        return true;
    }
    /* "Why do we" wonders, "why don't we" asks. */
    bool is_how = words_is(words, at, "how");
    at += is_how || words_is(words, at, "why");
    bool asks = words_among(words, at, auxiliaries) ||
                (is_how && words_is(words, at, "do"));
    return (asks && words_among(words, at + 1, people)) ||
           (words_among(words, at, people) &&
            words_among(words, at + 1, duties) &&
            !(words_is(words, at, "i") && words_is(words, at + 1, "have")) &&
            !(words_is(words, at, "we") && words_is(words, at + 1, "have")));
}

/* Whether the sentence asks anybody for anything; ${verbs} open an order. */
static bool is_asking(const struct words *words, const char *const *verbs)
{
    size_t first = skip_openers(words);
    if (words_among(words, first, verbs) || is_question_of(words)) {
        return true;
    }
    for (size_t at = first; at < words->count; at++) {
        bool opens = at == first || words->words[at].mark_before != 0;
        if (opens && is_asking_at(words, at)) {
            return true;
        }
    }
    return false;
}

/* Whether the words before ${at} turn it into its opposite. */
static bool is_negated(const struct words *words, size_t at)
{
    static const char *const negations[] = {
        "not",    "never",  "without", "stop",    "avoid", "remove",
        "delete", "skip",   "drop",    "disable", "no",    "doesn't",
        "don't",  "cannot", "can't",   NULL};
    for (size_t i = at > 3 ? at - 3 : 0; i < at; i++) {
        if (words_among(words, i, negations)) {
            return true;
        }
    }
    return false;
}

/* "test repo" and "test data" are no tests. */
static bool is_part_of_a_name(const struct words *words, size_t at)
{
    static const char *const parts[] = {
        "repo",    "repository", "data",    "harness", "skill",  "output",
        "account", "user",       "server",  "run",     "string", "value",
        "button",  "page",       "command", "folder",  "dir",    NULL};
    return words_among(words, at + 1, parts);
}

/* A verb, and within a few words the name. */
static bool is_by_verb(const struct practice *practice,
                       const struct words *words)
{
    if (find_name(practice, words, 1) == SIZE_MAX) {
        return false;
    }
    for (size_t verb = 0; verb < words->count; verb++) {
        if (!words_among(words, verb, practice->verbs) ||
            is_negated(words, verb)) {
            continue;
        }
        size_t name = find_name(practice, words, verb + 1);
        if (name != SIZE_MAX && name - verb <= NAME_DISTANCE_MAX &&
            !is_part_of_a_name(words, name)) {
            return is_asking(words, practice->verbs);
        }
    }
    return false;
}

/* The name, and within a few words that it fails; now, not perhaps. */
static bool is_complaint(const struct practice *practice,
                         const struct words *words)
{
    static const char *const failing[] = {
        "fail",   "fails",  "failing", "failed",   "failure", "failures",
        "broken", "breaks", "errors",  "failing.", NULL};
    static const char *const perhaps[] = {
        "should", "would", "could", "expected", "did", "how", NULL};
    size_t name = find_name(practice, words, 0);
    if (name == SIZE_MAX || has_any(words, perhaps)) {
        return false;
    }
    for (size_t at = name + 1;
         at < words->count && at - name <= NAME_DISTANCE_MAX; at++) {
        if (words_among(words, at, failing)) {
            return !is_negated(words, at);
        }
    }
    return false;
}

/* "review" is a verb here, not "the review comments". */
static bool is_verb(const struct words *words, size_t at)
{
    static const char *const objects[] = {"the",  "this",    "these", "that",
                                          "my",   "our",     "all",   "it",
                                          "code", "changes", "what",  NULL};
    return at < words->count && words_among(words, at + 1, objects);
}

static bool is_by_name(const struct practice *practice,
                       const struct words *words)
{
    size_t name = find_name(practice, words, 0);
    bool is_act = practice->names == practice->verbs;
    return name != SIZE_MAX && (!is_act || is_verb(words, name)) &&
           has_any(words, practice->verbs) &&
           (!practice->about || has_any(words, practice->about)) &&
           is_asking(words, practice->verbs);
}

static bool asks_for(const struct practice *practice, const struct words *words)
{
    switch (practice->manner) {
    case BY_VERB:
        return is_by_verb(practice, words);
    case BY_COMPLAINT:
        return is_complaint(practice, words) || is_by_verb(practice, words);
    case BY_NAME:
        return is_by_name(practice, words);
    }
    return false;
}

bool request_read(const struct words *words, struct request *out)
{
    if (words->is_cut || words->count < 2 ||
        words->count > SENTENCE_WORDS_MAX || is_other_talk(words)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(practices); i++) {
        if (asks_for(&practices[i], words)) {
            *out = practices[i].request;
            return true;
        }
    }
    return false;
}
