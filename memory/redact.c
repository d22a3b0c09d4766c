/* SPDX-License-Identifier: MIT */
#include "memory/redact.h"

#include <math.h>
#include <string.h>

#include "base/edge/crypto.h"

/* At every position the finders are asked, in this order, whether
 * something starts here; the first that says so takes its bytes. A finder
 * looks only at word starts or within a bounded window, so a pass is linear
 * in the text. */

enum {
    PASSES_MAX = 8,
    HASH_CHARS = 4,
    KEY_NAME_MAX = 32,
    FILLERS_MAX = 4, /* quotes and blanks around the sign */
    VALUE_MAX = 512,
    HOST_MAX = 253,
    LABEL_MAX = 16
};

/* What a finder found: [start, end) is replaced by <label:hash>. Bytes from
 * the position asked about up to `start` are kept. */
struct find {
    const char *label;
    size_t start;
    size_t end;
};

/* ---- characters ---------------------------------------------------------- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_alpha(uint8_t c)
{
    return is_upper(c) || (c >= 'a' && c <= 'z');
}

static bool is_alnum(uint8_t c)
{
    return is_digit(c) || is_alpha(c);
}

static bool is_upper_digit(uint8_t c)
{
    return is_upper(c) || is_digit(c);
}

static bool is_word(uint8_t c)
{
    return is_alnum(c) || c == '_';
}

static bool is_token(uint8_t c)
{
    return is_word(c) || c == '-';
}

static bool is_mail(uint8_t c)
{
    return is_alnum(c) || c == '.' || c == '_' || c == '%' || c == '+' ||
           c == '-';
}

static uint8_t at_or_zero(struct bytes text, size_t at)
{
    return at < text.len ? text.data[at] : 0;
}

/* First position at or after ${at} whose byte is not of the class. */
static size_t run_end(struct bytes text, size_t at, bool (*is)(uint8_t))
{
    while (at < text.len && is(text.data[at])) {
        at++;
    }
    return at;
}

static bool starts_word(struct bytes text, size_t at, bool (*is)(uint8_t))
{
    return at == 0 || !is(text.data[at - 1]);
}

/* Asked at every byte of the log: nearly always the first one decides. */
static bool has_text_at(struct bytes text, size_t at, const char *word)
{
    return at < text.len && text.data[at] == (uint8_t)word[0] &&
           bytes_equal_text(bytes_slice(text, at, strlen(word)), word);
}

static bool has_digit(struct bytes text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (is_digit(text.data[i])) {
            return true;
        }
    }
    return false;
}

/* ---- secrets ------------------------------------------------------------- */

/* A prefix that a vendor promises, then at least `min` bytes of a class. */
static const struct vendor {
    const char *prefix;
    size_t min;
    bool (*is)(uint8_t);
} vendors[] = {
    {"AKIA", 16, is_upper_digit}, {"ASIA", 16, is_upper_digit},
    {"ghp_", 20, is_alnum},       {"gho_", 20, is_alnum},
    {"ghu_", 20, is_alnum},       {"ghs_", 20, is_alnum},
    {"ghr_", 20, is_alnum},       {"github_pat_", 20, is_word},
    {"glpat-", 20, is_token},     {"xoxa-", 10, is_token},
    {"xoxb-", 10, is_token},      {"xoxp-", 10, is_token},
    {"xoxr-", 10, is_token},      {"xoxs-", 10, is_token},
    {"sk-", 20, is_token},        {"sk_live_", 16, is_alnum},
    {"sk_test_", 16, is_alnum},   {"rk_live_", 16, is_alnum},
    {"AIza", 35, is_token},       {"npm_", 36, is_alnum},
};

static bool find_vendor(struct bytes text, size_t at, struct find *out)
{
    static const char firsts[] = "Agxsrn"; /* of the prefixes above */
    if (!memchr(firsts, text.data[at], sizeof(firsts) - 1) ||
        !starts_word(text, at, is_word)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
        if (!has_text_at(text, at, vendors[i].prefix)) {
            continue;
        }
        size_t from = at + strlen(vendors[i].prefix);
        size_t end = run_end(text, from, vendors[i].is);
        if (end - from >= vendors[i].min && has_digit(text, from, end)) {
            *out = (struct find){"SECRET", at, end};
            return true;
        }
    }
    return false;
}

