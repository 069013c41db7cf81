# With WAKESTREAM_UNITY the sources of a target are read as one ("unity build"): most of what a compiler and clang-tidy spend on a
# source is spent on its headers. For builds that start from nothing and in which nobody works (the presets tidy, asan and tsan);
# elsewhere a source must name what it includes, and only what was changed is built again.

# File-local names of two sources then meet. Where they are the same, one of the two is listed here, and stands alone.
set(read_alone
  app/check/check_tls.cc app/deletion_command.cc app/http/metric_families.cc app/log_command.cc app/preview/live_source.cc app/preview/record_command.cc
  app/quarantine_command.cc app/replay_command.cc app/snapshot/snapshot_command.cc app/snapshot/snapshot_follow.cc
  app/slot_notice.cc app/stop_signal.cc
  cdc/session/source_facts.cc
  log/embedded/retention.cc log/kafka/newest_record.cc log/kafka/topic_admin.cc log/kafka/transactional_writer.cc
  mapping/date_part_functions.cc mapping/date_trunc_functions.cc mapping/integer_functions.cc mapping/interval.cc mapping/interval_functions.cc
  mapping/json_text.cc mapping/json_value.cc mapping/jsonb_functions.cc mapping/numeric_functions.cc mapping/overload.cc
  mapping/padding_functions.cc mapping/row_json_reader.cc mapping/rule_as_yaml.cc
  mapping/rule_binding.cc mapping/scalar_text.cc mapping/specialization.cc mapping/sql_constant.cc mapping/sql_expression.cc
  mapping/text_functions.cc mapping/yaml_rules.cc
  policy/verdict.cc
  tests/integration/oracle/outcome_of_rule.cc
  tests/unit/app/monitoring_test.cc tests/unit/app/status_judge_test.cc tests/unit/roles/machine_snapshot_test.cc)

foreach(source IN LISTS read_alone)
  if(NOT EXISTS ${PROJECT_SOURCE_DIR}/${source})
    message(FATAL_ERROR "cmake/unity.cmake lists ${source}, which is not there")
  endif()
endforeach()

function(wakestream_unity name)
  if(WAKESTREAM_UNITY)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
    foreach(source IN LISTS read_alone)
      set_property(SOURCE ${PROJECT_SOURCE_DIR}/${source} TARGET_DIRECTORY ${name} PROPERTY SKIP_UNITY_BUILD_INCLUSION ON)
    endforeach()
  endif()
endfunction()
