/* SPDX-License-Identifier: MIT */
/* Plays a scenario (.scn, described in README.md) through the router and says
 * where it goes otherwise than expected. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "proto/envelope.h"
#include "proto/field.h"
#include "tests/scenario/hear.h"
#include "tests/scenario/say.h"
#include "tests/scenario/words.h"
#include "tests/scenario/world.h"

struct scene {
    struct route_config config;
    struct world *world; /* made by the first command that needs it */
    struct hearing hearing;
    const char *path;
    int number; /* of the line */
};

static void on_send(void *context, const struct route_send *send)
{
    hear(context, send);
}

static bool complain(const struct scene *scene, const char *expected,
                     const char *got)
{
    (void)fprintf(stderr, "%s:%d: expected: %s\n     got: %s\n", scene->path,
                  scene->number, expected, got);
    return false;
}

static struct world *world_of(struct scene *scene)
{
    if (!scene->world) {
        scene->world = world_new(&scene->config, 1);
        scene->world->on_send = on_send;
        scene->world->context = &scene->hearing;
    }
    return scene->world;
}

/* ---- settings
 * ---------------------------------------------------------------- */

static bool configure(struct scene *scene, const struct words *words)
{
    struct route_config *c = &scene->config;
    const struct {
        const char *name;
        uint32_t *value;
    } numbers[] = {
        {"recent_events", &c->recent_events_max},
        {"outstanding", &c->outstanding_max},
        {"read_events", &c->read_events_max},
        {"peers", &c->peers_max},
        {"addresses", &c->addresses_max},
        {"streams", &c->streams_max},
        {"requests", &c->requests_max},
        {"pending", &c->pending_max},
        {"rights", &c->asserted_rights},
        {"effects", &c->effects_max},
        {"mark_events", &c->mark_events},
        {"cursors", &c->cursors_max},
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        *numbers[i].value =
            (uint32_t)words_number(words, numbers[i].name, *numbers[i].value);
    }
    c->send_window = words_number(words, "window", c->send_window);
    c->unread_max = words_number(words, "unread", c->unread_max);
    c->backlog_max = words_number(words, "backlog", c->backlog_max);
    c->body_max = words_number(words, "body", c->body_max);
    return !scene->world;
}

/* ---- what happens outside the router
 * --------------------------------------------
 */

static void own_event(struct world *world, const struct words *words)
{
    struct buf envelope_text;
    struct buf body;
    buf_init(&envelope_text, 4096);
    buf_init(&body, 4096);
    struct id id = say_id(words_number(words, "id", 999));
    struct envelope envelope = {.version = ENVELOPE_VERSION,
                                .id = id_bytes(&id),
                                .to = words_bytes(words, "to"),
                                .kind = words_bytes(words, "kind")};
    envelope_write(&envelope, &envelope_text);
    field_add_bytes(&body, 1, words_bytes(words, "store"));
    field_add_number(&body, 2, words_number(words, "erases", 0));
    field_add_number(&body, 3, words_number(words, "version", 0));
    world_own(world, (uint16_t)words_number(words, "log", 0),
              buf_bytes(&envelope_text), buf_bytes(&body));
    buf_fini(&envelope_text);
    buf_fini(&body);
}

/* The service answers the oldest request. */
static bool answer(struct world *world, const struct words *words)
{
    if (world->question_count == 0) {
        return false;
    }
    size_t at = world->question_first % WORLD_QUEUE_MAX;
    size_t zeros = words_number(words, "bytes", 0);
    uint8_t *payload = zeros > 0 ? mem_new(zeros) : NULL;
    bool more = words_has(words, "more");
    struct route_event event = {
        .type = ROUTE_REPLY,
        .reply = {.tag = world->questions[at].tag,
                  .code = words_get(words, "code"),
                  .payload = zeros > 0 ? bytes_of(payload, zeros)
                                       : words_bytes(words, "text"),
                  .view = words_bytes(words, "view"),
                  .log = LOG_LEDGER,
                  .seq = words_number(words, "seq", 0),
                  .more = more},
    };
    if (!more) {
        world->question_first++;
        world->question_count--;
    }
    world_step(world, &event);
    free(payload);
    return true;
}

static void send_failed(struct world *world, const char *peer)
{
    struct route_event event = {.type = ROUTE_SEND_FAILED,
                                .send_failed = {.peer = bytes_of_text(peer)}};
    world_step(world, &event);
}

static void plain_step(struct world *world, enum route_event_type type)
{
    struct route_event event = {.type = type};
    world_step(world, &event);
}

/* "5s", "20ms" */
static int64_t duration_us(const char *text)
{
    char *unit;
    int64_t number = strtoll(text, &unit, 10);
    return strcmp(unit, "ms") == 0 ? number * US_PER_MS
                                   : number * US_PER_SECOND;
}

static bool happen_with(struct world *world, const struct words *words)
{
    const char *name = words->items[0];
    const char *second = words->items[1];
    if (strcmp(name, "pass") == 0) {
        world_pass(world, duration_us(second));
    } else if (strcmp(name, "write") == 0) {
        (void)world_write(world, strtoull(second, NULL, 10));
    } else if (strcmp(name, "unreachable") == 0) {
        send_failed(world, second);
    } else if (strcmp(name, "diskfull") == 0) {
        world->is_disk_full = strcmp(second, "on") == 0;
    } else if (strcmp(name, "own") == 0) {
        own_event(world, words);
    } else if (strcmp(name, "answer") == 0) {
        return answer(world, words);
    } else {
        return false;
    }
    return true;
}

