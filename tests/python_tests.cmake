# SPDX-License-Identifier: Apache-2.0
# scenario.NAME and acceptance.NAME: one ctest entry per file test_NAME.py, run by Debian's pytest.
# The programs under test are those of this build tree (ENGRAVE_BUILD).
set(EG_PYTHON /usr/bin/python3)

function(eg_pytest_file suite file)
  get_filename_component(name ${file} NAME_WE)
  string(REGEX REPLACE "^test_" "" name ${name})
  add_test(NAME ${suite}.${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    COMMAND ${ARGN} ${EG_PYTHON} -m pytest -q -rs -p no:cacheprovider ${file})
  set_tests_properties(${suite}.${name} PROPERTIES LABELS ${suite} TIMEOUT 600
    SKIP_RETURN_CODE 77 ENVIRONMENT
    "ENGRAVE_SOURCE=${CMAKE_SOURCE_DIR};ENGRAVE_BUILD=${CMAKE_BINARY_DIR};ENGRAVE_VENV=${CMAKE_SOURCE_DIR}/build/venv;PYTHONPATH=${CMAKE_SOURCE_DIR};PYTHONDONTWRITEBYTECODE=1")
endfunction()

file(GLOB scenarios CONFIGURE_DEPENDS scenario/test_*.py)
foreach(file ${scenarios})
  eg_pytest_file(scenario ${file})
endforeach()

# Campaigns of power, cable, network, process and disk faults: the ordinary build, whose programs are as
# fast as in production and take preloaded libraries. The long ones are in tests/soak.
if(NOT EG_SANITIZE AND NOT EG_FUZZ)
  file(GLOB faults CONFIGURE_DEPENDS faults/test_*.py)
  foreach(file ${faults})
    eg_pytest_file(faults ${file})
  endforeach()
endif()

# Foreign clients meet the ordinary build only; they come into a virtual environment of their own.
if(NOT EG_SANITIZE AND NOT EG_FUZZ)
  file(GLOB acceptance CONFIGURE_DEPENDS acceptance/test_*.py)
  foreach(file ${acceptance})
    eg_pytest_file(acceptance ${file} ${CMAKE_SOURCE_DIR}/tools/venv.sh)
  endforeach()
endif()
