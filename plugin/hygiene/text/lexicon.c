/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/text/lexicon.h"

#include <stdlib.h>
#include <string.h>

#include "plugin/read/call/program.h"

/* Sorted: looked up by halves. */
static const char *const stops[] = {
    "a",    "about", "also",  "an",   "and",    "are",    "as",       "at",
    "be",   "been",  "being", "both", "but",    "by",     "can",      "could",
    "did",  "do",    "does",  "done", "for",    "from",   "fyi",      "had",
    "has",  "have",  "he",    "here", "hint",   "i",      "in",       "into",
    "is",   "it",    "its",   "just", "me",     "my",     "nb",       "note",
    "of",   "on",    "or",    "our",  "please", "really", "reminder", "she",
    "so",   "some",  "such",  "than", "that",   "the",    "their",    "them",
    "then", "there", "these", "they", "this",   "those",  "tip",      "to",
    "too",  "us",    "very",  "was",  "we",     "were",   "which",    "who",
    "will", "would", "you",   "your",
};

static const char *const negations[] = {
    "avoid",   "cannot",  "dont", "forbidden", "neither", "never",
    "no",      "nobody",  "none", "nor",       "not",     "nothing",
    "nowhere", "refrain", "stop", "without",   "wont",
};

static const char *const conditions[] = {
    "after",  "before", "during", "except", "if",    "only",
    "unless", "until",  "when",   "where",  "while",
};

static const char *const always[] = {
    "always",     "any",  "all",   "each",   "every",
    "everywhere", "must", "shall", "should",
};

static const char *const choices[] = {
    "call", "choose", "pick", "prefer", "run", "take", "through",
    "use",  "used",   "uses", "using",  "via", "with",
};

static const char *const courtesies[] = {
    "aware",       "bear",     "currently", "everybody", "everyone", "forget",
    "information", "keep",     "know",      "later",     "mind",     "month",
    "now",         "remember", "reference", "thank",     "thanks",   "today",
    "week",        "year",     "yesterday",
};

/* The first stands for all of its row. */
enum {
    SYNONYMS_MAX = 8
};
static const char *const synonyms[][SYNONYMS_MAX] = {
    {"use", "prefer", "choose", "pick", "used", "uses", "using"},
    {"run", "execute", "invoke", "launch"},
    {"folder", "directory", "dir"},
    {"repository", "repo"},
    {"config", "configuration", "settings"},
    {"docs", "documentation", "doc"},
    {"delete", "remove", "erase"},
    {"check", "verify", "validate"},
    {"make", "create", "generate"},
    {"error", "failure", "fault"},
    {"begin", "start"},
    {"end", "finish"},
    {"show", "display", "print"},
    {"write", "store", "save", "written"},
    {"kept", "retained", "keep", "retain"},
    {"approx", "about", "roughly", "around", "approximately"},
    {"person", "people"},
    {"go", "goes", "going", "gone", "went"},
};

/* Words that exclude each other; compared as stems. */
static const char *const opposites[][2] = {
    {"enable", "disable"},
    {"allow", "deny"},
    {"allow", "forbid"},
    {"allow", "prohibit"},
    {"include", "exclude"},
    {"before", "after"},
    {"on", "off"},
    {"true", "false"},
    {"add", "delete"},
    {"open", "close"},
    {"open", "closed"},
    {"public", "private"},
    {"required", "optional"},
    {"mandatory", "optional"},
    {"first", "last"},
    {"minimum", "maximum"},
    {"accept", "reject"},
    {"safe", "unsafe"},
    {"sync", "async"},
    {"synchronous", "asynchronous"},
    {"up", "down"},
    {"left", "right"},
    {"encrypted", "plain"},
    {"internal", "external"},
    {"local", "remote"},
    {"upper", "lower"},
    {"ascending", "descending"},
    {"success", "error"},
    {"valid", "invalid"},
    {"manual", "automatic"},
    {"manually", "automatically"},
    {"read", "write"},
    {"begin", "end"},
    {"high", "low"},
    {"increase", "decrease"},
    {"old", "new"},
    {"stable", "unstable"},
    {"supported", "unsupported"},
    {"tabs", "spaces"},
    {"keep", "delete"},
};

static bool is_in(const char *const *words, size_t count, struct bytes word)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal_text(word, words[i])) {
            return true;
        }
    }
    return false;
}

static int compare_stop(const void *key, const void *entry)
{
    return bytes_compare(*(const struct bytes *)key,
                         bytes_of_text(*(const char *const *)entry));
}

/* "don't", "isn't", "can't". */
static bool is_contracted_not(struct bytes word)
{
    return word.len > 3 &&
           bytes_equal_text(bytes_slice(word, word.len - 3, 3), "n't");
}

