/* SPDX-License-Identifier: MIT */
#include "plugin/detect/cluster.h"

#include <stdlib.h>

#include "base/map.h"

struct member {
    uint64_t configuration[CONFIGURATIONS_MAX];
    uint32_t sessions[CONFIGURATIONS_MAX];
    uint32_t count;
};

struct clusters {
    struct map *members; /* team and principal -> struct member */
};

struct key {
    uint32_t team;
    uint32_t principal;
};

static struct bytes bytes_of_key(const struct key *key)
{
    return bytes_of(key, sizeof(*key));
}

struct clusters *clusters_new(void)
{
    struct clusters *clusters = mem_new(sizeof(*clusters));
    clusters->members = map_new(CLUSTERED_MAX, free);
    return clusters;
}

void clusters_free(struct clusters *clusters)
{
    if (clusters) {
        map_free(clusters->members);
        free(clusters);
    }
}

void clusters_note(struct clusters *clusters, uint32_t team, uint32_t principal,
                   uint64_t configuration)
{
    const struct key key = {team, principal};
    struct member *member = map_get(clusters->members, bytes_of_key(&key));
    if (!member) {
        member = mem_new(sizeof(*member));
        if (map_put(clusters->members, bytes_of_key(&key), member) != ERR_OK) {
            free(member);
            return;
        }
    }
    uint32_t at = 0;
    while (at < member->count && member->configuration[at] != configuration) {
        at++;
    }
    if (at == CONFIGURATIONS_MAX) {
        return;
    }
    member->configuration[at] = configuration;
    member->sessions[at]++;
    member->count += at == member->count;
}

uint64_t clusters_of(const struct clusters *clusters, uint32_t team,
                     uint32_t principal)
{
    const struct key key = {team, principal};
    const struct member *member =
        map_get(clusters->members, bytes_of_key(&key));
    uint64_t best = 0;
    uint32_t most = 0;
    for (uint32_t i = 0; member && i < member->count; i++) {
        if (member->sessions[i] > most ||
            (member->sessions[i] == most && member->configuration[i] < best)) {
            best = member->configuration[i];
            most = member->sessions[i];
        }
    }
    return best;
}
