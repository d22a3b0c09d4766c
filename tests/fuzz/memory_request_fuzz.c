/* SPDX-License-Identifier: MIT */
/* Anything that a client may send to the memory, by one who may do everything:
 * a step answers or refuses, and what it wrote is what the ledger folds into.
 * The first byte says what kind of input, the rest is its payload. */
#include <stdlib.h>

#include "tests/unit/memory/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    enum memory_input_type type;
    const char *service;
    const char *method;
} inputs[] = {
    {MEMORY_REQUEST, "review", "propose"},
    {MEMORY_REQUEST, "review", "decide"},
    {MEMORY_REQUEST, "review", "list"},
    {MEMORY_REQUEST, "review", "show"},
    {MEMORY_REQUEST, "memory", "write"},
    {MEMORY_REQUEST, "memory", "revert"},
    {MEMORY_REQUEST, "memory", "view"},
    {MEMORY_REQUEST, "memory", "stores"},
    {MEMORY_REQUEST, "memory", "list"},
    {MEMORY_REQUEST, "memory", "history"},
    {MEMORY_REQUEST, "memory", "who"},
    {MEMORY_REQUEST, "memory", "verify"},
    {MEMORY_REQUEST, "dream", "report"},
    {MEMORY_REQUEST, "dream", "list"},
    {MEMORY_REQUEST, "dream", "show"},
    {MEMORY_ACK, "", ""},
    {MEMORY_JOINED, "", ""},
};

/* One memory is there, and one change waits. */
static void open_world(struct world *world)
{
    static struct plan plan;
    struct memory_config config = {.policy = POLICY_DEFAULT};
    world_init(world, &config);
    world_joins(world, "ada", "blue");
    plan_preference(&plan, world, 14);
    world_proposes(world, &plan);
    plan_mistake(&plan, world, 2);
    world_proposes(world, &plan);
    world->asker.may_review = world->asker.may_admin = true;
    world->asker.may_write_team = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    if (size == 0) {
        return 0;
    }
    size_t kind = data[0] % ARRAY_LEN(inputs);
    open_world(&world);
    world_takes(&world, inputs[kind].type, inputs[kind].service,
                inputs[kind].method, bytes_of(data + 1, size - 1));
    if (!world_refolds(&world)) {
        abort();
    }
    world_fini(&world);
    return 0;
}
