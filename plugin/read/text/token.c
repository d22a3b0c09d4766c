/* SPDX-License-Identifier: MIT */
#include "plugin/read/text/token.h"

#include "plugin/read/text/ascii.h"

/* ---- splitting ----------------------------------------------------------- */

void token_reader_init(struct token_reader *reader, struct bytes text)
{
    *reader = (struct token_reader){.text = text};
}

static uint8_t byte_at(struct bytes text, size_t at)
{
    return at < text.len ? text.data[at] : 0;
}

/* Where the quote that opens at ${at} closes; 0 if it does not. An apostrophe
 * inside a word neither opens nor closes. */
static size_t closing_quote(struct bytes text, size_t at)
{
    uint8_t quote = text.data[at];
    if (at > 0 && ascii_is_word(text.data[at - 1])) {
        return 0;
    }
    for (size_t i = at + 1; i < text.len && i - at <= TOKEN_QUOTED_MAX; i++) {
        if (text.data[i] == '\n') {
            return 0;
        }
        if (text.data[i] == quote && !ascii_is_word(byte_at(text, i + 1))) {
            return i;
        }
    }
    return 0;
}

/* Length of a redactor's placeholder or of an earlier mask, "<SECRET:k3f9>";
 * 0 if there is none. */
static size_t placeholder_len(struct bytes text)
{
    size_t at = 1;
    while (ascii_is_upper(byte_at(text, at)) || byte_at(text, at) == '_') {
        at++;
    }
    if (byte_at(text, 0) != '<' || at < 3) {
        return 0;
    }
    if (byte_at(text, at) == ':') {
        at++;
        while (ascii_is_alnum(byte_at(text, at))) {
            at++;
        }
    }
    return byte_at(text, at) == '>' ? at + 1 : 0;
}

static bool is_url_so_far(struct bytes word)
{
    return word.len > 3 && bytes_find(bytes_slice(word, 0, 16),
                                      BYTES_LITERAL("://"), 0) != SIZE_MAX;
}

static bool ends_word(struct bytes text, size_t start, size_t at)
{
    uint8_t c = text.data[at];
    if (ascii_is_space(c) || ascii_in(c, "\"`<>|")) {
        return true;
    }
    if (c == '\'') {
        return !ascii_is_alpha(byte_at(text, at + 1));
    }
    if (ascii_in(c, "(){}[]=,;")) {
        bool groups_digits = c == ',' && at > start &&
                             ascii_is_digit(text.data[at - 1]) &&
                             ascii_is_digit(byte_at(text, at + 1));
        return !groups_digits &&
               !is_url_so_far(bytes_slice(text, start, at - start));
    }
    return false;
}

/* The word at ${at}, without the punctuation of prose behind it. */
static struct bytes word_at(struct bytes text, size_t at)
{
    size_t end = at + 1;
    while (end < text.len && !ends_word(text, at, end)) {
        end++;
    }
    while (end > at + 1 && ascii_in(text.data[end - 1], ".,:;!?") &&
           text.data[end - 2] != text.data[end - 1]) {
        end--;
    }
    return bytes_slice(text, at, end - at);
}

static bool starts_mark(struct bytes text, size_t at)
{
    return ascii_in(text.data[at], "\"'`<>|(){}[]=,;:!?");
}

static void take_word(struct token_reader *reader, struct bytes word,
                      struct token *out)
{
    out->kind = TOKEN_WORD;
    out->text = word;
    reader->before = word;
    reader->at += word.len;
}

