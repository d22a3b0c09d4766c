/* SPDX-License-Identifier: MIT */
#include "plugin/read/mask/token_class.h"

#include "base/text/ascii.h"

/* What a byte counts as. */
enum kind {
    KIND_OTHER,
    KIND_LOWER,
    KIND_LOWER_HEX,
    KIND_UPPER,
    KIND_UPPER_HEX,
    KIND_DIGIT,
    KIND_SLASH,
    KIND_DOT,
    KIND_DASH,
    KIND_COLON,
    KIND_UNDERSCORE,
    KIND_AT,
    KIND_COMMA,
    KIND_HIGH,
    KIND_COUNT
};

static const uint8_t kinds[256] = {
    /* clang-format off */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 8, 7, 6,
    5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 9, 0, 0, 0, 0, 0,
    11, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 3, 3,
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 10,
    0, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
    /* clang-format on */
};

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
    size_t ats;
    size_t highs;
    size_t others;
};

/* A bit for each kind that occurs. */
static unsigned kinds_seen(struct bytes token)
{
    unsigned seen = 0;
    for (size_t i = 0; i < token.len; i++) {
        seen |= 1U << kinds[token.data[i]];
    }
    return seen;
}

static struct traits traits_of(struct bytes token)
{
    uint32_t n[KIND_COUNT] = {0};
    for (size_t i = 0; i < token.len; i++) {
        n[kinds[token.data[i]]]++;
    }
    return (struct traits){
        .len = token.len,
        .digits = n[KIND_DIGIT],
        .uppers = n[KIND_UPPER] + n[KIND_UPPER_HEX],
        .lowers = n[KIND_LOWER] + n[KIND_LOWER_HEX],
        .hexes = n[KIND_DIGIT] + n[KIND_LOWER_HEX] + n[KIND_UPPER_HEX],
        .slashes = n[KIND_SLASH],
        .dots = n[KIND_DOT],
        .dashes = n[KIND_DASH],
        .colons = n[KIND_COLON],
        .underscores = n[KIND_UNDERSCORE],
        .ats = n[KIND_AT],
        .highs = n[KIND_HIGH],
        .others = n[KIND_OTHER] + n[KIND_AT] + n[KIND_COMMA] + n[KIND_HIGH],
    };
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
    if (separators < 2 || traits->digits < 5 || traits->lowers ||
        traits->uppers > 2 || !ascii_is_digit(t.data[0])) {
        return false;
    }
    for (size_t i = 0; i < t.len; i++) {
        uint8_t c = t.data[i];
        bool separates = c == '-' || c == ':' || c == '/' || c == '.' ||
                         c == ',' || c == '+';
        if (!ascii_is_digit(c) && !separates && c != 'T' && c != 'Z') {
            return false;
        }
    }
    return true;
}

static bool is_number_byte(uint8_t c)
{
    return ascii_is_digit(c) || c == '.' || c == ',';
}

