/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/entry.h"

bool hygiene_is_fixed(const struct hygiene_entry *entry)
{
    return entry->is_pinned || entry->is_protected;
}

const char *hygiene_label_name(enum hygiene_label label)
{
    static const char *const names[] = {
        [HYGIENE_DUPLICATE] = "duplicate",
        [HYGIENE_CONTRADICTION] = "contradiction",
        [HYGIENE_STALE] = "stale",
        [HYGIENE_BUDGET] = "budget",
    };
    assert((size_t)label < ARRAY_LEN(names));
    return names[label];
}

int hygiene_place_compare(const struct hygiene_entry *a,
                          const struct hygiene_entry *b)
{
    int order = bytes_compare(a->store, b->store);
    return order ? order : bytes_compare(a->path, b->path);
}

uint64_t hygiene_tokens(const struct hygiene_entry *entry)
{
    return (entry->content.len + HYGIENE_TOKEN_BYTES) / HYGIENE_TOKEN_BYTES;
}