bool token_next(struct token_reader *reader, struct token *out)
{
    struct bytes text = reader->text;
    size_t start = reader->at;
    while (reader->at < text.len && ascii_is_space(text.data[reader->at])) {
        reader->at++;
    }
    if (reader->at >= text.len) {
        return false;
    }
    size_t at = reader->at;
    *out =
        (struct token){.before = reader->before, .follows_space = at > start};
    size_t close =
        ascii_in(text.data[at], "\"'`") ? closing_quote(text, at) : 0;
    size_t placeholder = placeholder_len(bytes_slice(text, at, 64));
    if (close) {
        out->kind = TOKEN_QUOTED;
        out->text = bytes_slice(text, at + 1, close - at - 1);
        reader->at = close + 1;
    } else if (placeholder) {
        take_word(reader, bytes_slice(text, at, placeholder), out);
    } else if (starts_mark(text, at)) {
        out->kind = TOKEN_MARK;
        out->text = bytes_slice(text, at, 1);
        reader->at++;
    } else {
        take_word(reader, word_at(text, at), out);
    }
    return true;
}

/* ---- classes --------------------------------------------------------------
 */

/* What a token is made of, counted once for all classes. */
struct traits {
    size_t len;
    size_t digits;
    size_t uppers;
    size_t lowers;
    size_t hexes;
    size_t slashes;
    size_t dots;
    size_t dashes;
    size_t colons;
    size_t underscores;
    size_t others;
};

static void count_byte(struct traits *traits, uint8_t c)
{
    traits->digits += ascii_is_digit(c);
    traits->uppers += ascii_is_upper(c);
    traits->lowers += ascii_is_lower(c);
    traits->hexes += ascii_is_hex(c);
    traits->slashes += c == '/';
    traits->dots += c == '.';
    traits->dashes += c == '-';
    traits->colons += c == ':';
    traits->underscores += c == '_';
    traits->others += !ascii_is_alnum(c) && !ascii_in(c, "/.-:_");
}

static struct traits traits_of(struct bytes token)
{
    struct traits traits = {.len = token.len};
    for (size_t i = 0; i < token.len; i++) {
        count_byte(&traits, token.data[i]);
    }
    return traits;
}

static bool is_uuid(struct bytes t, const struct traits *traits)
{
    if (t.len != 36 || traits->hexes != 32 || traits->dashes != 4) {
        return false;
    }
    return t.data[8] == '-' && t.data[13] == '-' && t.data[18] == '-' &&
           t.data[23] == '-';
}

static bool is_sha(const struct traits *traits)
{
    if (traits->hexes != traits->len || traits->digits == 0) {
        return false;
    }
    bool has_letter = traits->digits < traits->len;
    bool is_mixed_case = traits->uppers && traits->lowers;
    return has_letter && !is_mixed_case && traits->len >= 7 &&
           traits->len <= 64;
}

static bool is_time(struct bytes t, const struct traits *traits)
{
    size_t separators = traits->dashes + traits->colons + traits->slashes;
    if (separators < 2 || traits->digits < 5 || !ascii_is_digit(t.data[0])) {
        return false;
    }
    for (size_t i = 0; i < t.len; i++) {
        if (!ascii_is_digit(t.data[i]) && !ascii_in(t.data[i], "-:/.TZ+,")) {
            return false;
        }
    }
    return true;
}

static size_t number_len(struct bytes t)
{
    size_t at = 0;
    while (at < t.len &&
           (ascii_is_digit(t.data[at]) || ascii_in(t.data[at], ".,"))) {
        at++;
    }
    return at;
}

static bool is_duration(struct bytes t)
{
    static const char *const units[] = {"ns",   "us",   "ms",    "s",  "m",
                                        "h",    "d",    "min",   "µs", "sec",
                                        "secs", "mins", "hours", NULL};
    size_t parts = 0;
    while (t.len && ascii_is_digit(t.data[0]) && parts < 4) {
        t = bytes_slice(t, number_len(t), t.len);
        size_t unit = 0;
        while (unit < t.len && !ascii_is_digit(t.data[unit])) {
            unit++;
        }
        if (!ascii_among(bytes_slice(t, 0, unit), units)) {
            return false;
        }
        t = bytes_slice(t, unit, t.len);
        parts++;
    }
    return parts > 0 && t.len == 0;
}

