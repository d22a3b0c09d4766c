/* SPDX-License-Identifier: MIT */
#include "broker/auth/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/edge/crypto.h"
#include "base/edge/json.h"
#include "base/id.h"
#include "base/log.h"
#include "broker/auth/rights.h"
#include "broker/route/route.h"
#include "proto/address.h"

enum {
    LINE_MAX_BYTES = 4096,
    FILE_MAX_BYTES = KEYS_MAX * LINE_MAX_BYTES,
    SECRET_BYTES = 32,
    PATH_MAX_BYTES = 4096,
    OWNER_ONLY = 0600,
    OTHERS = 0077
};

#define TOKEN_PREFIX "rvr_"

struct entry {
    struct key key;
    struct digest digest;
};

struct keys {
    char *path;
    struct entry *entries;
    size_t count;
    struct stat seen; /* of the file that was read; zeroed: absent */
};

static void entries_free(struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(entries[i].key.principal);
        free(entries[i].key.swarm);
    }
    free(entries);
}

void keys_close(struct keys *keys)
{
    if (keys == NULL) {
        return;
    }
    entries_free(keys->entries, keys->count);
    free(keys->path);
    free(keys);
}

/* ---- the file ---------------------------------------------------------- */

static enum err read_rights(const struct json *list, uint32_t *out_rights)
{
    uint32_t rights = 0;

    if (json_kind(list) != JSON_ARRAY) {
        return ERR_INVALID;
    }
    for (size_t i = 0; i < json_len(list); i++) {
        uint32_t right;
        struct bytes name = json_as_string(json_at(list, i), bytes_of(NULL, 0));
        if (right_read(name, &right) != ERR_OK) {
            return ERR_INVALID;
        }
        rights |= right;
    }
    *out_rights = rights;
    return ERR_OK;
}

static void set_id(struct entry *entry)
{
    char text[DIGEST_TEXT_BYTES];

    (void)hex_text(bytes_of(entry->digest.bytes, DIGEST_BYTES), text);
    memcpy(entry->key.id, text, KEY_ID_BYTES - 1);
    entry->key.id[KEY_ID_BYTES - 1] = '\0';
}

static enum err read_entry(const struct json *json, struct entry *out)
{
    struct bytes none = bytes_of(NULL, 0);
    struct bytes principal = json_as_string(json_get(json, "principal"), none);
    struct bytes swarm = json_as_string(json_get(json, "swarm"), none);
    struct bytes digest = json_as_string(json_get(json, "hash"), none);
    struct bytes created = json_as_string(json_get(json, "created"), none);
    struct entry entry = {0};

    if (!name_is_valid(principal) || !name_is_valid(swarm) ||
        hex_parse(digest, entry.digest.bytes, DIGEST_BYTES) != ERR_OK ||
        clock_parse(created, &entry.key.created_us) != ERR_OK ||
        read_rights(json_get(json, "rights"), &entry.key.rights) != ERR_OK) {
        return ERR_INVALID;
    }
    entry.key.principal = bytes_to_text(principal);
    entry.key.swarm = bytes_to_text(swarm);
    set_id(&entry);
    *out = entry;
    return ERR_OK;
}

static enum err read_line(struct bytes line, struct entry *out)
{
    struct json *json = NULL;
    enum err err =
        line.len > LINE_MAX_BYTES ? ERR_TOO_BIG : json_parse(line, &json);

    if (err == ERR_OK) {
        err = read_entry(json, out);
    }
    json_free(json);
    return err;
}

/* Reads every line of ${text} that is not empty into ${keys}, whose entries
 * are replaced only if all are good. */
static enum err read_text(struct keys *keys, struct bytes text,
                          struct buf *out_why)
{
    struct entry *entries = NULL;
    size_t count = 0;
    size_t number = 0;
    enum err err = ERR_OK;

    for (size_t at = 0; at < text.len && err == ERR_OK;) {
        size_t end = bytes_find(text, BYTES_LITERAL("\n"), at);
        end = end == SIZE_MAX ? text.len : end;
        struct bytes line = bytes_slice(text, at, end - at);
        at = end + 1;
        number++;
        if (line.len == 0) {
            continue;
        }
        if (count == KEYS_MAX) {
            err = ERR_FULL;
            break;
        }
        entries = mem_grow(entries, (count + 1) * sizeof(*entries));
        err = read_line(line, &entries[count]);
        count += err == ERR_OK ? 1 : 0;
    }
    if (err != ERR_OK) {
        buf_add_format(out_why, "%s:%zu: %s", keys->path, number,
                       err_text(err));
        entries_free(entries, count);
        return err;
    }
    entries_free(keys->entries, keys->count);
    keys->entries = entries;
    keys->count = count;
    return ERR_OK;
}

static enum err read_all(int fd, struct buf *out)
{
    for (;;) {
        uint8_t *place = buf_reserve(out, LINE_MAX_BYTES);
        if (place == NULL) {
            return ERR_TOO_BIG;
        }
        ssize_t got = read(fd, place, LINE_MAX_BYTES);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return ERR_IO;
        }
        if (got == 0) {
            return ERR_OK;
        }
        buf_commit(out, (size_t)got);
    }
}

