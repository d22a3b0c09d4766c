/* SPDX-License-Identifier: MIT */
#include "tests/contract/store_contract.h"

static enum err open_memory(const char *directory,
                            const struct store_config *config,
                            struct store **out_store)
{
    (void)directory;
    return store_open_memory(config, out_store);
}

int main(void)
{
    return store_contract_run(open_memory);
}
