# Debian's rapidjson 1.1.0 has two lines that newer compilers object to: an assignment to const members, which clang 19 refuses
# when it reads it, and an offset to a null pointer, which UBSan reports. Both are mended as in rapidjson's own later versions,
# in a copy of the headers in the build folder, which is found first.
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/document.h REQUIRED)
set(rapidjson_copy ${CMAKE_BINARY_DIR}/patched)

function(mend_rapidjson header from to)
  file(READ ${rapidjson_copy}/rapidjson/${header} text)
  string(REPLACE "${from}" "${to}" text "${text}")
  file(WRITE ${rapidjson_copy}/rapidjson/${header} "${text}")
endfunction()

if(NOT EXISTS ${rapidjson_copy}/rapidjson/document.h)
  file(COPY ${RAPIDJSON_INCLUDE_DIR}/rapidjson DESTINATION ${rapidjson_copy})
  mend_rapidjson(document.h "GenericStringRef& operator=(const GenericStringRef& rhs) { s = rhs.s; length = rhs.length; }" "")
  mend_rapidjson(internal/stack.h "stackTop_ + sizeof(T) * count > stackEnd_"
                 "static_cast<std::ptrdiff_t>(sizeof(T) * count) > stackEnd_ - stackTop_")
  mend_rapidjson(internal/stack.h "stackTop_ + sizeof(T) * count <= stackEnd_"
                 "static_cast<std::ptrdiff_t>(sizeof(T) * count) <= stackEnd_ - stackTop_")
endif()
include_directories(BEFORE SYSTEM ${rapidjson_copy})
