/* SPDX-License-Identifier: MIT */
#include "plugin/read/said/words.h"

#include <string.h>

#include "base/text/ascii.h"
#include "plugin/read/text/token.h"

/* ---- sentences -------------------------------------------------------------
 */

static bool starts_fence(struct bytes line)
{
    struct bytes text = ascii_trim(line);
    return bytes_starts_with(text, BYTES_LITERAL("```")) ||
           bytes_starts_with(text, BYTES_LITERAL("~~~"));
}

/* Lines that are not the writer's own prose. */
static bool is_foreign(struct bytes line)
{
    static const char *const starts[] = {">",  "#",     "|", "<", "+ ", "@@ ",
                                         "$ ", "diff ", "{", "}", NULL};
    bool is_indented = bytes_starts_with(line, BYTES_LITERAL("    ")) ||
                       bytes_starts_with(line, BYTES_LITERAL("\t"));
    struct bytes text = ascii_trim(line);
    for (const char *const *start = starts; *start; start++) {
        if (bytes_starts_with(text, bytes_of_text(*start))) {
            return true;
        }
    }
    return is_indented;
}

/* Where the sentence that begins ${line} ends: behind a full stop, question
 * or exclamation mark that is followed by a space, outside code spans. */
static size_t sentence_end(struct bytes line)
{
    bool is_code = false;
    for (size_t i = 0; i < line.len; i++) {
        uint8_t c = line.data[i];
        is_code = c == '`' ? !is_code : is_code;
        bool is_stop = (c == '.' || c == '!' || c == '?') && !is_code;
        bool ends = i + 1 == line.len || ascii_is_space(line.data[i + 1]);
        bool is_abbreviation = i >= 3 && line.data[i - 2] == '.';
        if (is_stop && ends && !is_abbreviation) {
            return i + 1;
        }
    }
    return line.len;
}

bool words_next_sentence(struct bytes *rest, bool *is_fenced,
                         struct bytes *out_sentence)
{
    while (rest->len) {
        struct bytes look = *rest;
        struct bytes line;
        if (!ascii_next_line(&look, &line)) {
            return false;
        }
        bool is_fence = starts_fence(line);
        bool is_prose = !is_fence && !*is_fenced && !is_foreign(line) &&
                        ascii_trim(line).len > 0;
        *is_fenced = is_fence ? !*is_fenced : *is_fenced;
        if (!is_prose) {
            *rest = look;
            continue;
        }
        size_t end = sentence_end(line);
        *out_sentence = ascii_trim(bytes_slice(line, 0, end));
        *rest = end < line.len ? bytes_slice(*rest, end, rest->len) : look;
        /* What is left of a line begins with a space, never a margin. */
        while (end < line.len && rest->len && rest->data[0] == ' ') {
            *rest = bytes_slice(*rest, 1, rest->len);
        }
        return true;
    }
    return false;
}

/* ---- words ------------------------------------------------------------------
 */

static bool looks_like_code(struct bytes text)
{
    enum mask mask = token_classify(text);
    bool is_flag = text.len > 2 && text.data[0] == '-' &&
                   (text.data[1] == '-' || ascii_is_alpha(text.data[1]));
    return mask == MASK_PATH || mask == MASK_IDENT || mask == MASK_HOST ||
           mask == MASK_URL || is_flag;
}

static void add(struct words *out, struct bytes text, bool is_quoted,
                bool is_span, uint8_t mark)
{
    if (text.len == 0) {
        return;
    }
    if (out->count == WORDS_MAX) {
        out->is_cut = true;
        return;
    }
    out->initials |= words_initial(text.data[0]);
    out->has_blanks |= is_quoted && memchr(text.data, ' ', text.len);
    out->has_colons |= memchr(text.data, ':', text.len) != NULL;
    out->words[out->count++] =
        (struct word){.text = text,
                      .is_code = is_span || looks_like_code(text),
                      .mark_before = mark};
}

/* "**Always**" and "_never_" are words in Markdown. */
static struct bytes without_emphasis(struct bytes text)
{
    while (text.len && ascii_in(text.data[0], "*")) {
        text = bytes_slice(text, 1, text.len);
    }
    while (text.len && ascii_in(text.data[text.len - 1], "*.")) {
        text.len--;
    }
    return text;
}

