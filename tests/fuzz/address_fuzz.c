/* SPDX-License-Identifier: MIT */
/* Addresses, topics and patterns, as a client writes them: a text and, behind
 * the first line, a pattern. */
#include <stdlib.h>

#include "proto/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes all = bytes_of(data, size);
    struct address address;
    size_t cut = bytes_find(all, BYTES_LITERAL("\n"), 0);
    struct bytes text = bytes_slice(all, 0, cut);
    struct bytes pattern = cut == SIZE_MAX ? bytes_of(NULL, 0)
                                           : bytes_slice(all, cut + 1, all.len);
    if (address_read(text, &address) == ERR_OK && address.name.len > text.len) {
        abort();
    }
    if (topic_is_valid(text) && topic_pattern_is_valid(pattern)) {
        topic_matches(pattern, text);
    }
    if (kind_is_valid(text) && !kind_matches(text, text)) {
        abort();
    }
    kind_matches(pattern, text);
    name_is_valid(text);
    return 0;
}
