/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BLOCK_BYTES = 16 * 1024,
    ARENA_KEPT_BYTES = 256 * 1024
};

struct arena_block {
    struct arena_block *next;
    size_t capacity;
    size_t used;
    alignas(max_align_t) uint8_t data[];
};

void arena_init(struct arena *arena, size_t max)
{
    *arena = (struct arena){.max = max};
}

static void free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_fini(struct arena *arena)
{
    if (arena) {
        free_blocks(arena->blocks);
        *arena = (struct arena){.max = arena->max};
    }
}

static struct arena_block *block_new(size_t size)
{
    size_t capacity = size > ARENA_BLOCK_BYTES ? size : ARENA_BLOCK_BYTES;
    struct arena_block *block = mem_new(sizeof(*block) + capacity);
    block->capacity = capacity;
    return block;
}

/* What took several blocks is likely to take as much again: one block is kept
 * that holds all of it, unless that is a lot. */
void arena_reset(struct arena *arena)
{
    struct arena_block *kept = arena->blocks;
    size_t used = arena->used;
    arena->used = 0;
    if (!kept) {
        return;
    }
    if (kept->next && used <= ARENA_KEPT_BYTES) {
        free_blocks(kept);
        arena->blocks = block_new(used + used / 2);
        return;
    }
    free_blocks(kept->next);
    kept->next = NULL;
    memset(kept->data, 0, kept->used);
    kept->used = 0;
}

void *arena_take(struct arena *arena, size_t size)
{
    size_t rounded = (size + alignof(max_align_t) - 1) / alignof(max_align_t) *
                     alignof(max_align_t);
    if (rounded < size || arena->used > arena->max ||
        rounded > arena->max - arena->used) {
        return NULL;
    }
    struct arena_block *block = arena->blocks;
    if (!block || rounded > block->capacity - block->used) {
        block = block_new(rounded);
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *taken = block->data + block->used;
    block->used += rounded;
    arena->used += rounded;
    return taken;
}

struct bytes arena_copy(struct arena *arena, struct bytes bytes)
{
    uint8_t *copy = arena_take(arena, bytes.len + 1);
    if (!copy) {
        return bytes_of(NULL, 0);
    }
    if (bytes.len) {
        memcpy(copy, bytes.data, bytes.len);
    }
    return bytes_of(copy, bytes.len);
}
