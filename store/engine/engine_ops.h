/* SPDX-License-Identifier: MIT */
/* engine_ops.h: what an implementation of engine.h provides.
 *
 * Each function has the contract of its namesake in engine.h; engine.c keeps
 * the sticky error and the planted faults, so that both implementations fail
 * alike. An implementation's struct begins with `struct engine`.
 * Only for the files of this folder. */
#ifndef REVERIE_STORE_ENGINE_ENGINE_OPS_H
#define REVERIE_STORE_ENGINE_ENGINE_OPS_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/engine/engine.h"

struct engine_ops {
    const char *name;
    void (*close)(struct engine *engine);
    enum err (*get)(struct engine *engine, enum family family, struct bytes key,
                    struct buf *out);
    struct engine_batch *(*batch_new)(void);
    void (*batch_free)(struct engine_batch *batch);
    void (*batch_clear)(struct engine_batch *batch);
    void (*batch_put)(struct engine *engine, struct engine_batch *batch,
                      enum family family, struct bytes key, struct bytes value);
    void (*batch_remove)(struct engine *engine, struct engine_batch *batch,
                         enum family family, struct bytes key);
    void (*batch_remove_range)(struct engine *engine,
                               struct engine_batch *batch, enum family family,
                               struct bytes from, struct bytes to);
    enum err (*write)(struct engine *engine, struct engine_batch *batch);
    enum err (*sync)(struct engine *engine);
    enum err (*scrub)(struct engine *engine, enum family family,
                      struct bytes key);
    struct engine_iterator *(*iterate)(struct engine *engine,
                                       enum family family, struct bytes from,
                                       struct bytes to);
    void (*iterator_free)(struct engine_iterator *iterator);
    enum err (*iterator_next)(struct engine_iterator *iterator,
                              struct bytes *out_key, struct bytes *out_value);
    enum err (*last)(struct engine *engine, enum family family,
                     struct bytes from, struct bytes to, struct buf *out_key,
                     struct buf *out_value);
    uint64_t (*disk_bytes)(struct engine *engine);
    uint64_t (*free_bytes)(struct engine *engine);
    /* NULL: there are no files. */
    void (*check_files)(struct engine *engine,
                        void (*file)(void *context, const char *name,
                                     int64_t bytes, int64_t bytes_wanted),
                        void *context);
};

struct engine {
    const struct engine_ops *ops;
    atomic_bool is_broken;
    pthread_mutex_t faults_lock;
    atomic_bool has_faults;
    struct engine_faults faults;
    char suspect[ENGINE_FILE_MAX];
};

/* For an implementation's constructor and destructor. */
void engine_init(struct engine *engine, const struct engine_ops *ops);
void engine_fini(struct engine *engine);

#endif
