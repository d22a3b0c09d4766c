# The warnings and definitions of every target of ours. Generated code does not
# link this.
add_library(warnings INTERFACE)
target_compile_definitions(warnings INTERFACE _GNU_SOURCE)
target_include_directories(warnings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings
  -Wformat=2 -Wundef -Wvla -Wnull-dereference -Wswitch-enum
  -Wimplicit-fallthrough
  $<$<C_COMPILER_ID:GNU>:-Wduplicated-cond -Wduplicated-branches -Wlogical-op
    -Wformat-signedness -Wcast-align=strict>
  $<$<BOOL:${REVERIE_WERROR}>:-Werror>)
