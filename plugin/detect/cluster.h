/* SPDX-License-Identifier: MIT */
/* cluster.h: which principals run one configuration.
 *
 * Agents with the same model and the same system prompt choose alike whoever
 * they work for, so their votes are not independent. The configuration of a
 * session is what session.started says (model and digest of the prompt); a
 * principal belongs to the one that most of its sessions had. A principal
 * whose sessions do not say is in no cluster. Names prove nothing and are not
 * used: whoever runs a hundred copies chooses their names, too.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_CLUSTER_H
#define REVERIE_PLUGIN_DETECT_CLUSTER_H

#include "base/base.h"

enum {
    CLUSTERED_MAX = 65536, /* principals; the rest is in no cluster */
    CONFIGURATIONS_MAX = 4 /* of one principal; further ones are not counted */
};

struct clusters;

struct clusters *clusters_new(void) MUST_CHECK;
void clusters_free(struct clusters *clusters);

/* A session of ${principal} of ${team} began with ${configuration}, not 0. */
void clusters_note(struct clusters *clusters, uint32_t team, uint32_t principal,
                   uint64_t configuration);

/* The configuration of most of its sessions, of equals the lowest; 0 where it
 * is not known. */
uint64_t clusters_of(const struct clusters *clusters, uint32_t team,
                     uint32_t principal);

#endif