void words_split(struct bytes sentence, struct words *out)
{
    out->count = 0;
    out->is_cut = false;
    out->initials = 0;
    out->has_blanks = false;
    out->has_colons = false;
    out->is_question = sentence.len && sentence.data[sentence.len - 1] == '?';
    struct token_reader reader;
    token_reader_init(&reader, sentence);
    struct token token;
    uint8_t mark = 0;
    while (token_next(&reader, &token)) {
        if (token.kind == TOKEN_MARK) {
            mark = token.text.data[0];
            continue;
        }
        if (token.text.len == 1 && ascii_in(token.text.data[0], "-*")) {
            mark = '-'; /* a bullet or a dash */
            continue;
        }
        bool is_quoted = token.kind == TOKEN_QUOTED;
        bool is_span = is_quoted && token.text.data > sentence.data &&
                       *(token.text.data - 1) == '`';
        add(out, is_quoted ? token.text : without_emphasis(token.text),
            is_quoted, is_span, mark);
        mark = 0;
    }
}

bool words_is(const struct words *words, size_t at, const char *text)
{
    return at < words->count && !words->words[at].is_code &&
           ascii_equal(words->words[at].text, text);
}

bool words_among(const struct words *words, size_t at, const char *const *list)
{
    return at < words->count && !words->words[at].is_code &&
           ascii_among(words->words[at].text, list);
}

bool words_hold(const struct words *words, const char *const *list)
{
    for (size_t i = 0; i < words->count; i++) {
        if (ascii_among(words->words[i].text, list)) {
            return true;
        }
    }
    return false;
}

/* ---- stems ------------------------------------------------------------------
 */

/* What is left must still be a word: "string" is no form of "str". */
static bool ends(const char *text, size_t len, const char *suffix)
{
    size_t n = strlen(suffix);
    if (len < n + 2 || memcmp(text + len - n, suffix, n) != 0) {
        return false;
    }
    for (size_t i = 0; i < len - n; i++) {
        if (ascii_in((uint8_t)text[i], "aeiouy")) {
            return true;
        }
    }
    return false;
}

/* "committ" -> "commit": a doubled consonant before "ing" or "ed". */
static size_t undouble(const char *text, size_t len)
{
    bool is_double = len > 3 && text[len - 1] == text[len - 2] &&
                     !ascii_in((uint8_t)text[len - 1], "aeiouls");
    return is_double ? len - 1 : len;
}

size_t words_stem(struct bytes word, char out[STEM_MAX])
{
    size_t len = word.len < STEM_MAX ? word.len : STEM_MAX;
    for (size_t i = 0; i < len; i++) {
        out[i] = (char)ascii_fold(word.data[i]);
    }
    if (ends(out, len, "ing")) {
        len = undouble(out, len - 3);
    } else if (ends(out, len, "ied") || ends(out, len, "ies")) {
        len -= 2;
        out[len - 1] = 'y';
    } else if (ends(out, len, "ed")) {
        len = undouble(out, len - 2);
    } else if (ends(out, len, "s") && out[len - 2] != 's') {
        len--;
    }
    if (len > 2 && out[len - 1] == 'e') {
        len--;
    }
    return len;
}

struct bytes words_concept(struct bytes stem)
{
    static const char *const synonyms[][2] = {
        {"formatter", "format"},  {"fmt", "format"},
        {"gofmt", "format"},      {"linter", "lint"},
        {"document", "doc"},      {"documentation", "doc"},
        {"repository", "repo"},   {"repositori", "repo"},
        {"directory", "folder"},  {"dir", "folder"},
        {"prior", "befor"},       {"dependency", "depend"},
        {"dependenci", "depend"},
    };
    for (size_t i = 0; i < ARRAY_LEN(synonyms); i++) {
        if (ascii_equal(stem, synonyms[i][0])) {
            return bytes_of_text(synonyms[i][1]);
        }
    }
    return stem;
}

bool words_is_stop(struct bytes word)
{
    static const char *const stops[] = {
        "a",        "an",        "the",        "to",      "of",     "and",
        "or",       "that",      "this",       "these",   "those",  "it",
        "its",      "is",        "are",        "be",      "was",    "i",
        "we",       "you",       "us",         "our",     "my",     "me",
        "your",     "please",    "pls",        "just",    "also",   "so",
        "any",      "all",       "some",       "always",  "never",  "should",
        "must",     "need",      "make",       "sure",    "really", "only",
        "can",      "could",     "would",      "will",    "do",     "don't",
        "not",      "for",       "in",         "on",      "at",     "as",
        "by",       "like",      "want",       "instead", "rather", "than",
        "then",     "there",     "here",       "now",     "from",   "with",
        "have",     "has",       "let's",      "ok",      "okay",   "actually",
        "changes",  "change",    "code",       "things",  "thing",  "stuff",
        "anything", "something", "everything", "each",    "every",  "time",
        NULL};
    return ascii_among(word, stops);
}
