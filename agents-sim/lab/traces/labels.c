/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/traces/labels.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/edge/json.h"

enum {
    PART_BYTES = 65536,
    NAME_SHOWN = 256
};

enum err labels_text(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    size_t got = 1;
    if (!file) {
        return ERR_NOT_FOUND;
    }
    while (got > 0) {
        uint8_t *room = buf_reserve(out, PART_BYTES);
        got = room ? fread(room, 1, PART_BYTES, file) : 0;
        buf_commit(out, got);
    }
    fclose(file);
    return buf_error(out);
}

enum err labels_each(const char *path, labels_row take, void *context)
{
    FILE *file = fopen(path, "rb");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    enum err err = file ? ERR_OK : ERR_NOT_FOUND;
    while (err == ERR_OK && (len = getline(&line, &capacity, file)) > 0) {
        struct json *row = NULL;
        size_t end = (size_t)len - (line[len - 1] == '\n');
        err = json_parse(bytes_of(line, end), &row);
        err = err == ERR_OK ? take(context, row) : err;
        json_free(row);
    }
    free(line);
    if (file) {
        fclose(file);
    }
    return err;
}

/* Whether ${name} is one asked for; what stands between the two. */
static bool is_between(const char *name, const char *prefix, const char *suffix,
                       char out_part[NAME_SHOWN])
{
    size_t before = strlen(prefix);
    size_t after = strlen(suffix);
    size_t len = strlen(name);
    if (len <= before + after || len - before - after >= NAME_SHOWN ||
        memcmp(name, prefix, before) != 0 ||
        strcmp(name + len - after, suffix) != 0) {
        return false;
    }
    memcpy(out_part, name + before, len - before - after);
    out_part[len - before - after] = '\0';
    return true;
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

enum err labels_files(const char *folder, const char *prefix,
                      const char *suffix, labels_name take, void *context)
{
    struct dirent **names = NULL;
    char part[NAME_SHOWN];
    int count = scandir(folder, &names, NULL, by_name);
    enum err err = ERR_OK;
    for (int i = 0; i < count; i++) {
        if (err == ERR_OK &&
            is_between(names[i]->d_name, prefix, suffix, part)) {
            err = take(context, part);
        }
        free(names[i]);
    }
    free(names);
    return err;
}
