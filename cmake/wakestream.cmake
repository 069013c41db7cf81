# One library a folder, one test binary a folder: the three functions that every CMakeLists.txt here uses.
#
#   wakestream_library(NAME SOURCES a.cc ... DEPS lib ... [PRIVATE_DEPS lib ...])
#   wakestream_test(NAME SOURCES a_test.cc ... DEPS lib ... [LABELS unit|contract|integration] [TIMEOUT_S n])
#   wakestream_fuzz(NAME SOURCES a_fuzz.cc DEPS lib ... [CORPUS folder])
#
# Includes are always from the top: #include "cdc/lsn.h".

# What every target of ours gets, also those that none of the three makes.
function(wakestream_build name)
  wakestream_unity(${name})
  wakestream_tidy(${name})
endfunction()

function(wakestream_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE wakestream_warnings ${ARG_PRIVATE_DEPS})
  wakestream_build(${name})
endfunction()

function(wakestream_test name)
  if(NOT WAKESTREAM_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT_S" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} wakestream_warnings GTest::gmock GTest::gtest_main)
  wakestream_build(${name})
  target_compile_definitions(${name} PRIVATE WAKESTREAM_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT_S)
    set(ARG_TIMEOUT_S 120)
  endif()
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT_S})
endfunction()

# The same program once more, with the librdkafka of scripts/deps-librdkafka in place of the system's. Through a link of another
# name, because GoogleTest names its report after the program.
function(wakestream_test_with_current_librdkafka name)
  if(NOT WAKESTREAM_TESTS)
    return()
  endif()
  set(place ${PROJECT_SOURCE_DIR}/.cache/librdkafka)
  file(STRINGS ${PROJECT_SOURCE_DIR}/scripts/deps-librdkafka version REGEX "^librdkafka_version=")
  string(REPLACE "librdkafka_version=" "" version "${version}")
  file(CREATE_LINK ${name} ${CMAKE_CURRENT_BINARY_DIR}/${name}_current SYMBOLIC)
  get_test_property(${name} LABELS labels)
  get_test_property(${name} TIMEOUT timeout)
  add_test(NAME ${name}_current COMMAND ${CMAKE_CURRENT_BINARY_DIR}/${name}_current WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name}_current PROPERTIES LABELS "${labels}" TIMEOUT ${timeout}
    ENVIRONMENT "LD_LIBRARY_PATH=${place}/lib;WAKESTREAM_LIBRDKAFKA=${version}")
endfunction()

function(wakestream_fuzz name)
  if(NOT WAKESTREAM_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} wakestream_warnings)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  wakestream_build(${name})
  set_property(GLOBAL APPEND PROPERTY WAKESTREAM_FUZZ_TARGETS ${name})
endfunction()
