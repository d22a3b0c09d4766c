/* SPDX-License-Identifier: MIT */
/* What the redactor finds in a generated corpus, class by class: every class
 * is written in many random instances, as it is and escaped in the ways that
 * bodies escape; and as many texts that only look like one. Prints a table of
 * recall and false finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "memory/redact.h"

enum {
    INSTANCES = 200,
    TEXT_MAX = 1024
};

static const struct redact_key key = {{7}};

/* In a form ^ is a capital, ~ a small letter, # a digit, $ a hexadecimal
 * digit, * any of letters and digits, & of base 64. */
static void add_form(struct rng *rng, const char *form, struct buf *out)
{
    static const char any[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ+/";
    for (; *form; form++) {
        switch (*form) {
        case '^':
            buf_add_u8(out, (uint8_t)any[36 + rng_below(rng, 26)]);
            break;
        case '~':
            buf_add_u8(out, (uint8_t)any[10 + rng_below(rng, 26)]);
            break;
        case '#':
            buf_add_u8(out, (uint8_t)any[rng_below(rng, 10)]);
            break;
        case '$':
            buf_add_u8(out, (uint8_t)any[rng_below(rng, 16)]);
            break;
        case '*':
            buf_add_u8(out, (uint8_t)any[rng_below(rng, 62)]);
            break;
        case '&':
            buf_add_u8(out, (uint8_t)any[rng_below(rng, 64)]);
            break;
        default:
            buf_add_u8(out, (uint8_t)*form);
        }
    }
}

#define X10 "**********"
#define H8  "$$$$$$$$"

/* `before` stands in front and stays; the marker of the secret is its form. */
static const struct secret {
    const char *name;
    const char *before;
    const char *form;
} secrets[] = {
    {"cloud key", "key ", "AKIA^^^^^^^^^^^^^^7^"},
    {"google", "k=", "AIza*********************************4*"},
    {"github", "token ", "ghp_" X10 X10 X10 "******"},
    {"github fine", "", "github_pat_" X10 X10 "_" X10 X10},
    {"gitlab", "", "glpat-" X10 X10 "2"},
    {"slack", "", "xoxb-############-" X10 X10},
    {"openai", "", "sk-proj-" X10 X10 X10},
    {"stripe", "", "sk_live_" X10 X10 "1"},
    {"npm", "", "npm_" X10 X10 X10 "******"},
    {"sendgrid", "", "SG." X10 X10 "." X10 X10},
    {"hugging face", "", "hf_" X10 X10 X10 "****"},
    {"linear", "", "lin_api_" X10 X10 X10 X10},
    {"jwt", "", "eyJ" X10 X10 ".eyJ" X10 X10 "." X10 X10},
    {"private key", "",
     "-----BEGIN RSA PRIVATE KEY-----\n" X10 X10 X10
     "\n-----END RSA PRIVATE KEY-----"},
    {"login", "postgres://", "app:********5@"},
    {"password", "PASSWORD=", "******~#"},
    {"api key", "api_key: ", X10 X10 X10 "#"},
    {"header", "Authorization: Bearer ", X10 X10 X10 "#"},
    {"flag", "login --token ", X10 X10 X10 "#"},
    {"e-mail", "to ", "~~~~.~~~~~@~~~~~~.org"},
    {"phone", "call ", "+49 3# #######"},
    {"phone, us", "call ", "###-###-####"},
    {"phone, bracket", "call ", "(###) ###-####"},
    {"phone, named", "phone: ", "0## #######"},
    {"phone, in a path", "/srv/", "+44 20 7### ####"},
    {"phone, bare", "{\"to\":\"", "+4420#########"},
};

/* Nothing here is anybody's. */
static const char *const harmless[] = {
    H8 "-$$$$-$$$$-$$$$-$$$$" H8,
    "commit " H8 H8 H8 H8 H8,
    "sha256:" H8 H8 H8 H8 H8 H8 H8 H8,
    "data:image/png;base64,&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&",
    "v#.##.#-rc.#+########",
    "20##-01-0#T0#:##:##.###Z",
    "17##############",
    "###.###.##.#:####",
    "*_test_case_handler_batch_size = ####",
    "tokens: ######, total: #######",
    "password: string",
    "@@ -###,## +###,## @@",
    "/usr/share/~_~~~~-~~~~~~~/~~~~~~~~~~~/~~~~~~~~~~.go",
    "task-list-~~~~~~~~-~~~~~~~~~~-~~~~~~~~~",
    "### ### ####",
    "int ##, float #.##########",
    "git@github.com:~~~~/~~~~~.git",
    "package@#.##.#",
    "50%of %s %-40s %20d",
    "C:\\new\\tab\\readme.~~",
    "/var/log/20##-01-0#/1737######.log",
    "(45##### rows) 4###### of 5#######",
    "+20##-01-0# 1#:##:##",
    H8 "-$$$$-4$$$-8$$$-$$$$" H8 "/1737######/backup",
};

enum spelling {
    SPELLED_PLAIN,
    SPELLED_JSON,    /* \u0040 and \/ */
    SPELLED_PERCENT, /* %40 */
    SPELLED_COLOUR,  /* a control sequence in the middle */
    SPELLED_LINE,    /* "\n" of a JSON text before it */
    SPELLED_COUNT
};

static const char *const spelling_names[] = {"plain", "json", "percent",
                                             "colour", "after \\n"};

static bool is_mark(uint8_t c)
{
    return c == '@' || c == '/' || c == ':' || c == '-' || c == '_';
}

static void add_spelled(struct bytes text, enum spelling spelling,
                        struct buf *out)
{
    if (spelling == SPELLED_LINE) {
        buf_add_text(out, "\\n");
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (spelling == SPELLED_COLOUR && i == text.len / 2) {
            buf_add_text(out, "\x1b[1;31m");
        }
        if (spelling == SPELLED_JSON && is_mark(c)) {
            buf_add_format(out, "\\u%04x", c);
        } else if (spelling == SPELLED_JSON && c == '\n') {
            buf_add_text(out, "\\n");
        } else if (spelling == SPELLED_PERCENT && is_mark(c)) {
            buf_add_format(out, "%%%02X", c);
        } else {
            buf_add_u8(out, c);
        }
    }
}

/* Whether any 5 bytes in the middle of the secret can still be read. */
static bool leaks(struct bytes secret, struct bytes out)
{
    struct bytes middle = bytes_slice(secret, secret.len / 2, 5);
    return bytes_find(out, middle, 0) != SIZE_MAX;
}

static bool is_found(struct rng *rng, const struct secret *secret,
                     enum spelling spelling)
{
    struct buf plain;
    struct buf text;
    struct buf out;
    buf_init(&plain, TEXT_MAX);
    buf_init(&text, TEXT_MAX);
    buf_init(&out, 4 * TEXT_MAX);
    add_form(rng, secret->form, &plain);
    buf_add_text(&text, "so ");
    if (spelling == SPELLED_LINE) {
        add_spelled(bytes_of_text(secret->before), spelling, &text);
        add_spelled(buf_bytes(&plain), SPELLED_PLAIN, &text);
    } else {
        buf_add_text(&text, secret->before);
        add_spelled(buf_bytes(&plain), spelling, &text);
    }
    buf_add_text(&text, " it is");
    size_t count = redact(&key, buf_bytes(&text), &out);
    bool found = count > 0 && !leaks(buf_bytes(&plain), buf_bytes(&out));
    buf_fini(&plain);
    buf_fini(&text);
    buf_fini(&out);
    return found;
}

static void every_class_is_found_however_it_is_spelled(void **state)
{
    (void)state;
    struct rng rng = rng_seeded(5, 0);
    print_message("%-16s", "recall");
    for (size_t k = 0; k < SPELLED_COUNT; k++) {
        print_message(" %9s", spelling_names[k]);
    }
    print_message("\n");
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        print_message("%-16s", secrets[i].name);
        for (size_t k = 0; k < SPELLED_COUNT; k++) {
            int found = 0;
            for (int n = 0; n < INSTANCES; n++) {
                found += is_found(&rng, &secrets[i], (enum spelling)k);
            }
            print_message(" %9.3f", (double)found / INSTANCES);
            assert_true(found >= INSTANCES * 95 / 100);
        }
        print_message("\n");
    }
}

