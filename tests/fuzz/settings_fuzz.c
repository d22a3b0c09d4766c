/* SPDX-License-Identifier: MIT */
/* Configuration files: any text is read or refused with a reason, and what
 * was read prints to something that reads back. */
#include <stdlib.h>

#include "base/edge/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct setting table[] = {
    {"data", SETTING_TEXT, "./data", 0, 0, NULL, "Where data lies."},
    {"lease", SETTING_DURATION, "15s", 1000, 1e12, NULL, "How long."},
    {"max-body", SETTING_BYTES, "1MiB", 1024, 1e9, NULL, "How big."},
    {"peers", SETTING_INTEGER, "100", 1, 1e6, NULL, "How many."},
    {"ratio", SETTING_REAL, "0.5", 0, 1, NULL, "How much."},
    {"strict", SETTING_BOOL, "true", 0, 0, NULL, "Whether."},
    {"policy", SETTING_CHOICE, "a", 0, 0, "a|b|c", "Which."},
    {"bus", SETTING_LIST, "", 0, 0, NULL, "Where to listen."},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings *settings = settings_new(table, ARRAY_LEN(table));
    if (settings_read_text(settings, "input", bytes_of(data, size)) != ERR_OK) {
        if (!*settings_why(settings)) {
            abort();
        }
    } else {
        struct buf printed;
        buf_init(&printed, 8 << 20);
        settings_print(settings, &printed);
        struct settings *again = settings_new(table, ARRAY_LEN(table));
        if (settings_read_text(again, "printed", buf_bytes(&printed)) !=
            ERR_OK) {
            abort();
        }
        settings_free(again);
        buf_fini(&printed);
    }
    settings_free(settings);
    return 0;
}