static enum err load(struct keys *keys, struct buf *out_why)
{
    struct stat now = {0};
    struct buf text;
    enum err err = ERR_OK;
    int fd = open(keys->path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 && errno != ENOENT) {
        buf_add_format(out_why, "%s cannot be opened", keys->path);
        return ERR_IO;
    }
    buf_init(&text, FILE_MAX_BYTES);
    if (fd >= 0) {
        err = fstat(fd, &now) == 0 ? read_all(fd, &text) : ERR_IO;
        close(fd);
    }
    if (err == ERR_OK) {
        err = read_text(keys, buf_bytes(&text), out_why);
    } else {
        buf_add_format(out_why, "%s: %s", keys->path, err_text(err));
    }
    if (err == ERR_OK) {
        keys->seen = now;
    }
    buf_fini(&text);
    return err;
}

enum err keys_open(const char *path, struct buf *out_why,
                   struct keys **out_keys)
{
    struct keys *keys = mem_new(sizeof(*keys));

    keys->path = mem_string(path);
    enum err err = load(keys, out_why);
    if (err != ERR_OK) {
        keys_close(keys);
        return err;
    }
    *out_keys = keys;
    return ERR_OK;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

enum err keys_refresh(struct keys *keys)
{
    struct stat now = {0};
    struct buf why;

    if (stat(keys->path, &now) != 0 && errno != ENOENT) {
        return ERR_IO;
    }
    if (is_same_file(&now, &keys->seen)) {
        return ERR_OK;
    }
    buf_init(&why, LINE_MAX_BYTES);
    enum err err = load(keys, &why);
    if (err == ERR_OK) {
        log_line(LOG_INFO, "KEYS-READ", "count=%zu", keys->count);
    } else {
        log_line(LOG_ERROR, "KEYS-UNREADABLE", "why=\"%s\"", buf_text(&why));
        keys->seen = now; /* do not try again until it changes again */
    }
    buf_fini(&why);
    return err;
}

/* ---- looking up -------------------------------------------------------- */

const struct key *keys_find(const struct keys *keys, struct bytes token)
{
    const struct key *found = NULL;
    struct digest digest = digest_of(token, bytes_of(NULL, 0));

    for (size_t i = 0; i < keys->count; i++) {
        const struct entry *entry = &keys->entries[i];
        bool is_it = crypto_equal(bytes_of(entry->digest.bytes, DIGEST_BYTES),
                                  bytes_of(digest.bytes, DIGEST_BYTES));
        found = is_it ? &entry->key : found;
    }
    return found;
}

size_t keys_count(const struct keys *keys)
{
    return keys->count;
}

const struct key *keys_at(const struct keys *keys, size_t index)
{
    return index < keys->count ? &keys->entries[index].key : NULL;
}

/* ---- changing ---------------------------------------------------------- */

static void print_entry(const struct entry *entry, struct buf *out)
{
    char digest[DIGEST_TEXT_BYTES];
    char created[CLOCK_TEXT_BYTES];
    struct json *json = json_new_object();
    struct json *rights = json_new_array();

    json_set_text(json, "id", entry->key.id);
    json_set_text(json, "principal", entry->key.principal);
    json_set_text(json, "swarm", entry->key.swarm);
    for (size_t i = 0; i < ROUTE_RIGHT_COUNT; i++) {
        if ((entry->key.rights >> i & 1) != 0) {
            json_set_text(rights, NULL, route_right_name(i));
        }
    }
    json_set(json, "rights", rights);
    json_set_text(
        json, "hash",
        hex_text(bytes_of(entry->digest.bytes, DIGEST_BYTES), digest));
    json_set_text(json, "created", clock_text(entry->key.created_us, created));
    json_print(json, out);
    buf_add_text(out, "\n");
    json_free(json);
}

/* What the system said, once. */
static enum err write_failed(const char *path)
{
    int number = errno;

    log_line(LOG_ERROR, "KEYS-WRITE-FAILED", "path=%s reason=\"%s\"", path,
             strerror(number));
    return number == EACCES ? ERR_DENIED : ERR_IO;
}

static enum err write_all(int fd, struct bytes bytes)
{
    while (bytes.len > 0) {
        ssize_t put = write(fd, bytes.data, bytes.len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return ERR_IO;
        }
        bytes = bytes_slice(bytes, (size_t)put, SIZE_MAX);
    }
    return fsync(fd) == 0 ? ERR_OK : ERR_IO;
}

/* A new file beside the old one, moved over it: there is never half a file
 * under the name. */
static enum err save(struct keys *keys)
{
    char fresh[PATH_MAX_BYTES];
    struct buf text;
    enum err err = ERR_IO;
    int length = snprintf(fresh, sizeof(fresh), "%s.new", keys->path);

