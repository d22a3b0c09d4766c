/* SPDX-License-Identifier: MIT */
#include "memory/gate/text/screen.h"

#include <string.h>

#include "base/text/ascii.h"
#include "memory/gate/text/skeleton.h"

enum {
    BLOB_MIN = 41,
    SWITCHES_PERCENT = 40 /* of a run of base 64; of a path, half of that */
};

static bool word_is_at(struct bytes text, size_t at, const char *word)
{
    return ascii_starts(bytes_slice(text, at, text.len), word);
}

/* Whether ${word} occurs; one that starts with a letter only
 * where a word starts. */
static bool has_word(struct bytes text, const char *word)
{
    struct bytes part = bytes_of_text(word);
    bool at_start = ascii_is_alpha((uint8_t)word[0]);
    size_t at = ascii_search(text, part, 0);
    while (at_start && at != SIZE_MAX && at > 0 &&
           ascii_is_alpha(text.data[at - 1])) {
        at = ascii_search(text, part, at + 1);
    }
    return at != SIZE_MAX;
}

/* The first of ${words} that occurs, or NULL. */
static const char *first_of(struct bytes text, const char *const *words,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (has_word(text, words[i])) {
            return words[i];
        }
    }
    return NULL;
}

/* What tripped a screen: a word of its list, or "" for a form; NULL for
 * nothing. */

static const char *find_override(struct bytes text)
{
    static const char *const words[] = {
        "ignore previous",
        "ignore all",
        "ignore the above",
        "ignore the previous",
        "ignore everything",
        "ignore any",
        "ignore your",
        "ignore my previous",
        "disregard",
        "forget your",
        "forget all",
        "forget previous",
        "forget everything",
        "you are now",
        "you must now",
        "from now on you",
        "new instructions",
        "updated instructions",
        "system prompt",
        "previous instructions",
        "prior instructions",
        "developer mode",
        "important message",
        "do not tell",
        "don't tell the user",
        "do not mention",
        "without telling",
        "without asking me",
        "do not inform",
        "do not ask the user",
        "override your",
        "act as if",
        "pretend to be",
        "jailbreak",
        "do the following first",
        "before you can solve",
        "before you can complete",
        "you are an ai",
        "ai assistant",
        "ai language model",
        "your real task",
        "your actual task",
        "your new task",
        "this overrides",
        "takes precedence over",
    };
    return first_of(text, words, ARRAY_LEN(words));
}

static const char *find_role(struct bytes text)
{
    static const char *const words[] = {
        "<system",       "</system",       "<user>",     "</user>",
        "<assistant",    "</assistant",    "<|im_",      "<|start",
        "<|end",         "[inst]",         "[/inst]",    "<<sys>>",
        "<information>", "</information>", "### system", "\nsystem:",
        "\nassistant:",  "\nuser:",        "\nhuman:",
    };
    return first_of(text, words, ARRAY_LEN(words));
}

static const char *find_tool_call(struct bytes text)
{
    static const char *const words[] = {
        "<tool_call",
        "<tool_use",
        "<function_call",
        "<function=",
        "<invoke",
        "</invoke",
        "\"function_call\"",
        "\"tool_calls\"",
        "\"tool_use\"",
        "<parameter",
        "tool_code",
        "<tool_code",
        "<|tool",
        "[tool_call",
        "<antml",
        "to=functions",
    };
    return first_of(text, words, ARRAY_LEN(words));
}

/* Bits for digit, small letter, capital and the rest of base64, also of the
 * kind for addresses; 0 for what is not in its alphabet. */
static unsigned base64_class(uint8_t c)
{
    if (ascii_is_digit(c)) {
        return 1;
    }
    if (ascii_is_alpha(c)) {
        return ascii_is_lower(c) ? 2 : 4;
    }
    bool is_rest = c == '+' || c == '/' || c == '=' || c == '-' || c == '_';
    return is_rest ? 8 : 0;
}

/* A run of base64: how long, what it is made of and how mixed. */
struct base64_run {
    size_t len;
    unsigned classes;
    unsigned last;
    size_t switches;
};

static bool goes_on(struct base64_run *run, uint8_t c)
{
    unsigned class = base64_class(c);
    if (!class) {
        *run = (struct base64_run){0};
        return false;
    }
    run->len++;
    run->classes |= class;
    run->switches += class != run->last && class != 8 && run->last != 8;
    run->last = class;
    return run->len >= BLOB_MIN && (run->classes & 7) == 7 &&
           run->switches * 100 >= run->len * SWITCHES_PERCENT;
}

/* A run of more than 40 base64 characters with capitals, small letters and
 * digits all over, or of more than 40 hexadecimal digits. */
static bool is_blob(struct bytes text)
{
    struct base64_run run = {0};
    size_t hex_run = 0;
    for (size_t i = 0; i < text.len; i++) {
        hex_run = ascii_is_hex(text.data[i]) ? hex_run + 1 : 0;
        if (goes_on(&run, text.data[i]) || hex_run >= BLOB_MIN) {
            return true;
        }
    }
    return false;
}