static size_t number_len(struct bytes t)
{
    size_t at = 0;
    while (at < t.len && is_number_byte(t.data[at])) {
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
    if (!ascii_is_alpha(t.data[t.len - 1])) {
        return false;
    }
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
    if (!ascii_is_digit(t.data[0]) || !ascii_is_alpha(t.data[t.len - 1])) {
        return false;
    }
    size_t digits = number_len(t);
    return digits < t.len && ascii_among(bytes_slice(t, digits, t.len), units);
}

static bool is_url(struct bytes t)
{
    size_t at = bytes_find(bytes_slice(t, 0, 16), BYTES_LITERAL("://"), 0);
    return at != SIZE_MAX && at > 1;
}

static bool is_email(struct bytes t)
{
    size_t at = bytes_find(t, BYTES_LITERAL("@"), 0);
    return at != SIZE_MAX && at > 0 &&
           bytes_find(t, BYTES_LITERAL("."), at + 2) != SIZE_MAX &&
           bytes_find(t, BYTES_LITERAL("@"), at + 1) == SIZE_MAX;
}

/* "host" of "host:80"; all of ${t} where no port follows. */
static struct bytes without_port(struct bytes t)
{
    size_t at = t.len;
    while (at > 0 && ascii_is_digit(t.data[at - 1])) {
        at--;
    }
    bool has_port = at > 1 && at < t.len && t.data[at - 1] == ':';
    return has_port ? bytes_slice(t, 0, at - 1) : t;
}

/* "10.0.0.1" of "/10.0.0.1" and "name/10.0.0.1". */
static struct bytes without_name(struct bytes t)
{
    size_t at = t.len;
    while (at > 0 && t.data[at - 1] != '/') {
        at--;
    }
    return bytes_slice(t, at, t.len);
}

static bool is_dotted_quad(struct bytes t)
{
    size_t dots = 0;
    size_t digits = 0;
    for (size_t i = 0; i < t.len; i++) {
        bool is_dot = t.data[i] == '.' && digits > 0;
        if (!is_dot && (!ascii_is_digit(t.data[i]) || digits == 3)) {
            return false;
        }
        dots += is_dot;
        digits = is_dot ? 0 : digits + 1;
    }
    return dots == 3 && digits > 0;
}

static bool is_ip(struct bytes t, const struct traits *traits)
{
    if (traits->dots >= 3 && traits->slashes <= 1 && traits->digits >= 4) {
        struct bytes bare = without_name(t);
        return is_dotted_quad(without_port(bare)) || is_dotted_quad(bare);
    }
    return traits->colons >= 3 &&
           traits->hexes + traits->colons + traits->dots == t.len;
}

static bool is_top_level(struct bytes label)
{
    static const char *const names[] = {"com", "net", "org", "edu",
                                        "gov", "mil", "int", NULL};
    return ascii_among(label, names);
}

static size_t label_start(struct bytes name)
{
    size_t at = name.len;
    while (at > 0 && name.data[at - 1] != '.') {
        at--;
    }
    return at;
}

/* "www.example.org", "a.b.example.de", "node-1.local:80". Names of packages
 * are written the other way round, and so begin with the top level. */
static bool is_host(struct bytes t, const struct traits *traits)
{
    if (traits->dots == 0 || traits->others || traits->underscores ||
        traits->slashes || traits->colons > 1 || !ascii_is_alnum(t.data[0])) {
        return false;
    }
    struct bytes name = without_port(t);
    if (name.len < t.len) {
        return traits->dots >= 2 || traits->dashes > 0;
    }
    size_t at = label_start(name);
    struct bytes last = bytes_slice(name, at, name.len);
    struct bytes first =
        bytes_slice(name, 0, bytes_find(name, BYTES_LITERAL("."), 0));
    if (traits->colons || is_top_level(first)) {
        return false;
    }
    bool is_country = last.len == 2 && ascii_is_lower(last.data[0]) &&
                      ascii_is_lower(last.data[1]) && traits->dots >= 2;
    return is_country || is_top_level(last);
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

/* Digits and whatever separates groups of them: "1,234.5", "12:34", "7##8". */
static bool is_number(struct bytes t, const struct traits *traits)
{
    size_t at = ascii_in(t.data[0], "+-#") && t.len > 1 ? 1 : 0;
    return ascii_is_digit(t.data[at]) &&
           traits->uppers + traits->lowers + traits->highs + traits->slashes ==
               0;
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
    enum {
        EXTENSION_MAX = 5
    };
    size_t at = path.len;
    while (at > 0 && ascii_is_alnum(path.data[at - 1])) {
        at--;
    }
    return at > 1 && path.data[at - 1] == '.' &&
           path.len - at <= EXTENSION_MAX &&
           ascii_among(bytes_slice(path, at, path.len), extensions);
}

static bool starts_like_path(struct bytes t)
{
    if (t.len > 1 && (t.data[0] == '/' || t.data[0] == '~')) {
        return t.data[0] == '/' || t.data[1] == '/';
    }
    if (t.len > 1 && t.data[0] == '.') {
        return t.data[1] == '/' ||
               (t.len > 2 && t.data[1] == '.' && t.data[2] == '/');
    }
    return t.len > 2 && ascii_is_alpha(t.data[0]) && t.data[1] == ':' &&
           t.data[2] == '\\';
}

static bool is_path(struct bytes t, const struct traits *traits)
{
    struct bytes path = token_path(t);
    return starts_like_path(path) || traits->slashes >= 2 ||
           (traits->dots && has_file_extension(path));
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
           (traits->colons >= 2 &&
            bytes_find(t, BYTES_LITERAL("::"), 0) != SIZE_MAX);
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
    return is_number(t, traits) ? MASK_NUM : MASK_NONE;
}

static enum mask classify_letters(struct bytes t, const struct traits *traits)
{
    if (is_path(t, traits)) {
        return MASK_PATH;
    }
    if (is_host(t, traits)) {
        return MASK_HOST;
    }
    if (is_base64(traits)) {
        return MASK_B64;
    }
    if (is_identifier(t, traits)) {
        return MASK_IDENT;
    }
    return traits->digits && token_is_numbered(t) ? MASK_ID : MASK_NONE;
}

/* What looks like none of the ordinary words and numbers. */
static enum mask classify_mixed(struct bytes token)
{
    struct traits traits = traits_of(token);
    if (traits.slashes >= 2 && is_url(token)) {
        return MASK_URL;
    }
    if (traits.ats == 1 && is_email(token)) {
        return MASK_EMAIL;
    }
    enum mask mask =
        traits.digits ? classify_digits(token, &traits) : MASK_NONE;
    return mask == MASK_NONE ? classify_letters(token, &traits) : mask;
}

enum mask token_classify(struct bytes token)
{
    enum {
        SMALL = 1 << KIND_LOWER | 1 << KIND_LOWER_HEX,
        LETTERS = SMALL | 1 << KIND_UPPER | 1 << KIND_UPPER_HEX
    };
    if (token.len == 0) {
        return MASK_NONE;
    }
    if (token.data[0] == '<') {
        return token_placeholder_len(token) == token.len ? MASK_SECRET
                                                         : MASK_NONE;
    }
    unsigned seen = kinds_seen(token);
    if ((seen & ~(unsigned)LETTERS) == 0) {
        /* Most words are just that. */
        return token.len >= 3 && is_camel(token) ? MASK_IDENT : MASK_NONE;
    }
    return seen == 1 << KIND_DIGIT ? MASK_NUM : classify_mixed(token);
}

/* The digits at ${at} count where no letter touches them, or where they are
 * more than a version or a code would have. */
static size_t digits_at(struct bytes t, size_t at)
{
    size_t end = at;
    while (end < t.len && ascii_is_digit(t.data[end])) {
        end++;
    }
    return end - at;
}

bool token_is_numbered(struct bytes token)
{
    enum {
        GLUED_DIGITS_MIN = 5
    };
    for (size_t at = 0; at < token.len; at++) {
        size_t digits = digits_at(token, at);
        if (digits == 0) {
            continue;
        }
        size_t end = at + digits;
        bool is_glued = (at > 0 && ascii_is_alpha(token.data[at - 1])) ||
                        (end < token.len && ascii_is_alpha(token.data[end]));
        if (!is_glued || digits >= GLUED_DIGITS_MIN) {
            return true;
        }
        at = end;
    }
    return false;
}

enum mask token_unit(struct bytes word)
{
    static const char *const of_m[] = {
        "ms",      "msec",   "msecs",  "min",          "mins",         "minute",
        "minutes", "millis", "micros", "milliseconds", "microseconds", NULL};
    static const char *const of_s[] = {"sec", "secs", "second", "seconds",
                                       NULL};
    static const char *const of_rest[] = {"ns",   "us",    "usec", "nanos",
                                          "hour", "hours", "hrs",  "day",
                                          "days", NULL};
    static const char *const sizes[] = {"byte", "bytes", "kb",  "mb",
                                        "gb",   "tb",    "kib", "mib",
                                        "gib",  "tib",   NULL};
    if (word.len < 2 || word.len > 12) {
        return MASK_NONE;
    }
    const char *const *times = of_rest;
    switch (ascii_fold(word.data[0])) {
    case 'm':
        times = of_m;
        break;
    case 's':
        times = of_s;
        break;
    case 'b':
    case 'k':
    case 'g':
    case 't':
    case 'n':
    case 'u':
    case 'h':
    case 'd':
        break;
    default:
        return MASK_NONE;
    }
    if (word.len <= 5 && ascii_among(word, sizes)) {
        return MASK_SIZE;
    }
    return ascii_among(word, times) ? MASK_DUR : MASK_NONE;
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

static uint8_t at_or_zero(struct bytes text, size_t at)
{
    return at < text.len ? text.data[at] : 0;
}

size_t token_placeholder_len(struct bytes text)
{
    size_t at = 1;
    while (ascii_is_upper(at_or_zero(text, at)) ||
           at_or_zero(text, at) == '_') {
        at++;
    }
    if (at_or_zero(text, 0) != '<' || at < 3) {
        return 0;
    }
    if (at_or_zero(text, at) == ':') {
        at++;
        while (ascii_is_alnum(at_or_zero(text, at))) {
            at++;
        }
    }
    return at_or_zero(text, at) == '>' ? at + 1 : 0;
}
