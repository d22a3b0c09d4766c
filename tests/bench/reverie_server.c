/* SPDX-License-Identifier: MIT */
#include "tests/bench/reverie_server.h"

#include <stdio.h>

#include "broker/broker.h"

static enum err configure(struct settings *settings, const char *folder,
                          const char *lease)
{
    enum err err = settings_set(settings, "data", folder);
    if (err == ERR_OK) {
        err = settings_set(settings, "bus", "tcp://127.0.0.1:*");
    }
    if (err == ERR_OK && lease) {
        err = settings_set(settings, "lease", lease);
    }
    return err;
}

static void serve(int ready_fd, const char *folder, const char *lease)
{
    struct settings *settings =
        settings_new(broker_settings, broker_setting_count);
    struct broker_config config;
    struct broker *broker = NULL;
    struct buf why;
    buf_init(&why, 4096);
    enum err err = configure(settings, folder, lease);
    if (err == ERR_OK) {
        err = broker_config_read(settings, &why, &config);
    }
    if (err == ERR_OK) {
        err = broker_open(&config, &why, &broker);
    }
    if (err == ERR_OK) {
        dprintf(ready_fd, "%s\n", broker_endpoint(broker, 0));
        err = broker_run(broker);
    }
    if (err != ERR_OK) {
        fprintf(stderr, "bench: %s: %s\n", err_name(err), buf_text(&why));
    }
    broker_close(broker);
    settings_free(settings);
    buf_fini(&why);
}

void reverie_server(int ready_fd, const char *folder)
{
    serve(ready_fd, folder, NULL);
}

void reverie_server_hasty(int ready_fd, const char *folder)
{
    serve(ready_fd, folder, "1s");
}