static bool is_word_byte(struct bytes text, size_t at)
{
    return at < text.len && ascii_is_alnum(text.data[at]);
}

/* Whether ${end}, such as ".com", ends a name there. */
static bool ends_host(struct bytes text, size_t at, const char *end)
{
    return word_is_at(text, at, end) && !is_word_byte(text, at + strlen(end));
}

/* Whether the dot at ${at} begins a host's ending, as people write it. */
static bool is_host_at(struct bytes text, size_t at)
{
    static const char *const ends[] = {".com", ".net",  ".org",    ".info",
                                       ".biz", ".ru",   ".cn",     ".xyz",
                                       ".top", ".site", ".online", ".tk"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        if (ends_host(text, at, ends[i])) {
            return true;
        }
    }
    return false;
}

static bool is_host(struct bytes text)
{
    for (size_t at = 1; at + 2 < text.len; at++) {
        bool is_dot = text.data[at] == '.' && is_word_byte(text, at - 1);
        if (is_dot && is_host_at(text, at)) {
            return true;
        }
    }
    return false;
}

/* What a shell would do, where words are expected. */
static const char *find_shell(struct bytes text)
{
    static const char *const words[] = {
        "$(curl",    "$(wget",     "$(base64", "| sh",      "|sh ",
        "| bash",    "|bash",      "| zsh",    "| python",  "/dev/tcp/",
        "base64 -d", "base64 --d", "${ifs}",   "nc -e",     "bash -i",
        "<(curl",    "&& curl",    "; curl",   "; wget",    "&& wget",
        "; rm -",    "&& rm -",    "eval $(",  "eval \"$(", "> /etc/",
        "xargs rm",  ":(){",
    };
    return first_of(text, words, ARRAY_LEN(words));
}

static const char *find_exfiltration(struct bytes text)
{
    static const char *const verbs[] = {
        "send",   "post",     "upload", "exfiltrate", "forward", "curl",
        "wget",   "fetch",    "visit",  "open",       "submit",  "share",
        "invite", "transfer", "email",  "publish",
    };
    static const char *const places[] = {
        "http://", "https://", "ftp://", "webhook", "www.",
        "mailto:", "<email:",  "<iban:", "<phone:"};
    const char *verb = first_of(text, verbs, ARRAY_LEN(verbs));
    bool has_place = first_of(text, places, ARRAY_LEN(places)) || is_host(text);
    return verb && has_place ? verb : NULL;
}

/* ${text} is a skeleton. */
static const char *screen_skeleton(struct bytes text, const char **out_word)
{
    static const struct {
        const char *(*find)(struct bytes text);
        const char *reason;
    } screens[] = {
        {find_override, "screen_override"},
        {find_role, "screen_role"},
        {find_tool_call, "screen_tool_call"},
        {find_shell, "screen_shell"},
        {find_exfiltration, "screen_exfiltration"},
    };
    for (size_t i = 0; i < ARRAY_LEN(screens); i++) {
        const char *word = screens[i].find(text);
        if (word) {
            *out_word = word;
            return screens[i].reason;
        }
    }
    return NULL;
}

/* Words are looked for as a reader would see them; a blob in what is written,
 * because its capitals matter. */
const char *screen_word(struct bytes text, const char **out_word)
{
    struct buf seen;
    *out_word = "";
    buf_init(&seen, 2 * text.len + 1);
    struct skeleton_signs signs = skeleton(text, &seen);
    const char *reason =
        signs.is_hidden || signs.is_mixed ? "screen_hidden" : NULL;
    if (!reason) {
        reason = screen_skeleton(buf_bytes(&seen), out_word);
    }
    if (!reason && is_blob(text)) {
        reason = "screen_blob";
    }
    buf_fini(&seen);
    return reason;
}

const char *screen_text(struct bytes text)
{
    const char *word = NULL;
    return screen_word(text, &word);
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
    "bank",
    "iban",
    "wire transfer",
    "money",
    "transfer $",
    "send a transaction",
    "transaction to ",
    "recurring payment",
    /* people */
    "invite user",
    "add user",
    "remove user",
    "personal data",
    "date of birth",
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
    "--no-check",
    "--no-sandbox",
    "push -f",
    "without review",
    "security group",
    "allow all",
    "0.0.0.0",
    /* package sources */
    "registry",
    "index-url",
    "index_url",
    "--trusted-host",
    "npm config set",
    "package source",
    "add-apt-repository",
    "| sh",
    "| bash",
};

const char *sensitive_word(struct bytes text)
{
    struct buf seen;
    buf_init(&seen, 2 * text.len + 1);
    skeleton(text, &seen);
    const char *word =
        first_of(buf_bytes(&seen), sensitive_words, ARRAY_LEN(sensitive_words));
    buf_fini(&seen);
    return word;
}

bool text_is_sensitive(struct bytes text)
{
    return sensitive_word(text) != NULL;
}
