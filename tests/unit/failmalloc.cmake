# SPDX-License-Identifier: Apache-2.0
# What tests/faults/test_alloc_failures.py preloads into the unit tests. Sanitizers have an
# allocator of their own.
if(NOT EG_SANITIZE AND NOT EG_FUZZ)
  add_library(eg_failmalloc MODULE ../helpers/failmalloc.c)
  target_compile_options(eg_failmalloc PRIVATE ${EG_WARNINGS})
  target_link_libraries(eg_failmalloc PRIVATE ${CMAKE_DL_LIBS})
  set_target_properties(eg_failmalloc PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
endif()