static bool is_size(struct bytes t)
{
    static const char *const units[] = {"b",    "k",     "kb",  "mb",  "gb",
                                        "tb",   "kib",   "mib", "gib", "g",
                                        "byte", "bytes", NULL};
    size_t digits = number_len(t);
    return digits > 0 && ascii_is_digit(t.data[0]) &&
           ascii_among(bytes_slice(t, digits, t.len), units);
}

static bool is_url(struct bytes t)
{
    size_t at = bytes_find(bytes_slice(t, 0, 16), BYTES_LITERAL("://"), 0);
    return (at != SIZE_MAX && at > 1) || ascii_starts(t, "www.");
}

static bool is_email(struct bytes t)
{
    size_t at = bytes_find(t, BYTES_LITERAL("@"), 0);
    return at != SIZE_MAX && at > 0 &&
           bytes_find(t, BYTES_LITERAL("."), at + 2) != SIZE_MAX &&
           bytes_find(t, BYTES_LITERAL("@"), at + 1) == SIZE_MAX;
}

static bool is_ip(struct bytes t, const struct traits *traits)
{
    return traits->dots == 3 && traits->colons <= 1 && traits->digits >= 4 &&
           traits->digits + traits->dots + traits->colons == t.len &&
           ascii_is_digit(t.data[0]);
}

static bool is_version(struct bytes t, const struct traits *traits)
{
    if (traits->dots < 2 || traits->digits < 3) {
        return false;
    }
    size_t at = t.data[0] == 'v' ? 1 : 0;
    struct bytes rest = bytes_slice(t, at, t.len);
    size_t numbers = number_len(rest);
    return numbers >= 5 && ascii_is_digit(rest.data[0]) &&
           (numbers == rest.len || ascii_in(rest.data[numbers], "-+"));
}

static bool is_number(struct bytes t)
{
    size_t at = ascii_in(t.data[0], "+-#") && t.len > 1 ? 1 : 0;
    if (!ascii_is_digit(t.data[at])) {
        return false;
    }
    for (; at < t.len; at++) {
        if (!ascii_is_digit(t.data[at]) && !ascii_in(t.data[at], ".,_%:-")) {
            return false;
        }
    }
    return true;
}

static bool is_hex(struct bytes t)
{
    if (t.len < 3 || t.data[0] != '0' || ascii_fold(t.data[1]) != 'x') {
        return false;
    }
    for (size_t i = 2; i < t.len; i++) {
        if (!ascii_is_hex(t.data[i])) {
            return false;
        }
    }
    return true;
}

struct bytes token_path(struct bytes token)
{
    for (int positions = 0; positions < 2; positions++) {
        size_t at = token.len;
        while (at > 0 && ascii_is_digit(token.data[at - 1])) {
            at--;
        }
        if (at < 2 || at == token.len || token.data[at - 1] != ':') {
            break;
        }
        token.len = at - 1;
    }
    return token;
}

static bool has_file_extension(struct bytes path)
{
    static const char *const extensions[] = {
        "c",     "h",    "cc",   "cpp",   "hpp",   "go",  "py",  "js",  "ts",
        "tsx",   "jsx",  "mjs",  "rs",    "java",  "kt",  "rb",  "php", "cs",
        "json",  "yaml", "yml",  "toml",  "xml",   "ini", "md",  "txt", "sh",
        "sql",   "html", "css",  "log",   "lock",  "cfg", "csv", "mod", "sum",
        "jsonl", "conf", "diff", "patch", "proto", NULL};
    size_t at = path.len;
    while (at > 0 && ascii_is_alnum(path.data[at - 1])) {
        at--;
    }
    return at > 1 && path.data[at - 1] == '.' &&
           ascii_among(bytes_slice(path, at, path.len), extensions);
}

