# add_part(name SOURCES... HEADERS... LINK...): one static library per folder,
# whose public headers must compile alone.
function(add_part name)
  cmake_parse_arguments(PART "" "" "SOURCES;HEADERS;LINK;PRIVATE" ${ARGN})
  add_library(${name} STATIC)
  target_sources(${name}
    PRIVATE ${PART_SOURCES}
    PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}
    FILES ${PART_HEADERS})
  target_link_libraries(${name} PUBLIC ${PART_LINK} PRIVATE warnings
    ${PART_PRIVATE})
  set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
endfunction()

# add_unit_test(name LIBRARIES...): name.c with cmocka, registered with ctest.
function(add_unit_test name)
  add_executable(${name} ${name}.c)
  target_link_libraries(${name} PRIVATE warnings ${ARGN} PkgConfig::CMOCKA)
  add_test(NAME ${name} COMMAND ${name})
endfunction()
