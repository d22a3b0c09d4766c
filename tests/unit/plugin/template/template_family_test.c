/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/template/template_family.h"

static void test_families_bring_wordings_together(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *family;
    } rows[] = {
        {"ls: <PATH>: No such file or directory", "missing file"},
        {"ENOENT: no such file or directory, open <PATH>", "missing file"},
        {"<PATH:.sh>: line <NUM>: <PATH>: Permission denied", "not permitted"},
        {"<PATH:.go>: undefined: <IDENT>", "compile .go"},
        {"<PATH:.go>: undefined: <IDENT> (typecheck)", "compile .go"},
        {"<PATH:.go>: value is never used (unused)", "lint .go"},
        {"<PATH:.ts>(<NUM>,<NUM>): error TS2345: no", "compile .ts"},
        {"<PATH:.js>: x is not defined [no-undef]", "lint .js"},
        {"<PATH:.extension_that_is_long>: no", "compile .extension_t"},
        {"--- FAIL: <IDENT> (<DUR>)", "failing test"},
        {"unknown flag: <IDENT>", "unknown option"},
        {"(eval):<NUM>: parse error near <QSTR>", "syntax"},
        {"<PATH:.go>", ""},
        {"<PATH>: what", ""},
        {"File has not been read yet.", ""},
        {"(", ""},
        {")", ""},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char name[TEMPLATE_FAMILY_BYTES];
        struct bytes family =
            template_family(bytes_of_text(rows[i].text), name);
        if (!bytes_equal_text(family, rows[i].family)) {
            print_error("%s: %.*s\n", rows[i].text, (int)family.len,
                        (const char *)family.data);
        }
        assert_true(bytes_equal_text(family, rows[i].family));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_families_bring_wordings_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
