include(GoogleTest)

# One static library per module, with its unit tests and fuzz targets beside it.
#
#   portolan_add_module(probe_stun
#       SOURCES message.cpp ...        # relative to the caller
#       DEPENDS reports_model          # other modules: these edges are the architecture
#       LIBRARIES PkgConfig::GNUTLS    # outside libraries
#       TESTS tests/test_message.cpp   # linked into one GoogleTest executable, <name>_tests
#       TEST_DEPENDS ...               # modules or libraries for the tests only
#       APART rows.cpp                 # of the above: whose unnamed things have others' names, so that
#                                      # they are not compiled together with them (PORTOLAN_UNITY)
#       FUZZ fuzz/message.cpp)         # each is a target fuzz_<module>_<stem>; corpus in fuzz/corpus/<stem>
function(portolan_add_module name)
    cmake_parse_arguments(M "" "" "SOURCES;DEPENDS;LIBRARIES;TESTS;TEST_DEPENDS;APART;FUZZ" ${ARGN})
    if(M_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "portolan_add_module(${name}): unknown arguments ${M_UNPARSED_ARGUMENTS}")
    endif()
    if(M_APART)
        set_source_files_properties(${M_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
    add_library(${name} STATIC ${M_SOURCES})
    target_link_libraries(${name} PUBLIC portolan_build_flags ${M_DEPENDS} ${M_LIBRARIES})
    set_property(GLOBAL APPEND PROPERTY PORTOLAN_MODULES ${name})

    if(M_TESTS)
        add_executable(${name}_tests ${M_TESTS})
        target_link_libraries(${name}_tests PRIVATE ${name} ${M_TEST_DEPENDS} GTest::gmock_main)
        target_compile_definitions(${name}_tests PRIVATE
            PORTOLAN_SOURCE_DIR="${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../..")
        gtest_discover_tests(${name}_tests TEST_PREFIX ${name}: DISCOVERY_TIMEOUT 60
                             PROPERTIES TIMEOUT 300)
    endif()

    foreach(source IN LISTS M_FUZZ)
        get_filename_component(stem ${source} NAME_WE)
        set(target fuzz_${name}_${stem})
        if(PORTOLAN_FUZZ)
            add_executable(${target} ${source})
            target_link_options(${target} PRIVATE -fsanitize=fuzzer)
            target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
            target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
        else()
            # Replay mode: the same entry point, run once over the corpus, in every build.
            add_executable(${target} ${source} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../fuzz/replay_main.cpp)
            add_test(NAME ${target}:replay
                     COMMAND ${target} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${stem})
        endif()
        target_link_libraries(${target} PRIVATE ${name} ${M_TEST_DEPENDS})
    endforeach()
endfunction()

# man/<tool>.1 from the tool's own option descriptions.
function(portolan_add_man_page tool)
    set(page ${CMAKE_BINARY_DIR}/share/man/man1/${tool}.1)
    add_custom_command(
        TARGET ${tool} POST_BUILD
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/share/man/man1
        COMMAND $<TARGET_FILE:${tool}> --help-man > ${page}
        VERBATIM)
endfunction()