enum word_sense lexicon_sense(struct bytes word)
{
    if (is_contracted_not(word) ||
        is_in(negations, ARRAY_LEN(negations), word)) {
        return WORD_NEGATION;
    }
    if (is_in(conditions, ARRAY_LEN(conditions), word)) {
        return WORD_CONDITION;
    }
    if (is_in(always, ARRAY_LEN(always), word)) {
        return WORD_ALWAYS;
    }
    if (is_in(choices, ARRAY_LEN(choices), word)) {
        return WORD_CHOICE;
    }
    return bsearch(&word, stops, ARRAY_LEN(stops), sizeof(stops[0]),
                   compare_stop)
               ? WORD_STOP
               : WORD_PLAIN;
}

bool lexicon_is_courtesy(struct bytes word)
{
    return is_in(courtesies, ARRAY_LEN(courtesies), word);
}

/* Takes ${ending} off, if at least three bytes are left. */
static bool take_off(struct bytes *word, const char *ending)
{
    size_t len = strlen(ending);
    if (word->len < len + 3 ||
        !bytes_equal_text(bytes_slice(*word, word->len - len, len), ending)) {
        return false;
    }
    word->len -= len;
    return true;
}

static struct bytes stem_of(struct bytes word)
{
    static const char *const endings[] = {"ingly", "ings", "ing", "edly", "ed",
                                          "ies",   "es",   "s",   "ly",   "e"};
    if (word.len > 2 &&
        bytes_equal_text(bytes_slice(word, word.len - 2, 2), "ss")) {
        return word;
    }
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        if (take_off(&word, endings[i])) {
            break;
        }
    }
    /* "running" and "run", "tries" and "try". */
    if (word.len > 3) {
        uint8_t last = word.data[word.len - 1];
        bool is_double =
            last == word.data[word.len - 2] && last != 's' && last != 'l';
        bool is_weak = last == 'y' || last == 'i' || last == 'e';
        word.len -= is_double || is_weak ? 1 : 0;
    }
    return word;
}

static bool means(struct bytes word, const char *other)
{
    return bytes_equal_text(word, other) ||
           bytes_equal(stem_of(word), stem_of(bytes_of_text(other)));
}

static bool is_among(struct bytes word, const char *const row[SYNONYMS_MAX])
{
    bool is_found = false;
    for (size_t i = 1; i < SYNONYMS_MAX && row[i] && !is_found; i++) {
        is_found = means(word, row[i]);
    }
    return is_found;
}

static struct bytes meaning_of(struct bytes word)
{
    for (size_t i = 0; i < ARRAY_LEN(synonyms); i++) {
        if (is_among(word, synonyms[i])) {
            return bytes_of_text(synonyms[i][0]);
        }
    }
    return word;
}

struct bytes lexicon_stem(struct bytes word, char room[STEM_MAX])
{
    if (word.len == 0) {
        return word;
    }
    struct bytes stem = bytes_slice(stem_of(meaning_of(word)), 0, STEM_MAX);
    if (stem.len > 0) {
        memcpy(room, stem.data, stem.len);
    }
    return bytes_of(room, stem.len);
}

static bool is_stem_of(struct bytes stem, const char *word)
{
    char room[STEM_MAX];
    return bytes_equal(stem, lexicon_stem(bytes_of_text(word), room));
}

bool lexicon_excludes(struct bytes a, struct bytes b)
{
    for (size_t i = 0; i < ARRAY_LEN(opposites); i++) {
        const char *const *pair = opposites[i];
        if ((is_stem_of(a, pair[0]) && is_stem_of(b, pair[1])) ||
            (is_stem_of(a, pair[1]) && is_stem_of(b, pair[0]))) {
            return true;
        }
    }
    return false;
}

const char *lexicon_family(struct bytes word)
{
    const struct program *program = program_find(word);
    if (!program) {
        return NULL;
    }
    return program->family ? program->family
                           : program_sub_family(word, BYTES_LITERAL("install"));
}

/* Whether ${word} is one of ${words}, which have blanks between them. */
static bool lists(struct bytes words, struct bytes word)
{
    size_t at = 0;
    while (at < words.len) {
        size_t end = bytes_find(words, BYTES_LITERAL(" "), at);
        end = end == SIZE_MAX ? words.len : end;
        if (bytes_equal(bytes_slice(words, at, end - at), word)) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

const char *lexicon_kin(struct bytes word)
{
    static const char *const kins[][2] = {
        {"npm pnpm yarn bun deno eslint biome jest mocha vitest prettier tsc "
         "turbo nx nvm fnm volta",
         "javascript"},
        {"pip pip3 pipenv poetry uv conda pytest nox tox black ruff flake8 "
         "pylint mypy pyright pyenv",
         "python"},
        {"isort", "python imports"},
        {"go gofmt goimports golangci-lint gotestsum", "go"},
        {"cargo rustfmt", "rust"},
        {"bundle rake rspec rubocop rbenv", "ruby"},
        {"composer phpunit", "php"},
        {"clang-format cmake ctest meson ninja", "c"},
        {"gradle gradlew mvn", "java"},
        {"yamllint", "yaml"},
        {"shellcheck", "shell"},
    };
    for (size_t i = 0; i < ARRAY_LEN(kins); i++) {
        if (lists(bytes_of_text(kins[i][0]), word)) {
            return kins[i][1];
        }
    }
    return "";
}