/* -----BEGIN ... PRIVATE KEY----- to the end of its END line, or of the text
 * where that was cut off. */
static bool find_private_key(struct bytes text, size_t at, struct find *out)
{
    if (!has_text_at(text, at, "-----BEGIN ")) {
        return false;
    }
    struct bytes head = bytes_slice(text, at, 64);
    if (bytes_find(head, BYTES_LITERAL("PRIVATE KEY"), 0) == SIZE_MAX) {
        return false;
    }
    size_t end = text.len;
    size_t mark = bytes_find(text, BYTES_LITERAL("-----END "), at);
    if (mark != SIZE_MAX) {
        size_t close = bytes_find(text, BYTES_LITERAL("-----"), mark + 9);
        end = close == SIZE_MAX ? text.len : close + 5;
    }
    *out = (struct find){"PRIVATE_KEY", at, end};
    return true;
}

/* eyJ... . eyJ... . signature */
static bool find_jwt(struct bytes text, size_t at, struct find *out)
{
    if (!starts_word(text, at, is_word) || !has_text_at(text, at, "eyJ")) {
        return false;
    }
    size_t dot = run_end(text, at, is_token);
    if (dot - at < 11 || !has_text_at(text, dot, ".eyJ")) {
        return false;
    }
    size_t end = run_end(text, dot + 1, is_token);
    if (end - dot < 12) {
        return false;
    }
    if (at_or_zero(text, end) == '.') {
        end = run_end(text, end + 1, is_token);
    }
    *out = (struct find){"SECRET", at, end};
    return true;
}

static bool is_userinfo(uint8_t c)
{
    return c > ' ' && c < 0x7f && c != '@' && c != '/' && c != '"' &&
           c != '\'' && c != '<' && c != '>' && c != '\\';
}

/* scheme://user:password@host: user and password. */
static bool find_connection(struct bytes text, size_t at, struct find *out)
{
    if (!has_text_at(text, at, "://") || at < 2 ||
        !is_alnum(text.data[at - 1]) || !is_alnum(text.data[at - 2])) {
        return false;
    }
    size_t from = at + 3;
    size_t end = run_end(text, from, is_userinfo);
    if (at_or_zero(text, end) != '@') {
        return false;
    }
    size_t colon =
        bytes_find(bytes_of(text.data, end), BYTES_LITERAL(":"), from);
    if (colon == SIZE_MAX || end - colon < 4) {
        return false;
    }
    *out = (struct find){"LOGIN", from, end};
    return true;
}

/* Shannon entropy in bits a byte. */
static double entropy(struct bytes text)
{
    size_t counts[256] = {0};
    for (size_t i = 0; i < text.len; i++) {
        counts[text.data[i]]++;
    }
    double bits = 0;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        if (counts[i]) {
            double p = (double)counts[i] / (double)text.len;
            bits -= p * log2(p);
        }
    }
    return bits;
}

/* Names, in lower case, whose value is a secret if it looks like one. A name
 * matches where it ends one: "DB_PASSWORD", "x-api-key". */
static const struct {
    const char *name;
    bool is_password; /* short values count, too */
} key_names[] = {
    {"password", true},    {"passwd", true},      {"pwd", true},
    {"passphrase", true},  {"token", false},      {"secret", false},
    {"api_key", false},    {"api-key", false},    {"apikey", false},
    {"access_key", false}, {"auth_key", false},   {"private_key", false},
    {"secret_key", false}, {"credential", false},
};

/* 0: not the name of a secret, 1: of one, 2: of a password. ${name} is at most
 * KEY_NAME_MAX bytes. */
static int key_name_class(struct bytes name)
{
    char lower[KEY_NAME_MAX];
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        lower[i] = (char)(is_upper(c) ? c + 32 : c);
    }
    for (size_t i = 0; i < ARRAY_LEN(key_names); i++) {
        size_t len = strlen(key_names[i].name);
        if (len <= name.len &&
            memcmp(lower + name.len - len, key_names[i].name, len) == 0) {
            return key_names[i].is_password ? 2 : 1;
        }
    }
    return 0;
}