static bool starts_like_path(struct bytes t)
{
    static const char *const starts[] = {"/", "./", "../", "~/", NULL};
    for (const char *const *start = starts; *start; start++) {
        if (bytes_starts_with(t, bytes_of_text(*start))) {
            return t.len > 1;
        }
    }
    return t.len > 2 && ascii_is_alpha(t.data[0]) && t.data[1] == ':' &&
           t.data[2] == '\\';
}

static bool is_path(struct bytes t, const struct traits *traits)
{
    struct bytes path = token_path(t);
    return starts_like_path(path) || traits->slashes >= 2 ||
           has_file_extension(path);
}

static bool is_base64(const struct traits *traits)
{
    return traits->len >= 24 && traits->uppers && traits->lowers &&
           traits->digits >= 2 && traits->dots + traits->colons == 0 &&
           traits->underscores + traits->dashes <= 2;
}

static bool is_camel(struct bytes t)
{
    for (size_t i = 1; i < t.len; i++) {
        if (ascii_is_lower(t.data[i - 1]) && ascii_is_upper(t.data[i])) {
            return true;
        }
    }
    return false;
}

/* A name from code rather than a word of prose. */
static bool is_identifier(struct bytes t, const struct traits *traits)
{
    bool starts = ascii_is_alpha(t.data[0]) || t.data[0] == '_';
    if (!starts || t.len < 3 || traits->others || traits->slashes) {
        return false;
    }
    bool is_dotted = traits->dots && t.len >= 4 && t.data[1] != '.' &&
                     t.data[t.len - 1] != '.' && traits->dashes == 0;
    return traits->underscores > 0 || is_camel(t) || is_dotted ||
           bytes_find(t, BYTES_LITERAL("::"), 0) != SIZE_MAX;
}

static enum mask classify_digits(struct bytes t, const struct traits *traits)
{
    if (is_uuid(t, traits)) {
        return MASK_UUID;
    }
    if (is_sha(traits)) {
        return MASK_SHA;
    }
    if (is_time(t, traits)) {
        return MASK_TS;
    }
    if (is_duration(t)) {
        return MASK_DUR;
    }
    if (is_ip(t, traits)) {
        return MASK_IP;
    }
    if (is_version(t, traits)) {
        return MASK_SEMVER;
    }
    if (is_hex(t)) {
        return MASK_HEX;
    }
    if (is_size(t)) {
        return MASK_SIZE;
    }
    return is_number(t) ? MASK_NUM : MASK_NONE;
}

enum mask token_classify(struct bytes token)
{
    if (token.len == 0) {
        return MASK_NONE;
    }
    if (token.data[0] == '<') {
        return placeholder_len(token) == token.len ? MASK_SECRET : MASK_NONE;
    }
    struct traits traits = traits_of(token);
    if (is_url(token)) {
        return MASK_URL;
    }
    if (is_email(token)) {
        return MASK_EMAIL;
    }
    enum mask mask =
        traits.digits ? classify_digits(token, &traits) : MASK_NONE;
    if (mask != MASK_NONE) {
        return mask;
    }
    if (is_path(token, &traits)) {
        return MASK_PATH;
    }
    if (is_base64(&traits)) {
        return MASK_B64;
    }
    return is_identifier(token, &traits) ? MASK_IDENT : MASK_NONE;
}

static bool is_code_word(struct bytes word)
{
    static const char *const words[] = {"status", "http",   "code",     "exit",
                                        "errno",  "signal", "sqlstate", "port",
                                        "error",  "exited", NULL};
    return ascii_among(word, words);
}

bool token_is_protected(struct bytes token, enum mask mask, struct bytes before)
{
    if (mask == MASK_NUM) {
        return token.len <= 5 && is_code_word(before);
    }
    if (mask != MASK_IDENT) {
        return false;
    }
    struct traits traits = traits_of(token);
    return traits.lowers == 0 || ascii_ends(token, "Error") ||
           ascii_ends(token, "Exception") || ascii_ends(token, "Warning");
}
