/* SPDX-License-Identifier: MIT */
#include "memory/redact/vendor.h"

enum {
    WORD_MAX = 9, /* letters before the first separator of a prefix */
    CHECKSUM_CHARS = 6,
    TOKEN_MAX = 64,
    INDENT_MAX = 16 /* blanks of a line that goes on */
};

/* What may stand behind a prefix, at least `min` bytes of it. Where there are
 * always `exact` bytes, a line break may stand in the middle. */
struct vendor {
    const char *prefix;
    uint8_t word; /* bytes before the first separator */
    uint8_t min;
    uint8_t exact;
    uint16_t class_bits;
    bool has_parts;    /* joined by dots */
    bool has_checksum; /* CRC-32 */
};

#define ALNUM(prefix, word, min)                                               \
    {                                                                          \
        prefix, word, min, 0, IS_ALNUM, false, false                           \
    }
#define TOKEN(prefix, word, min)                                               \
    {                                                                          \
        prefix, word, min, 0, IS_TOKEN, false, false                           \
    }
#define EXACT(prefix, word, min, exact)                                        \
    {                                                                          \
        prefix, word, min, exact, IS_ALNUM, false, false                       \
    }
#define PARTS(prefix, word, min)                                               \
    {                                                                          \
        prefix, word, min, 0, IS_TOKEN, true, false                            \
    }
#define GITHUB(prefix)                                                         \
    {                                                                          \
        prefix, 3, 20, 36, IS_ALNUM, false, true                               \
    }

/* By the first letter; first_letters below has them, too. */
static const struct vendor vendors[] = {
    TOKEN("AGE-SECRET-KEY-1", 3, 40),
    ALNUM("CCIPAT_", 6, 20),
    TOKEN("GOCSPX-", 6, 20),
    ALNUM("NRAK-", 4, 20),
    TOKEN("PMAK-", 4, 24),
    PARTS("SG.", 2, 16),
    {"discord.com/api/webhooks/", 7, 20, 0, IS_TOKEN | IS_SLASH, false, false},
    TOKEN("dckr_pat_", 4, 20),
    ALNUM("dop_v1_", 3, 40),
    ALNUM("doo_v1_", 3, 40),
    ALNUM("dor_v1_", 3, 40),
    ALNUM("dp.pt.", 2, 32),
    TOKEN("figd_", 4, 30),
    GITHUB("ghp_"),
    GITHUB("gho_"),
    GITHUB("ghu_"),
    GITHUB("ghs_"),
    GITHUB("ghr_"),
    {"github_pat_", 6, 20, 0, IS_WORD, false, false},
    TOKEN("glpat-", 5, 20),
    TOKEN("gldt-", 4, 20),
    TOKEN("glrt-", 4, 20),
    TOKEN("glcbt-", 5, 20),
    TOKEN("glptt-", 5, 20),
    TOKEN("glsoat-", 6, 20),
    TOKEN("glsa_", 4, 32),
    TOKEN("glc_", 3, 32),
    ALNUM("gsk_", 3, 40),
    EXACT("hf_", 2, 30, 34),
    {"hooks.slack.com/services/", 5, 20, 0, IS_ALNUM | IS_SLASH, false, false},
    PARTS("hvs.", 3, 20),
    PARTS("hvb.", 3, 20),
    ALNUM("lin_api_", 3, 30),
    ALNUM("lin_oauth_", 3, 30),
    EXACT("npm_", 3, 36, 36),
    ALNUM("ntn_", 3, 40),
    ALNUM("pplx-", 4, 40),
    TOKEN("pscale_tkn_", 6, 30),
    TOKEN("pscale_pw_", 6, 30),
    ALNUM("pul-", 3, 40),
    TOKEN("pypi-", 4, 50),
    ALNUM("r8_", 2, 36),
    ALNUM("rk_live_", 2, 16),
    ALNUM("rk_test_", 2, 16),
    ALNUM("rubygems_", 8, 40),
    ALNUM("sbp_", 3, 40),
    ALNUM("secret_", 6, 40),
    ALNUM("shpat_", 5, 32),
    ALNUM("shpca_", 5, 32),
    ALNUM("shppa_", 5, 32),
    ALNUM("shpss_", 5, 32),
    TOKEN("sk-", 2, 20),
    ALNUM("sk_live_", 2, 16),
    ALNUM("sk_test_", 2, 16),
    TOKEN("sntrys_", 6, 30),
    ALNUM("sntryu_", 6, 40),
    TOKEN("sq0atp-", 6, 20),
    TOKEN("sq0csp-", 6, 30),
    TOKEN("tskey-", 5, 20),
    ALNUM("whsec_", 5, 24),
    TOKEN("xai-", 3, 40),
    TOKEN("xapp-", 4, 20),
    TOKEN("xoxa-", 4, 10),
    TOKEN("xoxb-", 4, 10),
    TOKEN("xoxe-", 4, 10),
    TOKEN("xoxp-", 4, 10),
    TOKEN("xoxr-", 4, 10),
    TOKEN("xoxs-", 4, 10),
    TOKEN("ya29.", 4, 20),
};

static const struct vendor cloud_keys[] = {
    {"AKIA", 0, 16, 16, IS_UPPER_DIGIT, false, false},
    {"ASIA", 0, 16, 16, IS_UPPER_DIGIT, false, false},
    {"AIza", 0, 35, 35, IS_TOKEN, false, false},
    {"SK", 0, 32, 32, IS_LOWER | IS_DIGIT, false, false},
};