static bool is_value(uint8_t c)
{
    return c > ' ' && c < 0x7f && c != '"' && c != '\'' && c != '`' &&
           c != '<' && c != '>' && c != ',' && c != ';' && c != '\\' &&
           c != ')' && c != '}' && c != ']' && c != '&';
}

static bool looks_secret(struct bytes value, int name_class)
{
    if (value.len > VALUE_MAX) {
        value.len = VALUE_MAX;
    }
    if (value.len >= 20 && entropy(value) >= 3.5) {
        return true;
    }
    bool letters = false;
    for (size_t i = 0; i < value.len; i++) {
        letters |= is_alpha(value.data[i]);
    }
    return name_class == 2 && value.len >= 6 && letters &&
           has_digit(value, 0, value.len);
}

static bool is_filler(uint8_t c)
{
    return c == '"' || c == '\'' || c == ' ' || c == '\\';
}

/* name = value, name: value, "name": "value"; asked at the sign between. */
static bool find_named(struct bytes text, size_t at, struct find *out)
{
    if (text.data[at] != '=' && text.data[at] != ':') {
        return false;
    }
    size_t name_end = at;
    while (name_end > 0 && at - name_end < FILLERS_MAX &&
           is_filler(text.data[name_end - 1])) {
        name_end--;
    }
    size_t name = name_end;
    while (name > 0 && name_end - name < KEY_NAME_MAX &&
           is_token(text.data[name - 1])) {
        name--;
    }
    int name_class = key_name_class(bytes_slice(text, name, name_end - name));
    if (name_class == 0) {
        return false;
    }
    size_t from = at + 1;
    while (from < at + 1 + FILLERS_MAX && is_filler(at_or_zero(text, from))) {
        from++;
    }
    size_t end = run_end(text, from, is_value);
    if (!looks_secret(bytes_slice(text, from, end - from), name_class)) {
        return false;
    }
    *out = (struct find){"SECRET", from, end};
    return true;
}

/* ---- personal data ------------------------------------------------------- */

/* Labels of letters and digits joined by single dots and dashes. */
static size_t host_end(struct bytes text, size_t at)
{
    size_t last = at + HOST_MAX;
    while (at < last &&
           (is_alnum(at_or_zero(text, at)) ||
            ((at_or_zero(text, at) == '.' || at_or_zero(text, at) == '-') &&
             is_alnum(at_or_zero(text, at + 1))))) {
        at++;
    }
    return at;
}

/* The end of the longest part of [from, end) that ends in a dot and at least
 * two letters; 0 if there is none. */
static size_t domain_end(struct bytes text, size_t from, size_t end)
{
    for (size_t dot = end; dot-- > from + 1;) {
        size_t letters = run_end(text, dot + 1, is_alpha);
        if (text.data[dot] == '.' && letters >= dot + 3 &&
            !is_word(at_or_zero(text, letters))) {
            return letters;
        }
    }
    return 0;
}

static bool find_mail(struct bytes text, size_t at, struct find *out)
{
    if (!starts_word(text, at, is_mail)) {
        return false;
    }
    size_t sign = run_end(text, at, is_mail);
    if (sign == at || at_or_zero(text, sign) != '@' ||
        bytes_equal_text(bytes_slice(text, at, sign - at), "git")) {
        return false;
    }
    size_t end = domain_end(text, sign + 1, host_end(text, sign + 1));
    if (end == 0) {
        return false;
    }
    *out = (struct find){"EMAIL", at, end};
    return true;
}

/* Digits of a number that may be grouped by single blanks or dashes. Returns
 * how many (at most ${max}); ${out_end} is behind the last one. */
static size_t grouped_digits(struct bytes text, size_t at, char *out,
                             size_t max, size_t *out_end)
{
    size_t count = 0;
    while (count < max && is_digit(at_or_zero(text, at))) {
        out[count++] = (char)text.data[at++];
        *out_end = at;
        uint8_t gap = at_or_zero(text, at);
        if ((gap == ' ' || gap == '-') && is_digit(at_or_zero(text, at + 1))) {
            at++;
        }
    }
    return count;
}