static void what_only_looks_like_one_stays(void **state)
{
    (void)state;
    struct rng rng = rng_seeded(6, 0);
    int all = 0;
    for (size_t i = 0; i < ARRAY_LEN(harmless); i++) {
        int hits = 0;
        for (int n = 0; n < INSTANCES; n++) {
            struct buf text;
            struct buf out;
            buf_init(&text, TEXT_MAX);
            buf_init(&out, 4 * TEXT_MAX);
            buf_add_text(&text, "see ");
            add_form(&rng, harmless[i], &text);
            buf_add_text(&text, " there");
            hits += redact(&key, buf_bytes(&text), &out) > 0;
            buf_fini(&text);
            buf_fini(&out);
        }
        all += hits;
        if (hits > 0) {
            print_message("false finds: %d of %d in %s\n", hits, INSTANCES,
                          harmless[i]);
        }
    }
    int texts = INSTANCES * (int)ARRAY_LEN(harmless);
    print_message("false finds: %d of %d texts\n", all, texts);
    assert_true(all <= texts / 200);
}

/* The checksum of a token that was published as an example. */
static void a_token_that_goes_on_in_the_next_line_is_one(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
    } cases[] = {
        {"ghp_"
         "zQWBuTSOoRi4A9\n   spHcVY5ncnsDkxkJ0mLq17 end",
         1},
        {"ghp_"
         "zQWBuTSOoRi4A9\\nspHcVY5ncnsDkxkJ0mLq17 end",
         1},
        {"ghp_"
         "zQWBuTSOoRi4A9\\\nspHcVY5ncnsDkxkJ0mLq17 end",
         1},
        {"ghp_"
         "zQWBuTSOoRi4A9\nspHcVY5ncnsDkxkJ0mLq18 end",
         0},
        {"AKIA"
         "IOSFODN\nN7EXAMPLE",
         1},
        {"AKIA"
         "IOSFODN\nN7EXAMPLES",
         0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out;
        buf_init(&out, TEXT_MAX);
        size_t count = redact(&key, bytes_of_text(cases[i].text), &out);
        if (count != cases[i].count) {
            fail_msg("%s -> %s", cases[i].text, buf_text(&out));
        }
        buf_fini(&out);
    }
}

