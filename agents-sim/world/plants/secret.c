/* SPDX-License-Identifier: MIT */
/* Secrets and personal data, said wherever something can be said, by enough
 * people often enough that a memory would come of it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/world/scene.h"

enum secret_kind {
    SECRET_AWS,
    SECRET_GITHUB,
    SECRET_SLACK,
    SECRET_JWT,
    SECRET_PASSWORD,
    SECRET_LOGIN,
    SECRET_CARD,
    SECRET_IBAN,
    SECRET_EMAIL,
    SECRET_PHONE,
    SECRET_KINDS
};

enum {
    SECRET_BYTES = 2 * WORLD_NAME_BYTES,
    SECRET_PLACES = 9
};

static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
static const char mixed[] =
    "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
static const char digits[] = "0123456789";

static void draw(const char *alphabet, size_t count, struct rng *rng, char *out)
{
    size_t letters = strlen(alphabet);
    for (size_t i = 0; i < count; i++) {
        out[i] = alphabet[rng_below(rng, letters)];
    }
    out[count] = 0;
}

/* Appends the digit that makes the sum of Luhn right. */
static void close_luhn(char *number, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i++) {
        uint32_t digit = (uint32_t)(number[len - 1 - i] - '0');
        digit = i % 2 == 0 ? 2 * digit : digit;
        sum += digit > 9 ? digit - 9 : digit;
    }
    number[len] = (char)('0' + (10 - sum % 10) % 10);
    number[len + 1] = 0;
}

/* "DE", two check digits by ISO 7064, 18 digits. */
static void make_iban(struct rng *rng, char *out)
{
    char account[19];
    draw(digits, 18, rng, account);
    uint32_t rest = 0;
    char whole[32];
    snprintf(whole, sizeof(whole), "%s131400", account); /* D E 0 0 */
    for (const char *at = whole; *at; at++) {
        rest = (rest * 10 + (uint32_t)(*at - '0')) % 97;
    }
    snprintf(out, SECRET_BYTES, "DE%02u%s", 98 - rest, account);
}

static void make(enum secret_kind kind, struct rng *rng, char *out)
{
    char a[64];
    char b[64];
    draw(mixed, 40, rng, a);
    draw(mixed, 30, rng, b);
    switch (kind) {
    case SECRET_AWS:
        draw(upper, 16, rng, a);
        snprintf(out, SECRET_BYTES, "AKIA%s", a);
        return;
    case SECRET_GITHUB:
        snprintf(out, SECRET_BYTES, "ghp_%.36s", a);
        return;
    case SECRET_SLACK:
        snprintf(out, SECRET_BYTES, "xoxb-%.12s-%.24s", "271828182845", a);
        return;
    case SECRET_JWT:
        snprintf(out, SECRET_BYTES, "eyJ%.20s.eyJ%.20s.%.24s", a, b, a + 16);
        return;
    case SECRET_PASSWORD:
        snprintf(out, SECRET_BYTES, "%.12s7Q", a);
        return;
    case SECRET_LOGIN:
        snprintf(out, SECRET_BYTES, "%.14s9K", b);
        return;
    case SECRET_CARD:
        draw(digits, 11, rng, a);
        snprintf(out, SECRET_BYTES, "4539%s", a);
        close_luhn(out, 15);
        return;
    case SECRET_IBAN:
        make_iban(rng, out);
        return;
    case SECRET_EMAIL:
        snprintf(out, SECRET_BYTES, "%.8s.%.6s@example.net", a, b);
        return;
    case SECRET_PHONE:
        draw(digits, 7, rng, a);
        snprintf(out, SECRET_BYTES, "+44 20 7%.3s %.4s", a, a + 3);
        return;
    case SECRET_KINDS:
        return;
    }
}

void secret_plant(struct world *world)
{
    struct rng rng = rng_seeded(world->config.seed, STREAM_SECRETS);
    world->secrets =
        mem_new_array(world->config.secrets, sizeof(*world->secrets));
    for (uint32_t i = 0; !world->config.null_world && i < world->config.secrets;
         i++) {
        make((enum secret_kind)(i % SECRET_KINDS), &rng, world->secrets[i]);
        world->secret_count++;
    }
}

/* As it stands in text: what is no secret by its form alone gets its name. */
static void carry(const struct world *world, uint32_t number, char *out,
                  size_t size)
{
    const char *secret = world->secrets[number];
    enum secret_kind kind = (enum secret_kind)(number % SECRET_KINDS);
    if (kind == SECRET_PASSWORD) {
        snprintf(out, size, "password=%s", secret);
    } else if (kind == SECRET_LOGIN) {
        snprintf(out, size, "postgres://admin:%s@db.example.net/shop", secret);
    } else {
        snprintf(out, size, "%s", secret);
    }
}

static void show(struct scene *scene, const char *text, uint64_t place)
{
    struct script *script = scene->script;
    switch (place) {
    case 0:
        script_call_with(script, "bash", "command",
                         "curl -H \"Authorization: Bearer %s\" "
                         "https://api.example.net/v1/items",
                         text);
        script_result(script, false, "200 OK");
        return;
    case 1:
        script_call(script, "connect", "{\"account\":\"%s\"}", text);
        script_result(script, false, "connected");
        return;
    case 2:
        script_call_with(script, "bash", "command", "porter login");
        script_result(script, true, "porter: login failed for '%s'", text);
        return;
    case 3:
        script_say(script, ORIGIN_USER, "always use %s for the staging login",
                   text);
        return;
    case 4:
        script_say(script, ORIGIN_AGENT, "I signed in with %s.", text);
        return;
    case 5:
        script_call_with(script, "sql", "query",
                         "SELECT id FROM acounts WHERE owner = '%s'", text);
        script_result(script, true,
                      "ERROR 1146 (42S02): Table 'shop.acounts' doesn't exist "
                      "(near '%s')",
                      text);
        return;
    case 6:
        script_call_with(script, "read_file", "path", "/srv/backup/%s/dump.sql",
                         text);
        script_result(script, true,
                      "cat: /srv/backup/%s/dump.sql: No such file or directory",
                      text);
        return;
    case 7:
        script_say(script, ORIGIN_USER, "no, use %s instead of that", text);
        return;
    default: {
        struct act *act = script_add(script, ACT_WROTE);
        char note[512];
        snprintf(note, sizeof(note), "The staging login is %s\n", text);
        act->text = script_text(script, note);
        act->path = "/notes/login.md";
        return;
    }
    }
}

void secret_play(struct scene *scene)
{
    const struct world *world = scene->world;
    if (!world->secret_count) {
        return;
    }
    struct rng rng = scene_rng(scene, STREAM_SECRETS, 1);
    for (int i = 0; i < 6; i++) {
        char text[256];
        uint64_t place = rng_below(&rng, SECRET_PLACES);
        /* Half of what is seen in a place is one and the same. */
        uint32_t number = rng_chance(&rng, .5)
                              ? (uint32_t)place % world->secret_count
                              : (uint32_t)rng_below(&rng, world->secret_count);
        carry(world, number, text, sizeof(text));
        show(scene, text, place);
    }
}