static bool luhn_holds(const char *digits, size_t count)
{
    int sum = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = digits[count - 1 - i] - '0';
        if (i % 2 == 1) {
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        }
        sum += digit;
    }
    return sum % 10 == 0;
}

/* The number ranges that are issued: Visa, Mastercard, American Express,
 * Discover, JCB. */
static bool is_card_range(const char *d, size_t count)
{
    int two = (d[0] - '0') * 10 + d[1] - '0';
    int four = two * 100 + (d[2] - '0') * 10 + d[3] - '0';
    if (count == 15) {
        return two == 34 || two == 37;
    }
    if (count != 16) {
        return d[0] == '4' && (count == 13 || count == 19);
    }
    return d[0] == '4' || (two >= 51 && two <= 55) ||
           (four >= 2221 && four <= 2720) || four == 6011 || two == 65 ||
           two == 35;
}

static bool is_joined(uint8_t c)
{
    return is_word(c) || c == '.' || c == '-' || c == '+' || c == '/';
}

static bool find_card(struct bytes text, size_t at, struct find *out)
{
    char digits[20] = "";
    size_t end = at;
    if (!is_digit(text.data[at]) || !starts_word(text, at, is_joined)) {
        return false;
    }
    size_t count = grouped_digits(text, at, digits, sizeof(digits), &end);
    if (count < 13 || count > 19 || is_word(at_or_zero(text, end)) ||
        !is_card_range(digits, count) || !luhn_holds(digits, count)) {
        return false;
    }
    *out = (struct find){"CARD", at, end};
    return true;
}

/* ISO 13616: the first four characters go to the end, letters count from 10,
 * and the whole is 1 modulo 97. */
static bool iban_holds(const uint8_t *chars, size_t count)
{
    unsigned rest = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t c = chars[(i + 4) % count];
        rest = is_digit(c) ? (rest * 10 + (unsigned)(c - '0')) % 97
                           : (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
    }
    return rest == 1;
}

static bool find_iban(struct bytes text, size_t at, struct find *out)
{
    if (!starts_word(text, at, is_word) || !is_upper(text.data[at]) ||
        !is_upper(at_or_zero(text, at + 1)) ||
        !is_digit(at_or_zero(text, at + 2)) ||
        !is_digit(at_or_zero(text, at + 3))) {
        return false;
    }
    uint8_t chars[34];
    size_t count = 0;
    size_t end = at;
    while (count < sizeof(chars) && is_upper_digit(at_or_zero(text, end))) {
        chars[count++] = text.data[end++];
        if (count % 4 == 0 && at_or_zero(text, end) == ' ' &&
            is_upper_digit(at_or_zero(text, end + 1))) {
            end++;
        }
    }
    if (count < 15 || is_word(at_or_zero(text, end)) ||
        !iban_holds(chars, count)) {
        return false;
    }
    *out = (struct find){"IBAN", at, end};
    return true;
}

static bool is_phone_gap(uint8_t c)
{
    return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')';
}

/* "+49 30 1234567": international, with at least one gap, 8 to 15 digits. */
static bool find_phone(struct bytes text, size_t at, struct find *out)
{
    if (text.data[at] != '+' || !starts_word(text, at, is_joined) ||
        !is_digit(at_or_zero(text, at + 1))) {
        return false;
    }
    size_t digits = 0;
    size_t gaps = 0;
    size_t end = at + 1;
    size_t i = at + 1;
    while (digits <= 15 && i < text.len) {
        uint8_t c = text.data[i];
        if (is_digit(c)) {
            digits++;
            end = i + 1;
        } else if (is_phone_gap(c) && i - end < 2) {
            gaps++;
        } else {
            break;
        }
        i++;
    }
    if (digits < 8 || digits > 15 || gaps == 0 ||
        is_word(at_or_zero(text, end))) {
        return false;
    }
    *out = (struct find){"PHONE", at, end};
    return true;
}

