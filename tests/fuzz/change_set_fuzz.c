/* SPDX-License-Identifier: MIT */
/* Change sets as a proposer may send them: decoding, form, digests and the
 * counting of witnesses. */
#include "memory/change.h"
#include "memory/witnesses.h"
#include "proto/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, 32 << 20);
    Reverie__V1__ChangeSet *set;
    if (MESSAGE_UNPACK(change_set, bytes_of(data, size), &arena, &set) ==
        ERR_OK) {
        change_set_digest(set);
        for (size_t i = 0; i < set->n_changes; i++) {
            Reverie__V1__Change *change = set->changes[i];
            change_fault(change);
            change_digest(change);
            witnesses_count(change->witnesses, change->n_witnesses, NULL);
        }
    }
    arena_fini(&arena);
    return 0;
}
