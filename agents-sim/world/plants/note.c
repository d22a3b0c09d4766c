/* SPDX-License-Identifier: MIT */
/* Notes that agents write into memory themselves: facts, the same facts again
 * in nearly the same words, the same with another value, and facts about what
 * is gone. The lead of a team writes into its store. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/world/scene.h"

enum {
    NOTE_BASE = 60 /* numbers of world_words */
};

/* A fact about ${thing}, whose value is a port or a name. */
static void first_text(const char *thing, const char *other, uint32_t value,
                       char *out, size_t size)
{
    switch (value % 4) {
    case 0:
        snprintf(out, size,
                 "The nightly export of %s is written to the %s bucket and "
                 "kept for %u days.",
                 thing, other, 10 + value % 80);
        return;
    case 1:
        snprintf(out, size,
                 "Requests to %s go through the %s gateway, which listens on "
                 "port %u.",
                 thing, other, 2000 + value);
        return;
    case 2:
        snprintf(out, size,
                 "Before a release of %s the checks of %s have to run; they "
                 "take about %u minutes.",
                 thing, other, 3 + value % 50);
        return;
    default:
        snprintf(out, size,
                 "Questions about %s are answered by the people of %s, in room "
                 "%u on weekdays.",
                 thing, other, 100 + value % 300);
        return;
    }
}

/* The same with what one changes when saying it again. */
static void same_text(const char *text, uint32_t way, char *out, size_t size)
{
    static const char *const before[] = {"", "Note: ", "Reminder: ", ""};
    static const char *const after[] = {" Please keep this in mind.", "", "",
                                        " (as of this week)"};
    snprintf(out, size, "%s%s%s", before[way % 4], text, after[way % 4]);
}

static void add(struct world *world, uint32_t team, enum note_kind kind,
                uint32_t about, struct rng *rng)
{
    struct world_note *it = &world->notes[world->note_count];
    char thing[WORLD_NAME_BYTES];
    char other[WORLD_NAME_BYTES];
    char text[sizeof(it->text)];
    uint32_t number = NOTE_BASE + 2 * about;
    uint32_t value = 7 * about + 3;
    bool is_late = kind == NOTE_SAME || kind == NOTE_CONTRADICTED;
    world_words(number, thing);
    world_words(number + 1, other);
    first_text(thing, other, kind == NOTE_CONTRADICTED ? value + 4 : value,
               text, sizeof(text));
    *it = (struct world_note){.kind = kind, .team = team, .about = about};
    if (kind == NOTE_SAME) {
        same_text(text, about, it->text, sizeof(it->text));
    } else {
        memcpy(it->text, text, sizeof(text));
    }
    snprintf(it->path, sizeof(it->path), "/notes/%s-%" PRIu32 ".md", thing,
             world->note_count);
    it->day = (is_late ? .3 : .05) * world->config.days +
              rng_unit(rng) * .2 * world->config.days;
    world->note_count++;
}

/* Of every five things one is said again, one is contradicted, one is gone, and
 * two stand for themselves. */
void note_plant(struct world *world)
{
    const struct world_config *config = &world->config;
    struct rng rng = rng_seeded(config->seed, STREAM_NOTES);
    uint32_t about = 0;
    world->notes = mem_new_array((size_t)config->teams * config->notes * 7,
                                 sizeof(*world->notes));
    for (uint32_t team = 0; !config->null_world && team < config->teams;
         team++) {
        for (uint32_t i = 0; i < config->notes; i++) {
            add(world, team, NOTE_FIRST, about, &rng);
            add(world, team, NOTE_SAME, about++, &rng);
            add(world, team, NOTE_FIRST, about, &rng);
            add(world, team, NOTE_CONTRADICTED, about++, &rng);
            add(world, team, NOTE_STALE, about++, &rng);
            add(world, team, NOTE_OTHER, about++, &rng);
            add(world, team, NOTE_OTHER, about++, &rng);
        }
    }
}

/* People work with the things that notes are about; with what is gone they do
 * not, after the first third of the time. */
static void use_things(struct scene *scene)
{
    const struct world *world = scene->world;
    struct rng rng = scene_rng(scene, STREAM_NOTES, 1);
    for (uint32_t i = 0; i < world->note_count; i++) {
        const struct world_note *it = &world->notes[i];
        char thing[WORLD_NAME_BYTES];
        bool is_gone =
            it->kind == NOTE_STALE && scene->day > .35 * world->config.days;
        bool is_again = it->kind == NOTE_SAME || it->kind == NOTE_CONTRADICTED;
        if (it->team != scene->team || is_again || !rng_chance(&rng, .06) ||
            is_gone) {
            continue;
        }
        world_words(NOTE_BASE + 2 * it->about, thing);
        script_call_with(scene->script, "read_file", "path",
                         "/srv/%s/config.yaml", thing);
        script_result(scene->script, false, "%" PRIu64 " lines",
                      20 + rng_below(&rng, 200));
    }
}

/* The lead writes what is due since its last session; a day is enough, because
 * leads work daily. */
void note_play(struct scene *scene)
{
    const struct world *world = scene->world;
    bool is_lead = scene->agent == world->team_first[scene->team];
    use_things(scene);
    for (uint32_t i = 0; is_lead && i < world->note_count; i++) {
        const struct world_note *it = &world->notes[i];
        struct rng rng = world_rng(world, STREAM_NOTES, i, scene->session);
        if (it->team != scene->team || scene->day < it->day ||
            scene->day > it->day + 6 || !rng_chance(&rng, .7)) {
            continue;
        }
        struct act *act = script_add(scene->script, ACT_WROTE);
        act->text = it->text;
        act->path = it->path;
        act->is_team = true;
    }
}
