# SPDX-License-Identifier: Apache-2.0
# lint.*: checks of the sources, once, in the ordinary build tree.
if(EG_SANITIZE OR EG_FUZZ)
  return()
endif()

# eg_lint_test(NAME COMMAND...): one check, run from the repository root.
function(eg_lint_test name)
  add_test(NAME lint.${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(lint.${name} PROPERTIES LABELS lint TIMEOUT 900)
endfunction()

eg_lint_test(layers tools/check_layers.py)
eg_lint_test(long tools/check_long.py)
eg_lint_test(banned tools/check_banned.py)
eg_lint_test(docs tools/check_docs.py)
eg_lint_test(checks /usr/bin/python3 -m pytest -q -p no:cacheprovider tools/test_checks.py)
eg_lint_test(format tools/lint.sh format)
eg_lint_test(shell tools/lint.sh shell)
eg_lint_test(unit tools/lint.sh unit)
eg_lint_test(tidy tools/lint.sh tidy ${CMAKE_BINARY_DIR})
eg_lint_test(cppcheck tools/lint.sh cppcheck ${CMAKE_BINARY_DIR})
# The longest ones first, so that the other cores are busy meanwhile.
set_tests_properties(lint.tidy lint.cppcheck PROPERTIES COST 1000)
