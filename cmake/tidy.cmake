# With WAKESTREAM_TIDY each target's sources are read and judged as one ("unity build"): most of what clang-tidy and the compiler
# spend on a source is spent on its headers. The path analyzer has to be told that what is included matters to us.
set(judge clang-tidy-19 --quiet --extra-arg=-Xclang --extra-arg=-analyzer-opt-analyze-headers)

# File-local names of two sources then meet. Where they are the same, one of the two is listed here, and is judged alone.
set(judged_alone
  app/check/check_tls.cc app/http/metric_families.cc app/log_command.cc app/preview/live_source.cc app/preview/record_command.cc
  app/quarantine_command.cc app/replay_command.cc app/snapshot/snapshot_command.cc app/stop_signal.cc
  cdc/session/source_facts.cc
  log/embedded/retention.cc log/kafka/newest_record.cc log/kafka/topic_admin.cc log/kafka/transactional_writer.cc
  mapping/date_part_functions.cc mapping/date_trunc_functions.cc mapping/integer_functions.cc mapping/interval.cc mapping/interval_functions.cc
  mapping/json_text.cc mapping/json_value.cc mapping/jsonb_functions.cc mapping/numeric_functions.cc mapping/overload.cc
  mapping/padding_functions.cc mapping/row_json_reader.cc mapping/rule_as_yaml.cc
  mapping/rule_binding.cc mapping/scalar_text.cc mapping/specialization.cc mapping/sql_constant.cc mapping/sql_expression.cc
  mapping/text_functions.cc mapping/yaml_rules.cc
  tests/integration/oracle/outcome_of_rule.cc
  tests/unit/app/monitoring_test.cc tests/unit/app/status_judge_test.cc tests/unit/roles/machine_snapshot_test.cc)

function(wakestream_tidy name)
  if(WAKESTREAM_TIDY)
    # What joins the sources stands in the build folder, where clang-tidy would not find the configuration of tests.
    set(judged_by .clang-tidy)
    if(CMAKE_CURRENT_SOURCE_DIR MATCHES "^${PROJECT_SOURCE_DIR}/tests")
      set(judged_by tests/.clang-tidy)
    endif()
    set_target_properties(${name} PROPERTIES
      UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0
      CXX_CLANG_TIDY "${judge};--config-file=${PROJECT_SOURCE_DIR}/${judged_by}")
    foreach(source IN LISTS judged_alone)
      set_property(SOURCE ${PROJECT_SOURCE_DIR}/${source} TARGET_DIRECTORY ${name} PROPERTY SKIP_UNITY_BUILD_INCLUSION ON)
    endforeach()
  endif()
endfunction()