static bool happen(struct world *world, const struct words *words)
{
    const char *name = words->items[0];
    if (words->count > 1) {
        return happen_with(world, words);
    }
    if (strcmp(name, "settle") == 0) {
        world_settle(world);
    } else if (strcmp(name, "write") == 0) {
        (void)world_write(world, WORLD_QUEUE_MAX);
    } else if (strcmp(name, "sync") == 0) {
        world_sync(world);
    } else if (strcmp(name, "read") == 0) {
        return world_read(world);
    } else if (strcmp(name, "restart") == 0) {
        world_restart(world, false);
    } else if (strcmp(name, "powercut") == 0) {
        world_restart(world, true);
    } else if (strcmp(name, "drain") == 0) {
        plain_step(world, ROUTE_DRAIN);
    } else if (strcmp(name, "end") == 0) {
        plain_step(world, ROUTE_END);
    } else {
        return false;
    }
    return true;
}

/* ---- expectations
 * -------------------------------------------------------------- */

/* Every word but the first two is in the line, which starts with the third. */
static bool line_has(const char *line, const struct words *words)
{
    struct words got;
    if (!words_cut(&got, line)) {
        return false;
    }
    for (size_t i = 2; i < words->count; i++) {
        if (!words_has(&got, words->items[i])) {
            return false;
        }
    }
    return got.count > 0 && strcmp(got.items[0], words->items[2]) == 0;
}

static bool expect(struct scene *scene, const struct words *words,
                   const char *text)
{
    struct line *line = hear_next(&scene->hearing, words->items[1]);
    bool is_good = line && line_has(line->text, words);
    if (!is_good) {
        (void)complain(scene, text, line ? line->text : "nothing");
    }
    free(line);
    return is_good;
}

static bool expect_none(struct scene *scene, const char *peer)
{
    struct line *line = hear_next(&scene->hearing, peer);
    if (line) {
        (void)complain(scene, "nothing", line->text);
        free(line);
        return false;
    }
    return true;
}

static void skip(struct scene *scene, const char *peer)
{
    struct line *line;
    while ((line = hear_next(&scene->hearing, peer))) {
        free(line);
    }
}

static bool expect_count(struct scene *scene, const struct words *words)
{
    uint64_t value = world_count(scene->world, words->items[1]);
    char got[32];
    (void)snprintf(got, sizeof(got), "%" PRIu64, value);
    return strcmp(got, words->items[2]) == 0 ||
           complain(scene, words->items[2], got);
}

static bool expect_asked(struct scene *scene, const struct words *words,
                         const char *text)
{
    const struct world *world = scene->world;
    if (world->question_count == 0) {
        return complain(scene, text, "no request");
    }
    const struct world_question *question =
        &world->questions[world->question_first % WORLD_QUEUE_MAX];
    struct words got;
    bool is_good = words_cut(&got, question->text);
    for (size_t i = 1; is_good && i < words->count; i++) {
        is_good = words_has(&got, words->items[i]);
    }
    return is_good || complain(scene, text, question->text);
}

static bool check(struct scene *scene, const struct words *words,
                  const char *text, bool *out_is_good)
{
    const char *name = words->items[0];
    if (strcmp(name, "expect") == 0 && words->count > 2) {
        *out_is_good = expect(scene, words, text);
    } else if (strcmp(name, "none") == 0 && words->count == 2) {
        *out_is_good = expect_none(scene, words->items[1]);
    } else if (strcmp(name, "skip") == 0 && words->count == 2) {
        skip(scene, words->items[1]);
    } else if (strcmp(name, "count") == 0 && words->count == 3) {
        *out_is_good = expect_count(scene, words);
    } else if (strcmp(name, "asked") == 0) {
        *out_is_good = expect_asked(scene, words, text);
    } else {
        return false;
    }
    return true;
}

/* ---- the play
 * ---------------------------------------------------------------- */

static bool play_line(struct scene *scene, const char *text)
{
    struct words words;
    bool is_good = true;
    if (!words_cut(&words, text)) {
        return complain(scene, "a line of at most 32 words", text);
    }
    if (words.count == 0) {
        return true;
    }
    if (strcmp(words.items[0], "config") == 0) {
        return configure(scene, &words) ||
               complain(scene, "config before everything else", text);
    }
    struct world *world = world_of(scene);
    if (check(scene, &words, text, &is_good)) {
        return is_good;
    }
    return happen(world, &words) ||
           say_command(world, &words, &scene->hearing) ||
           complain(scene, "a command that can be carried out", text);
}

static bool play(struct scene *scene, FILE *file)
{
    char text[LINE_MAX_BYTES];
    bool is_good = true;
    while (is_good && fgets(text, sizeof(text), file)) {
        scene->number++;
        is_good = play_line(scene, text);
    }
    return is_good;
}

int main(int argc, char **argv)
{
    bool is_good = argc > 1;
    for (int i = 1; i < argc; i++) {
        struct scene scene = {.config = route_config_default(),
                              .path = argv[i]};
        FILE *file = fopen(argv[i], "r");
        if (!file) {
            (void)fprintf(stderr, "%s cannot be opened\n", argv[i]);
            return 2;
        }
        hearing_init(&scene.hearing);
        is_good = play(&scene, file) && is_good;
        (void)fclose(file);
        if (scene.world) {
            world_free(scene.world);
        }
        hearing_fini(&scene.hearing);
    }
    return is_good ? 0 : 1;
}
