/* SPDX-License-Identifier: MIT */
#include "memory/gate/screen.h"

#include <string.h>

enum {
    BLOB_MIN = 41
};

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool is_letter(uint8_t c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool word_is_at(struct bytes text, size_t at, const char *word)
{
    size_t i = 0;
    while (word[i] && at + i < text.len &&
           lower(text.data[at + i]) == (uint8_t)word[i]) {
        i++;
    }
    return word[i] == 0;
}

/* Whether ${word} (lower case) occurs; one that starts with a letter only
 * where a word starts. */
static bool has_word(struct bytes text, const char *word)
{
    bool at_start = is_letter((uint8_t)word[0]);
    for (size_t at = 0; at < text.len; at++) {
        bool inside = at_start && at > 0 && is_letter(text.data[at - 1]);
        if (!inside && word_is_at(text, at, word)) {
            return true;
        }
    }
    return false;
}

static bool has_any(struct bytes text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (has_word(text, words[i])) {
            return true;
        }
    }
    return false;
}

static bool is_override(struct bytes text)
{
    static const char *const words[] = {
        "ignore previous",   "ignore all",
        "ignore the above",  "ignore any",
        "ignore your",       "disregard",
        "forget your",       "forget all",
        "forget previous",   "you are now",
        "you must now",      "new instructions",
        "system prompt",     "previous instructions",
        "important message", "do not tell",
        "without telling",   "do not inform",
        "override your",     "act as if",
        "pretend to be",     "jailbreak",
    };
    return has_any(text, words, ARRAY_LEN(words));
}

static bool is_role(struct bytes text)
{
    static const char *const words[] = {
        "<system",       "</system",       "<user>",     "</user>",
        "<assistant",    "</assistant",    "<|im_",      "<|start",
        "<|end",         "[inst]",         "[/inst]",    "<<sys>>",
        "<information>", "</information>", "### system", "\nsystem:",
        "\nassistant:",  "\nuser:",        "\nhuman:",
    };
    return has_any(text, words, ARRAY_LEN(words));
}

static bool is_tool_call(struct bytes text)
{
    static const char *const words[] = {
        "<tool_call",   "<tool_use",  "<function_call",    "<function=",
        "<invoke",      "</invoke",   "\"function_call\"", "\"tool_calls\"",
        "\"tool_use\"", "<parameter", "tool_code",
    };
    return has_any(text, words, ARRAY_LEN(words));
}

/* Zero-width and bidirectional format characters: U+200B..U+200F,
 * U+202A..U+202E, U+2060..U+206F, U+FEFF, and tags U+E0000..U+E007F. */
static bool is_hidden(struct bytes text)
{
    for (size_t i = 0; i + 2 < text.len; i++) {
        const uint8_t *at = text.data + i;
        bool general = at[0] == 0xe2 && at[1] == 0x80 &&
                       ((at[2] >= 0x8b && at[2] <= 0x8f) ||
                        (at[2] >= 0xaa && at[2] <= 0xae));
        bool more = at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa0;
        bool mark = at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf;
        bool tag = at[0] == 0xf3 && at[1] == 0xa0 && at[2] <= 0x81;
        if (general || more || mark || tag) {
            return true;
        }
    }
    return false;
}

/* Bits for digit, small letter, capital and the rest of base64; 0 for what is
 * not in its alphabet. */
static unsigned base64_class(uint8_t c)
{
    if (is_digit(c)) {
        return 1;
    }
    if (is_letter(c)) {
        return c == lower(c) ? 2 : 4;
    }
    return c == '+' || c == '/' || c == '=' ? 8 : 0;
}

static bool is_hex(uint8_t c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

/* A run of more than 40 base64 characters with capitals, small letters and
 * digits, or of more than 40 hexadecimal digits. */
static bool is_blob(struct bytes text)
{
    size_t run = 0;
    size_t hex_run = 0;
    unsigned classes = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned class = base64_class(text.data[i]);
        run = class ? run + 1 : 0;
        classes = class ? classes | class : 0;
        hex_run = is_hex(text.data[i]) ? hex_run + 1 : 0;
        if (hex_run >= BLOB_MIN || (run >= BLOB_MIN && (classes & 7) == 7)) {
            return true;
        }
    }
    return false;
}

static bool is_exfiltration(struct bytes text)
{
    static const char *const verbs[] = {
        "send", "post",  "upload", "exfiltrate", "forward", "curl",
        "wget", "fetch", "visit",  "open",       "submit",  "share",
    };
    static const char *const places[] = {"http://", "https://", "ftp://",
                                         "webhook", "www.",     "mailto:"};
    return has_any(text, verbs, ARRAY_LEN(verbs)) &&
           has_any(text, places, ARRAY_LEN(places));
}

const char *screen_text(struct bytes text)
{
    static const struct {
        bool (*hits)(struct bytes text);
        const char *reason;
    } screens[] = {
        {is_override, "screen_override"},
        {is_role, "screen_role"},
        {is_hidden, "screen_hidden"},
        {is_blob, "screen_blob"},
        {is_exfiltration, "screen_exfiltration"},
        {is_tool_call, "screen_tool_call"},
    };
    for (size_t i = 0; i < ARRAY_LEN(screens); i++) {
        if (screens[i].hits(text)) {
            return screens[i].reason;
        }
    }
    return NULL;
}

static const char *const sensitive_words[] = {
    /* permissions and authentication */
    "permission",
    "sudo",
    "chmod",
    "chown",
    "privilege",
    "authoriz",
    "authentic",
    "oauth",
    "login",
    "password",
    "passphrase",
    "credential",
    "secret",
    "api key",
    "api_key",
    "access token",
    "access_token",
    "ssh key",
    "private key",
    "certificate",
    /* network destinations */
    "http://",
    "https://",
    "ftp://",
    "firewall",
    "proxy",
    "webhook",
    "ip address",
    "dns",
    /* payment */
    "payment",
    "invoice",
    "credit card",
    "refund",
    "bank transfer",
    "iban",
    "wire transfer",
    /* deletion */
    "delete",
    "deletion",
    "rm -",
    "drop table",
    "drop database",
    "truncate",
    "destroy",
    "purge",
    "wipe",
    "force push",
    "--force",
    "reset --hard",
    /* disabled checks */
    "--no-verify",
    "no-verify",
    "disable",
    "skip test",
    "skip check",
    "--skip",
    "|| true",
    "bypass",
    "turn off",
    "--insecure",
    "verify=false",
    "--privileged",
    "--allow-root",
    "dangerously",
    /* package sources */
    "registry",
    "index-url",
    "package source",
    "add-apt-repository",
    "| sh",
    "| bash",
};

bool text_is_sensitive(struct bytes text)
{
    return has_any(text, sensitive_words, ARRAY_LEN(sensitive_words));
}