/* ddd-ddd-dddd with boundaries, the common national form. */
static bool find_national_phone(struct bytes text, size_t at, struct find *out)
{
    static const char form[] = "ddd-ddd-dddd";
    if (!starts_word(text, at, is_joined)) {
        return false;
    }
    for (size_t i = 0; i + 1 < sizeof(form); i++) {
        uint8_t c = at_or_zero(text, at + i);
        if (form[i] == 'd' ? !is_digit(c) : c != '-') {
            return false;
        }
    }
    size_t end = at + sizeof(form) - 1;
    if (is_word(at_or_zero(text, end)) ||
        (is_joined(at_or_zero(text, end)) &&
         is_digit(at_or_zero(text, end + 1)))) {
        return false;
    }
    *out = (struct find){"PHONE", at, end};
    return true;
}

/* ---- the pass ------------------------------------------------------------ */

static bool (*const finders[])(struct bytes text, size_t at,
                               struct find *out) = {
    find_private_key,    find_jwt,  find_vendor,
    find_connection,     find_mail, find_named,
    find_card,           find_iban, find_phone,
    find_national_phone,
};

static bool is_hash_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
}

static bool is_label_char(uint8_t c)
{
    return is_upper(c) || c == '_';
}

/* Length of a placeholder that starts here, 0 if none does. */
static size_t placeholder_length(struct bytes text, size_t at)
{
    if (text.data[at] != '<') {
        return 0;
    }
    size_t colon = run_end(text, at + 1, is_label_char);
    if (at_or_zero(text, colon) != ':' || colon - at < 3 ||
        colon - at > LABEL_MAX) {
        return 0;
    }
    size_t close = run_end(text, colon + 1, is_hash_char);
    bool is_one =
        close - colon - 1 == HASH_CHARS && at_or_zero(text, close) == '>';
    return is_one ? close + 1 - at : 0;
}

static void add_placeholder(const struct redact_key *key, struct bytes text,
                            const struct find *find, struct buf *out)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    struct digest digest =
        digest_of(bytes_slice(text, find->start, find->end - find->start),
                  bytes_of(key->bytes, sizeof(key->bytes)));
    char hash[HASH_CHARS + 1] = "";
    for (size_t i = 0; i < HASH_CHARS; i++) {
        hash[i] = alphabet[digest.bytes[i] & 31];
    }
    buf_add_text(out, "<");
    buf_add_text(out, find->label);
    buf_add_text(out, ":");
    buf_add_text(out, hash);
    buf_add_text(out, ">");
}

static bool find_any(struct bytes text, size_t at, struct find *out)
{
    for (size_t i = 0; i < ARRAY_LEN(finders); i++) {
        if (finders[i](text, at, out)) {
            return true;
        }
    }
    return false;
}

static size_t redact_pass(const struct redact_key *key, struct bytes text,
                          struct buf *out)
{
    size_t count = 0;
    size_t kept = 0; /* everything before has been written */
    for (size_t at = 0; at < text.len;) {
        struct find find;
        /* What was replaced is a boundary, as its placeholder will be. */
        struct bytes rest = bytes_slice(text, kept, text.len);
        size_t whole = placeholder_length(text, at);
        if (whole > 0) {
            at += whole;
        } else if (find_any(rest, at - kept, &find)) {
            buf_add(out, bytes_slice(rest, 0, find.start));
            add_placeholder(key, rest, &find, out);
            count++;
            kept += find.end;
            at = kept;
        } else {
            at++;
        }
    }
    buf_add(out, bytes_slice(text, kept, text.len - kept));
    return count;
}

/* A placeholder can uncover something: a number that was too long as long as
 * the next one touched it. So whatever found something is passed over again,
 * until nothing is found; text without finds, the usual one, takes one pass. */
size_t redact(const struct redact_key *key, struct bytes text, struct buf *out)
{
    size_t start = out->len;
    size_t found = redact_pass(key, text, out);
    size_t count = found;
    for (int pass = 1; found > 0 && pass < PASSES_MAX; pass++) {
        struct buf before;
        buf_init(&before, out->max);
        buf_add(&before, bytes_slice(buf_bytes(out), start, out->len));
        out->len = start;
        found = redact_pass(key, buf_bytes(&before), out);
        count += found;
        buf_fini(&before);
    }
    return count;
}
