/* SPDX-License-Identifier: MIT */
#include "memory/gate/exposure.h"

#include "base/text/ascii.h"

/* Digits up to a '+' or the end; false for anything else. Names may hold '@'
 * and '+', so a hit counts only if a version follows. */
static bool version_follows(struct bytes view, size_t at, uint64_t *out)
{
    uint64_t version = 0;
    size_t from = at;
    while (at < view.len && ascii_is_digit(view.data[at]) && at - from < 19) {
        version = version * 10 + (uint64_t)(view.data[at] - '0');
        at++;
    }
    if (at == from || (at < view.len && view.data[at] != '+')) {
        return false;
    }
    *out = version;
    return true;
}

bool view_store_version(struct bytes view, struct bytes store,
                        uint64_t *out_version)
{
    size_t at = bytes_find(view, store, 0);
    while (at != SIZE_MAX) {
        size_t sign = at + store.len;
        bool starts = at == 0 || view.data[at - 1] == '+';
        if (starts && sign < view.len && view.data[sign] == '@' &&
            version_follows(view, sign + 1, out_version)) {
            return true;
        }
        at = bytes_find(view, store, at + 1);
    }
    return false;
}

bool exposure_holds(const struct exposure *exposure, struct bytes view,
                    struct bytes store)
{
    uint64_t version = 0;
    if (!exposure->published) {
        return false;
    }
    if (!view_store_version(view, store, &version)) {
        return true;
    }
    return version >= exposure->from &&
           (exposure->gone == 0 || version < exposure->gone);
}
