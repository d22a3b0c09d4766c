/* SPDX-License-Identifier: MIT */
#include "plugin/read/said/directives.h"

#include <string.h>

#include "base/edge/hash.h"
#include "base/text/ascii.h"
#include "plugin/read/call/program.h"
#include "plugin/read/said/grammar.h"
#include "plugin/read/said/request.h"
#include "plugin/read/said/words.h"

/* Texts that a harness or a clipboard wrote in a person's name. */
static bool is_pasted(struct bytes text)
{
    static const char *const starts[] = {"<",
                                         "Caveat:",
                                         "This session is being continued",
                                         "[Request ",
                                         "# ",
                                         "Implement the following plan",
                                         "Base directory for this skill",
                                         NULL};
    for (const char *const *start = starts; *start; start++) {
        if (bytes_starts_with(text, bytes_of_text(*start))) {
            return true;
        }
    }
    return bytes_find(text, BYTES_LITERAL("\n## "), 0) != SIZE_MAX ||
           bytes_find(text, BYTES_LITERAL("<system-reminder>"), 0) != SIZE_MAX;
}

static bool has_pair(const struct words *words, const char *first,
                     const char *const *seconds)
{
    for (size_t i = 0; i + 1 < words->count; i++) {
        if (ascii_equal(words->words[i].text, first) &&
            ascii_among(words->words[i + 1].text, seconds)) {
            return true;
        }
    }
    return false;
}

static enum directive_scope scope_of(const struct words *words,
                                     enum directive_strength strength)
{
    static const char *const places[] = {"repo", "repository", "project",
                                         "codebase", NULL};
    static const char *const team[] = {"we",       "our",       "us", "team",
                                       "everyone", "everybody", NULL};
    static const char *const self[] = {"i", "me", "my", NULL};
    if (strength == DIRECTIVE_ONCE) {
        return SCOPE_SESSION;
    }
    if (has_pair(words, "this", places)) {
        return SCOPE_REPOSITORY;
    }
    if (words_hold(words, team)) {
        return SCOPE_TEAM;
    }
    return words_hold(words, self) ? SCOPE_INDIVIDUAL : SCOPE_UNSAID;
}

/* The text from the first to the last word of ${span}. */
static struct bytes text_of(const struct words *words, struct span span)
{
    if (span.to <= span.from) {
        return bytes_of(NULL, 0);
    }
    struct bytes first = words->words[span.from].text;
    struct bytes last = words->words[span.to - 1].text;
    return bytes_of(first.data, (size_t)(last.data + last.len - first.data));
}

/* ---- keys
 * -------------------------------------------------------------------- */

struct key {
    char text[TUPLE_KEY_MAX];
    size_t len;
};

static void put(struct key *key, struct bytes text)
{
    struct bytes fits = bytes_clip(text, sizeof(key->text) - key->len);
    if (fits.len) {
        memcpy(key->text + key->len, fits.data, fits.len);
    }
    key->len += fits.len;
}

static void put_text(struct key *key, const char *text)
{
    put(key, bytes_of_text(text));
}

/* Code verbatim, prose as stems without stop words, in the order said. */
static void put_words(struct key *key, const struct words *words,
                      struct span span, bool is_verbatim)
{
    for (size_t i = span.from; i < span.to; i++) {
        const struct word *word = &words->words[i];
        if (word->is_code || is_verbatim) {
            put_text(key, " ");
            put(key, word->text);
        } else if (!words_is_stop(word->text)) {
            char stem[STEM_MAX];
            size_t len = words_stem(word->text, stem);
            put_text(key, " ");
            put(key, words_concept(bytes_of(stem, len)));
        }
    }
}

static bool is_command(const struct words *words, struct span span)
{
    struct bytes name = words->words[span.from].text;
    size_t end = bytes_find(name, BYTES_LITERAL(" "), 0);
    return program_find(bytes_slice(name, 0, end)) != NULL;
}

static const char *verb_name(enum directive_verb verb)
{
    static const char *const names[] = {
        "do", "use", "run", "write", "change", "ask", "commit", "read", "test"};
    return names[verb];
}

static struct bytes key_of(const struct words *words,
                           const struct grammar_result *found,
                           enum directive_verb verb, struct arena *arena)
{
    struct key key = {.len = 0};
    put_text(&key, found->polarity == DIRECTIVE_DO ? "do " : "dont ");
    put_text(&key, verb_name(verb));
    put_words(&key, words, found->object,
              found->object_is_code && is_command(words, found->object));
    if (found->instead.to > found->instead.from) {
        put_text(&key, " not");
        put_words(&key, words, found->instead, false);
    }
    if (found->condition.to > found->condition.from) {
        put_text(&key, " |");
        /* "never commit without X" is "X before commit". */
        if (found->condition.to == found->condition.from + 1) {
            char before[STEM_MAX];
            size_t len = words_stem(BYTES_LITERAL("before"), before);
            put_text(&key, " ");
            put(&key, bytes_of(before, len));
        }
        put_words(&key, words, found->condition, false);
    }
    return arena_copy(arena, bytes_of(key.text, key.len));
}

/* ---- sentences
 * ----------------------------------------------------------------- */

/* The stem stands for the object, so that all who ask name the same one. */
static bool read_request(struct bytes sentence, const struct words *words,
                         struct tuple_directive *out)
{
    struct request request;
    if (!request_read(words, &request) ||
        !ascii_holds(sentence, request.stem)) {
        return false;
    }
    *out = (struct tuple_directive){.polarity = DIRECTIVE_DO,
                                    .strength = DIRECTIVE_REQUEST,
                                    .scope = SCOPE_UNSAID,
                                    .verb = request.verb,
                                    .object = bytes_of_text(request.stem),
                                    .key = bytes_of_text(request.practice)};
    out->key_id = hash_bytes(out->key);
    return true;
}

static bool read_sentence(struct bytes sentence, struct arena *arena,
                          struct tuple_directive *out)
{
    struct words words;
    struct grammar_result found;
    words_split(sentence, &words);
    if (!grammar_read(&words, &found)) {
        return read_request(sentence, &words, out);
    }
    /* To use a command is to run it. */
    enum directive_verb verb = found.verb;
    if (verb == VERB_USE && is_command(&words, found.object)) {
        verb = VERB_RUN;
    }
    *out = (struct tuple_directive){.polarity = found.polarity,
                                    .strength = found.strength,
                                    .scope = scope_of(&words, found.strength),
                                    .verb = verb,
                                    .object = text_of(&words, found.object),
                                    .instead = text_of(&words, found.instead),
                                    .key = key_of(&words, &found, verb, arena)};
    out->key_id = hash_bytes(out->key);
    return out->key.len > 0;
}

void directives_read(struct bytes text, struct arena *arena,
                     directives_visit visit, void *context)
{
    if (text.len > DIRECTIVES_TEXT_MAX || is_pasted(ascii_trim(text))) {
        return;
    }
    bool is_fenced = false;
    struct bytes sentence;
    while (words_next_sentence(&text, &is_fenced, &sentence)) {
        struct tuple_directive directive;
        if (sentence.len <= DIRECTIVES_SENTENCE_MAX &&
            read_sentence(sentence, arena, &directive)) {
            visit(context, &directive, sentence);
        }
    }
}
