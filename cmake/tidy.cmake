# With WAKESTREAM_TIDY each source is judged by clang-tidy as it is built, those of a target as one (cmake/unity.cmake). The path
# analyzer leaves out what is included unless it is told otherwise, and then follows the system's headers too: in its shallow mode,
# because the deep one takes three times as long.
set(judge clang-tidy-19 --quiet)
foreach(option -analyzer-opt-analyze-headers -analyzer-config mode=shallow)
  list(APPEND judge --extra-arg=-Xclang --extra-arg=${option})
endforeach()

function(wakestream_tidy name)
  if(WAKESTREAM_TIDY)
    # What joins the sources stands in the build folder, where clang-tidy would not find the configuration of tests.
    set(judged_by .clang-tidy)
    if(CMAKE_CURRENT_SOURCE_DIR MATCHES "^${PROJECT_SOURCE_DIR}/tests")
      set(judged_by tests/.clang-tidy)
    endif()
    set_target_properties(${name} PROPERTIES CXX_CLANG_TIDY "${judge};--config-file=${PROJECT_SOURCE_DIR}/${judged_by}")
  endif()
endfunction()
