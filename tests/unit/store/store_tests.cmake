# SPDX-License-Identifier: Apache-2.0
# One program, run once per back end: unit.store.sqlite and unit.store.postgres. The latter runs under
# tests/helpers/postgres.py, which starts a private cluster and stops it afterwards.
add_executable(test_store store/store_test.c store/count.c store/cases_admin.c
  store/cases_catalog.c store/cases_cloud.c store/cases_cloud_list.c store/cases_crash.c store/cases_device.c store/cases_guard.c store/cases_job.c
  store/cases_lease.c store/cases_life.c store/cases_make.c store/cases_memo.c store/cases_pki.c store/cases_provisioning.c store/cases_schema.c store/cases_writer.c)
target_include_directories(test_store PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(test_store PRIVATE ${EG_WARNINGS} ${EG_HARDENING})
target_link_libraries(test_store PRIVATE eg_store PkgConfig::CMOCKA)
set_target_properties(test_store PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
add_test(NAME unit.store.sqlite COMMAND test_store sqlite)
add_test(NAME unit.store.postgres
  COMMAND /usr/bin/python3 -m tests.helpers.postgres $<TARGET_FILE:test_store> postgres
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(unit.store.sqlite unit.store.postgres PROPERTIES LABELS unit TIMEOUT 300)
