# Structs are copied and cleared in place, by vectors: GCC's default for what is
# larger than a few words is a string instruction, which takes tens of cycles to
# begin, and events, tuples and sightings are a few hundred bytes: plugin/README.md
# has what it is worth. Clang does so anyway and does not know the option.
option(REVERIE_VECTOR_COPIES
  "Copy and clear structs by vectors, where the compiler can be told to" OFF)
if(REVERIE_VECTOR_COPIES)
  include(CheckCCompilerFlag)
  set(strategy "vector_loop:1024:noalign,libcall:-1:noalign")
  check_c_compiler_flag(
    "-mmemcpy-strategy=${strategy} -mmemset-strategy=${strategy}"
    REVERIE_HAS_STRATEGIES)
  if(REVERIE_HAS_STRATEGIES)
    target_compile_options(warnings INTERFACE
      "-mmemcpy-strategy=${strategy}" "-mmemset-strategy=${strategy}")
  endif()
endif()
