/* SPDX-License-Identifier: MIT */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    const char *text;
} errors[] = {
#define ERR_ROW(code, name, text) [ERR_##code] = {name, text},
    ERR_LIST(ERR_ROW)
#undef ERR_ROW
};

const char *err_name(enum err err)
{
    return (size_t)err < ARRAY_LEN(errors) ? errors[err].name : "unknown";
}

const char *err_text(enum err err)
{
    return (size_t)err < ARRAY_LEN(errors) ? errors[err].text
                                           : "an error without a name";
}

void err_ignore(enum err err, const char *reason)
{
    (void)err;
    (void)reason;
}

static NO_RETURN void out_of_memory(size_t size)
{
    fprintf(stderr, "error MEM-NONE bytes=%zu\n", size);
    abort();
}

void *mem_new(size_t size)
{
    return mem_new_array(1, size);
}

void *mem_new_array(size_t count, size_t size)
{
    /* glibc's calloc passes by what free keeps at hand of small blocks. */
    const size_t small = 1024;
    bool is_small = count <= small && size <= small && count * size <= small;
    size_t bytes = is_small && count * size > 0 ? count * size : 1;
    void *memory =
        is_small ? malloc(bytes) : calloc(count ? count : 1, size ? size : 1);
    if (memory && is_small) {
        memset(memory, 0, bytes);
    }
    if (!memory) {
        out_of_memory(size);
    }
    return memory;
}

void *mem_grow(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);
    if (!memory) {
        out_of_memory(size);
    }
    return memory;
}

char *mem_string(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = mem_new(size);
    memcpy(copy, text, size);
    return copy;
}
