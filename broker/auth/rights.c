/* SPDX-License-Identifier: MIT */
#include "broker/auth/rights.h"

#include "broker/route/route.h"

enum err right_read(struct bytes name, uint32_t *out_right)
{
    for (size_t i = 0; i < ROUTE_RIGHT_COUNT; i++) {
        if (bytes_equal_text(name, route_right_name(i))) {
            *out_right = UINT32_C(1) << i;
            return ERR_OK;
        }
    }
    return ERR_INVALID;
}

enum err rights_read(struct bytes list, uint32_t *out_rights)
{
    uint32_t rights = 0;

    if (bytes_equal_text(list, "all")) {
        *out_rights = ROUTE_RIGHTS_ALL;
        return ERR_OK;
    }
    for (size_t at = 0; at < list.len;) {
        uint32_t right;
        size_t end = bytes_find(list, BYTES_LITERAL(","), at);
        end = end == SIZE_MAX ? list.len : end;
        if (right_read(bytes_trim(bytes_slice(list, at, end - at), ' '),
                       &right) != ERR_OK) {
            return ERR_INVALID;
        }
        rights |= right;
        at = end + 1;
    }
    *out_rights = rights;
    return ERR_OK;
}

void rights_write(uint32_t rights, struct buf *out)
{
    const char *separator = "";

    for (size_t i = 0; i < ROUTE_RIGHT_COUNT; i++) {
        if ((rights >> i & 1) != 0) {
            buf_add_format(out, "%s%s", separator, route_right_name(i));
            separator = ",";
        }
    }
}
