# SPDX-License-Identifier: Apache-2.0
# Warnings are errors, on gcc and clang alike. eg_library() and eg_program() apply them to a target.
set(EG_WARNINGS
  -Wall -Wextra -Werror -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wwrite-strings
  -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wimplicit-fallthrough -Wformat=2
  -Wpointer-arith -Wundef)
# Hardening as in the OpenSSF compiler guide; _GNU_SOURCE for the POSIX and Linux calls of hosted code.
set(EG_HARDENING -fstack-protector-strong -fno-strict-aliasing -fno-common)
if(NOT EG_SANITIZE AND NOT EG_FUZZ)
  list(APPEND EG_HARDENING -D_FORTIFY_SOURCE=2 -fstack-clash-protection)
endif()
add_compile_definitions(_GNU_SOURCE)
add_link_options(-Wl,-z,relro,-z,now -Wl,--as-needed)
if(EG_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(EG_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

# eg_library(NAME SOURCES... [LINK ...]): a static library with includes from the repository root.
function(eg_library name)
  cmake_parse_arguments(A "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${A_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include)
  target_compile_options(${name} PRIVATE ${EG_WARNINGS} ${EG_HARDENING})
  target_link_libraries(${name} PUBLIC ${A_LINK})
endfunction()

# eg_program(NAME SOURCES... [LINK ...]): a program in build/bin, installed unless it is bench_*.
function(eg_program name)
  cmake_parse_arguments(A "" "" "LINK" ${ARGN})
  add_executable(${name} ${A_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include)
  target_compile_options(${name} PRIVATE ${EG_WARNINGS} ${EG_HARDENING})
  target_link_libraries(${name} PRIVATE ${A_LINK})
  if(NOT name MATCHES "^bench_")
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endfunction()
