/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "broker/loop/shell.h"
#include "proto/limits.h"

/* The store and the endpoints, and what to say and advise when one of them
 * does not open. */

enum {
    PATH_BYTES_MAX = 4096,
    DETAIL_MAX = 1024,
    ENDPOINT_BYTES_MAX = 1024,
    DATA_MODE = 0700,
    SOCKETS_MAX = 16
};

/* ---- lists in settings --------------------------------------------------- */

/* The next item of a comma-separated list, without blanks around it. */
bool opening_next(struct bytes list, size_t *at, struct bytes *out_item)
{
    while (*at < list.len) {
        size_t end = bytes_find(list, BYTES_LITERAL(","), *at);
        end = end == SIZE_MAX ? list.len : end;
        struct bytes item = bytes_slice(list, *at, end - *at);
        *at = end + 1;
        while (item.len > 0 && item.data[0] == ' ') {
            item = bytes_slice(item, 1, item.len);
        }
        while (item.len > 0 && item.data[item.len - 1] == ' ') {
            item.len--;
        }
        if (item.len > 0) {
            *out_item = item;
            return true;
        }
    }
    return false;
}

/* ---- the store ------------------------------------------------------------
 */

static void explain_store(const struct broker_config *config, enum err err,
                          struct buf *why)
{
    struct buf detail;
    const char *data = config->data;

    buf_init(&detail, DETAIL_MAX);
    buf_add(&detail, buf_bytes(why));
    const char *text = detail.len > 0 ? buf_text(&detail) : err_text(err);
    buf_reset(why);
    if (err == ERR_LOCKED) {
        buf_add_format(why,
                       "another broker runs on %s: end it, or choose another "
                       "data directory",
                       data);
    } else if (err == ERR_CORRUPT) {
        buf_add_format(why,
                       "the store in %s/log is damaged (%s); nothing in it was "
                       "changed; what to do: `reverie log verify --data %s` "
                       "says what is damaged and what can still be read",
                       data, text, data);
    } else if (err == ERR_FULL) {
        buf_add_format(why,
                       "the store in %s/log is not opened, the disk is full "
                       "(%s); nothing in it was lost; what to do: free some "
                       "space there, then start again",
                       data, text);
    } else if (err == ERR_UNSUPPORTED) {
        buf_add_format(why,
                       "the store in %s/log was not written by this release "
                       "(%s): start the newer one, or choose another data "
                       "directory",
                       data, text);
    } else {
        buf_add_format(why,
                       "the store in %s/log cannot be opened (%s): see that "
                       "this user may write everything in it and that the disk "
                       "has room; `reverie log verify --data %s` says whether "
                       "files are missing",
                       data, text, data);
    }
    buf_fini(&detail);
}

/* Whether this user may do in ${data} what a broker does there. */
static enum err check_data(const char *data, struct buf *out_why)
{
    struct stat status;
    int number = stat(data, &status) == 0 ? 0 : errno;

    if (number == 0 && !S_ISDIR(status.st_mode)) {
        number = ENOTDIR;
    }
    if (number == 0 && access(data, R_OK | W_OK | X_OK) != 0) {
        number = errno;
    }
    if (number != 0) {
        buf_add_format(out_why,
                       "data directory %s cannot be used: %s; what to do: "
                       "start as the user it belongs to, or name another "
                       "with --data",
                       data, strerror(number));
    }
    return number == 0 ? ERR_OK : number == EACCES ? ERR_DENIED : ERR_IO;
}

enum err opening_store(struct broker *broker, struct buf *out_why)
{
    const struct broker_config *config = &broker->config;
    char path[PATH_BYTES_MAX];

    if (config->in_memory) {
        return store_open_memory(&config->store, &broker->store);
    }
    if (mkdir(config->data, DATA_MODE) != 0 && errno != EEXIST) {
        buf_add_format(out_why,
                       "data directory %s cannot be made: %s; name another "
                       "with --data",
                       config->data, strerror(errno));
        return ERR_IO;
    }
    enum err err = check_data(config->data, out_why);
    if (err != ERR_OK) {
        return err;
    }
    int length = snprintf(path, sizeof(path), "%s/log", config->data);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return ERR_TOO_BIG;
    }
    err = store_open_rocks(path, &config->store, out_why, &broker->store);
    if (err != ERR_OK) {
        explain_store(config, err, out_why);
    }
    return err;
}

/* ---- endpoints ------------------------------------------------------------
 */

static void explain_bind(const char *endpoint, enum err err, struct buf *why)
{
    bool is_ipc = strncmp(endpoint, "ipc:", 4) == 0;
    const char *reason = err_text(err);
    const char *advice = "see the line above for what the system said";

    if (err == ERR_LOCKED) {
        reason = "another process listens there";
        advice = "end it, or name another endpoint with --bus";
    } else if (err == ERR_DENIED) {
        reason = "this user may not";
        advice = is_ipc ? "choose a directory it may write"
                        : "choose a port above 1023";
    } else if (err == ERR_INVALID) {
        reason = "this is not an endpoint of this machine";
        advice = "write tcp://ADDRESS:PORT with an address of this machine "
                 "(127.0.0.1, * for all), or ipc://PATH";
    } else if (err == ERR_FULL) {
        reason = "there are too many endpoints";
        advice = "name fewer with --bus";
    } else if (is_ipc) {
        reason = "the socket cannot be made";
        advice = "see that its directory is there, that this user may write "
                 "it, and that the path is short (107 bytes)";
    }
    buf_add_format(why, "bus: cannot listen on %s: %s; what to do: %s",
                   endpoint, reason, advice);
}

/* The largest frame that is legal, and room above it so that what is a little
 * too big is refused in words. */
static size_t frame_max(const struct broker *broker)
{
    size_t body_max = broker->config.route.body_max;

    return (body_max > CONTROL_MAX ? body_max : CONTROL_MAX) + FRAME_MARGIN;
}

enum err opening_endpoints(struct broker *broker, struct buf *out_why)
{
    struct bytes list = bytes_of_text(broker->config.bus);
    struct bytes item;
    size_t at = 0;

    broker->bus = bus_new(1, SOCKETS_MAX);
    enum err err = bus_listen(broker->bus, frame_max(broker), &broker->socket);
    while (err == ERR_OK && opening_next(list, &at, &item)) {
        char *endpoint = bytes_to_text(item);
        struct buf *bound = &broker->endpoints[broker->endpoint_count];
        buf_init(bound, ENDPOINT_BYTES_MAX);
        err = broker->endpoint_count == BROKER_ENDPOINTS_MAX
                  ? ERR_FULL
                  : socket_bind(broker->socket, endpoint, bound);
        if (err != ERR_OK) {
            explain_bind(endpoint, err, out_why);
        } else {
            broker->endpoint_count++;
            log_line(LOG_INFO, "BUS-LISTENING", "endpoint=%s", buf_text(bound));
        }
        free(endpoint);
    }
    if (err == ERR_OK && broker->endpoint_count == 0) {
        buf_add_text(
            out_why,
            "bus: at least one endpoint is needed: name it with --bus");
        err = ERR_INVALID;
    }
    return err;
}
