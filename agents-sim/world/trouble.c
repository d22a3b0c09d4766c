/* SPDX-License-Identifier: MIT */
#include "agents-sim/world/trouble.h"

#include "agents-sim/world/scene.h"
#include "base/clock.h"

enum {
    LATE_SECONDS = 60,
    PLACES_OF_CLOCKS = UINT32_MAX,
    /* Draws of one event lie apart. */
    DRAW_LOSS = 0,
    DRAW_REPEAT = 1,
    DRAW_LATE = 2,
    DRAWS = 3
};

static struct rng draw_of(const struct trouble_place *place, uint32_t what)
{
    struct scene scene = {.world = place->world,
                          .agent = place->agent,
                          .session = place->session};
    return scene_rng(&scene, STREAM_TROUBLE, DRAWS * place->at + what);
}

static bool is_work(enum act_kind kind)
{
    return kind == ACT_SAID || kind == ACT_CALLED || kind == ACT_RESULT;
}

bool trouble_loses(const struct trouble_place *place, enum act_kind kind)
{
    const struct world_config *config = &place->world->config;
    double share = is_work(kind)         ? config->missing
                   : kind == ACT_OUTCOME ? config->missing_outcomes
                                         : 0;
    struct rng rng = draw_of(place, DRAW_LOSS);
    return share > 0 && rng_chance(&rng, share);
}

bool trouble_repeats(const struct trouble_place *place, enum act_kind kind)
{
    double share = place->world->config.repeats;
    struct rng rng = draw_of(place, DRAW_REPEAT);
    return is_work(kind) && share > 0 && rng_chance(&rng, share);
}

int64_t trouble_time(const struct trouble_place *place, int64_t us)
{
    const struct world_config *config = &place->world->config;
    struct rng rng = draw_of(place, DRAW_LATE);
    struct rng clock =
        world_rng(place->world, STREAM_TROUBLE, place->agent, PLACES_OF_CLOCKS);
    double seconds = config->skew_s * (2 * rng_unit(&clock) - 1);
    if (config->out_of_order > 0 && rng_chance(&rng, config->out_of_order)) {
        seconds -= LATE_SECONDS * rng_unit(&rng);
    }
    return us + (int64_t)(seconds * (double)US_PER_SECOND);
}