static void a_secret_stays_the_same_one_however_it_is_spelled(void **state)
{
    (void)state;
    static const char *const texts[] = {"jo.doe@example.org",
                                        "jo.doe\\u0040example.org",
                                        "jo.doe%40example.org",
                                        "jo.\x1b[31mdoe@exam\x1b[0mple.org",
                                        "jo.doe@exam\xe2\x80\x8bple.org",
                                        "\\n\\tjo.doe\\\\u0040example.org"};
    struct buf first;
    buf_init(&first, TEXT_MAX);
    redact(&key, bytes_of_text(texts[0]), &first);
    for (size_t i = 1; i < ARRAY_LEN(texts); i++) {
        struct buf out;
        buf_init(&out, TEXT_MAX);
        redact(&key, bytes_of_text(texts[i]), &out);
        if (!strstr(buf_text(&out), buf_text(&first))) {
            fail_msg("%s -> %s", texts[i], buf_text(&out));
        }
        buf_fini(&out);
    }
    buf_fini(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_is_found_however_it_is_spelled),
        cmocka_unit_test(what_only_looks_like_one_stays),
        cmocka_unit_test(a_token_that_goes_on_in_the_next_line_is_one),
        cmocka_unit_test(a_secret_stays_the_same_one_however_it_is_spelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