    if (length < 0 || (size_t)length >= sizeof(fresh)) {
        return ERR_TOO_BIG;
    }
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, OWNER_ONLY);
    if (fd < 0) {
        return write_failed(fresh);
    }
    buf_init(&text, FILE_MAX_BYTES);
    for (size_t i = 0; i < keys->count; i++) {
        print_entry(&keys->entries[i], &text);
    }
    err = buf_error(&text);
    if (err == ERR_OK && (write_all(fd, buf_bytes(&text)) != ERR_OK ||
                          rename(fresh, keys->path) != 0)) {
        err = write_failed(fresh);
        (void)unlink(fresh);
    }
    close(fd);
    if (err == ERR_OK && stat(keys->path, &keys->seen) != 0) {
        err = ERR_IO;
    }
    buf_fini(&text);
    return err;
}

/* Locks the keys against other processes and reads what they have written
 * meanwhile. Gives the descriptor of the lock. */
static enum err lock(struct keys *keys, int *out_lock)
{
    char path[PATH_MAX_BYTES];
    int length = snprintf(path, sizeof(path), "%s.lock", keys->path);

    if (length < 0 || (size_t)length >= sizeof(path)) {
        return ERR_TOO_BIG;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, OWNER_ONLY);
    if (fd < 0) {
        return ERR_IO;
    }
    enum err err = flock(fd, LOCK_EX) == 0 ? keys_refresh(keys) : ERR_IO;
    if (err != ERR_OK) {
        close(fd);
        return err;
    }
    *out_lock = fd;
    return ERR_OK;
}

static void make_token(char out_token[TOKEN_TEXT_BYTES])
{
    uint8_t secret[SECRET_BYTES];

    crypto_random(secret, sizeof(secret));
    memcpy(out_token, TOKEN_PREFIX, sizeof(TOKEN_PREFIX) - 1);
    (void)hex_text(bytes_of(secret, sizeof(secret)),
                   out_token + sizeof(TOKEN_PREFIX) - 1);
}

enum err keys_add(struct keys *keys, struct bytes swarm, struct bytes principal,
                  uint32_t rights, int64_t time_us,
                  char out_token[TOKEN_TEXT_BYTES])
{
    char token[TOKEN_TEXT_BYTES];
    int fd = -1;

    if (!name_is_valid(swarm) || !name_is_valid(principal) ||
        (rights & ~(uint32_t)ROUTE_RIGHTS_ALL) != 0) {
        return ERR_INVALID;
    }
    enum err err = lock(keys, &fd);
    if (err != ERR_OK) {
        return err;
    }
    if (keys->count == KEYS_MAX) {
        close(fd);
        return ERR_FULL;
    }
    make_token(token);
    keys->entries =
        mem_grow(keys->entries, (keys->count + 1) * sizeof(*keys->entries));
    struct entry *entry = &keys->entries[keys->count++];
    *entry = (struct entry){.key = {.principal = bytes_to_text(principal),
                                    .swarm = bytes_to_text(swarm),
                                    .rights = rights,
                                    .created_us = time_us}};
    entry->digest = digest_of(bytes_of_text(token), bytes_of(NULL, 0));
    set_id(entry);
    err = save(keys);
    close(fd);
    if (err == ERR_OK) {
        memcpy(out_token, token, sizeof(token));
    }
    return err;
}

enum err keys_revoke(struct keys *keys, struct bytes id)
{
    int fd = -1;
    enum err err = lock(keys, &fd);

    if (err != ERR_OK) {
        return err;
    }
    err = ERR_NOT_FOUND;
    for (size_t i = 0; i < keys->count; i++) {
        struct entry *entry = &keys->entries[i];
        if (!bytes_equal_text(id, entry->key.id)) {
            continue;
        }
        free(entry->key.principal);
        free(entry->key.swarm);
        memmove(entry, entry + 1, (keys->count - i - 1) * sizeof(*entry));
        keys->count--;
        err = save(keys);
        break;
    }
    close(fd);
    return err;
}

/* ---- token files ------------------------------------------------------- */

enum err keys_write_token(const char *path, const char *token)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, OWNER_ONLY);

    if (fd < 0) {
        return errno == EEXIST ? ERR_EXISTS : ERR_IO;
    }
    enum err err = write_all(fd, bytes_of_text(token));
    if (err == ERR_OK) {
        err = write_all(fd, BYTES_LITERAL("\n"));
    }
    close(fd);
    return err;
}

enum err keys_read_token(const char *path, char out_token[TOKEN_TEXT_BYTES])
{
    char text[TOKEN_TEXT_BYTES + 2] = {0};
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    }
    ssize_t got = read(fd, text, sizeof(text) - 1);
    int failed = fstat(fd, &status);
    close(fd);
    if (got < 0 || failed != 0) {
        return ERR_IO;
    }
    if ((status.st_mode & OTHERS) != 0) {
        return ERR_DENIED;
    }
    size_t length = strcspn(text, "\r\n");
    if (length == 0 || length >= TOKEN_TEXT_BYTES) {
        return ERR_INVALID;
    }
    memcpy(out_token, text, length);
    out_token[length] = '\0';
    return ERR_OK;
}
