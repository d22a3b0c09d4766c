/* SPDX-License-Identifier: MIT */
#include "tests/unit/store/damage.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/edge/hash.h"

void damage_largest(const char *directory, const char *suffix,
                    char out[DAMAGE_PATH_MAX])
{
    DIR *folder = opendir(directory);
    off_t size = -1;
    assert_non_null(folder);
    for (struct dirent *file; (file = readdir(folder));) {
        struct stat status;
        size_t len = strlen(file->d_name);
        if (len > strlen(suffix) &&
            strcmp(file->d_name + len - strlen(suffix), suffix) == 0 &&
            fstatat(dirfd(folder), file->d_name, &status, 0) == 0 &&
            status.st_size > size) {
            size = status.st_size;
            snprintf(out, DAMAGE_PATH_MAX, "%s/%s", directory, file->d_name);
        }
    }
    closedir(folder);
    assert_true(size > 0);
}

off_t damage_size(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

void damage_flip(const char *path, off_t offset)
{
    uint8_t byte = 0;
    int file = open(path, O_RDWR | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(pread(file, &byte, 1, offset), 1);
    byte ^= 0x20;
    assert_int_equal(pwrite(file, &byte, 1, offset), 1);
    close(file);
}

void damage_wipe(const char *path)
{
    off_t size = damage_size(path);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(truncate(path, size), 0);
}

static uint64_t digest_file(const char *path, uint64_t seed)
{
    struct buf content;
    FILE *file = fopen(path, "re");
    uint8_t part[4096];
    size_t len = 0;
    assert_non_null(file);
    buf_init(&content, 1 << 30);
    while ((len = fread(part, 1, sizeof(part), file)) > 0) {
        buf_add(&content, bytes_of(part, len));
    }
    assert_int_equal(fclose(file), 0);
    uint64_t digest = hash_bytes_seeded(buf_bytes(&content), seed);
    buf_fini(&content);
    return digest;
}

/* Added up, so that the order of the directory does not count. */
uint64_t damage_digest(const char *directory)
{
    DIR *folder = opendir(directory);
    uint64_t sum = 0;
    assert_non_null(folder);
    for (struct dirent *file; (file = readdir(folder));) {
        char path[2 * DAMAGE_PATH_MAX];
        if (file->d_name[0] != '.') {
            snprintf(path, sizeof(path), "%s/%s", directory, file->d_name);
            sum += digest_file(path, hash_bytes(bytes_of_text(file->d_name)));
        }
    }
    closedir(folder);
    return sum;
}
