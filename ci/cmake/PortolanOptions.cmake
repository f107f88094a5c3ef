# Build options, warnings, sanitizers and the compiler cache.
option(PORTOLAN_FUZZ "Build fuzz targets with libFuzzer instead of the replay driver (clang)" OFF)
option(PORTOLAN_PYTHON "Build the Python module" ON)
option(PORTOLAN_BENCH "Build the benchmarks" ON)
option(PORTOLAN_VIRTUAL "Build nat-sim and what runs in virtual time" ON)
option(PORTOLAN_CONFORMANCE "Build the conformance suite for TURN servers, and ice-test" ON)
option(PORTOLAN_UNITY "Compile the files of a target many at a time: most of the time goes into headers" OFF)
set(PORTOLAN_SANITIZE "" CACHE STRING "Value for -fsanitize=, for example address,undefined")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

set(CMAKE_UNITY_BUILD ${PORTOLAN_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)

add_library(portolan_build_flags INTERFACE)
target_compile_options(portolan_build_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
    -fno-omit-frame-pointer -fstack-protector-strong
    # Designated initialisers leave the rest at their defaults on purpose.
    -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 reports overlaps that cannot happen when it inlines std::string (GCC bug 105651).
    target_compile_options(portolan_build_flags INTERFACE -Wno-restrict)
endif()
target_include_directories(portolan_build_flags INTERFACE ${CMAKE_SOURCE_DIR})
if(PORTOLAN_SANITIZE)
    target_compile_options(portolan_build_flags INTERFACE
        -fsanitize=${PORTOLAN_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(portolan_build_flags INTERFACE -fsanitize=${PORTOLAN_SANITIZE})
endif()