/* ---- checksums -------------------------------------------------------------
 */

static uint32_t crc32_of(struct bytes text)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < text.len; i++) {
        crc ^= text.data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
        }
    }
    return ~crc;
}

bool vendor_checksum_holds(struct bytes token)
{
    static const char digits[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if (token.len <= CHECKSUM_CHARS) {
        return false;
    }
    uint32_t crc = crc32_of(bytes_slice(token, 0, token.len - CHECKSUM_CHARS));
    for (size_t i = 1; i <= CHECKSUM_CHARS; i++) {
        if (token.data[token.len - i] != (uint8_t)digits[crc % 62]) {
            return false;
        }
        crc /= 62;
    }
    return true;
}

/* ---- line breaks -----------------------------------------------------------
 */

/* Where the line behind ${at} begins, past its indent; 0 if none does. */
static size_t next_line(const struct window *window, size_t at)
{
    if (window_at(window, at) == '\\' || window_at(window, at) == '=') {
        at++; /* the line is said to go on */
    }
    if (window_at(window, at) == '\r') {
        at++;
    }
    if (window_at(window, at) != '\n') {
        return 0;
    }
    size_t from = ++at;
    while (at - from < INDENT_MAX &&
           (window_at(window, at) == ' ' || window_at(window, at) == '\t')) {
        at++;
    }
    return at;
}

/* The end of a token of known length that goes on in the next line; 0 if it
 * does not, or its checksum is wrong. */
static size_t wrapped_end(const struct window *window,
                          const struct vendor *vendor, size_t from, size_t end)
{
    size_t head = end - from;
    size_t line = next_line(window, end);
    if (!line || head == 0 || head >= vendor->exact ||
        vendor->exact > TOKEN_MAX) {
        return 0;
    }
    size_t to = window_run_end(window, line, vendor->class_bits);
    if (to - line != vendor->exact - head ||
        alphabet_is(window_at(window, to), IS_WORD)) {
        return 0;
    }
    uint8_t token[TOKEN_MAX];
    memcpy(token, window->data + from, head);
    memcpy(token + head, window->data + line, to - line);
    bool is_wrong = vendor->has_checksum &&
                    !vendor_checksum_holds(bytes_of(token, vendor->exact));
    return is_wrong ? 0 : to;
}

/* ---- finders ---------------------------------------------------------------
 */

static size_t token_end(struct window *window, const struct vendor *vendor,
                        size_t from)
{
    /* Only tokens overlap: a prefix of another may start inside, at a dash. */
    size_t end =
        vendor->class_bits == IS_TOKEN
            ? window_measured_end(window, from, IS_TOKEN, &window->tokens)
            : window_run_end(window, from, vendor->class_bits);
    if (vendor->has_parts && window_at(window, end) == '.') {
        end = window_run_end(window, end + 1, IS_TOKEN);
    }
    return end;
}

/* Whether ${vendor}'s key starts at ${start}. */
static bool is_key(struct window *window, const struct vendor *vendor,
                   size_t start, struct find *out)
{
    struct bytes prefix = bytes_of_text(vendor->prefix);
    if (!window_has_text(window, start, prefix)) {
        return false;
    }
    size_t from = start + prefix.len;
    size_t end = token_end(window, vendor, from);
    size_t wrapped = vendor->exact ? wrapped_end(window, vendor, from, end) : 0;
    bool is_long =
        end - from >= vendor->min && window_has_digit(window, from, end);
    if (!is_long && !wrapped) {
        return false;
    }
    *out = (struct find){"SECRET", start, wrapped ? wrapped : end};
    return true;
}

static bool is_first_letter(uint8_t c)
{
    static const char first_letters[] = "ACGNPSdfghlnprstwxy";
    return c != 0 && memchr(first_letters, c, sizeof(first_letters) - 1);
}

bool find_prefixed(struct window *window, size_t at, struct find *out)
{
    size_t start = at;
    while (start > window->from && at - start <= WORD_MAX &&
           alphabet_is(window->data[start - 1], IS_ALNUM)) {
        start--;
    }
    size_t word = at - start;
    if (word < 2 || word > WORD_MAX || !window_starts(window, start, IS_WORD) ||
        !is_first_letter(window->data[start])) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
        if (vendors[i].word == word &&
            (uint8_t)vendors[i].prefix[0] == window->data[start] &&
            is_key(window, &vendors[i], start, out)) {
            return true;
        }
    }
    return false;
}

bool find_cloud_key(struct window *window, size_t at, struct find *out)
{
    for (size_t i = 0; i < ARRAY_LEN(cloud_keys); i++) {
        if (is_key(window, &cloud_keys[i], at, out)) {
            return true;
        }
    }
    return false;
}

bool find_jwt(struct window *window, size_t at, struct find *out)
{
    if (!window_has_text(window, at, BYTES_LITERAL("eyJ"))) {
        return false;
    }
    size_t dot = window_measured_end(window, at, IS_TOKEN, &window->tokens);
    if (dot - at < 11 || !window_has_text(window, dot, BYTES_LITERAL(".eyJ"))) {
        return false;
    }
    size_t end = window_run_end(window, dot + 1, IS_TOKEN);
    if (end - dot < 12) {
        return false;
    }
    if (window_at(window, end) == '.') {
        end = window_run_end(window, end + 1, IS_TOKEN);
    }
    *out = (struct find){"SECRET", at, end};
    return true;
}
