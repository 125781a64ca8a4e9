# Run after a test program is linked: writes what CTest includes, one test a suite of PROGRAM. A process a case would
# spend more time on starting, under a sanitizer, than on testing. A suite of many cases is cut into parts, so that
# the cores share it.
#
#   cmake -DPROGRAM=FILE -DPREFIX=NAME -DLABEL=WORD -DOUTPUT=FILE -P suites.cmake
#
# One case alone: PROGRAM --gtest_filter=SUITE.CASE
set(cases_a_part 40)
set(timeout 600)   # seconds a part

execute_process(COMMAND "${PROGRAM}" --gtest_list_tests TIMEOUT 60 OUTPUT_VARIABLE list RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "${PROGRAM} --gtest_list_tests: ${status}\n${list}")
endif()

# "Suite.", then "  Case" a line; what a parameter looks like stands behind "  # ".
string(REGEX REPLACE " +#[^\n]*" "" list "${list}")
string(REGEX MATCHALL "[^\n]+" lines "${list}")
set(suites)
foreach(line IN LISTS lines)
    if(line MATCHES "^([^ ]+)\\.$")
        set(suite ${CMAKE_MATCH_1})
        list(APPEND suites ${suite})
        set(cases_${suite} 0)
    elseif(line MATCHES "^  [^ ]")
        math(EXPR cases_${suite} "${cases_${suite}} + 1")
    endif()
endforeach()
if(NOT suites)
    message(FATAL_ERROR "${PROGRAM} --gtest_list_tests names no suite")
endif()

set(text)
foreach(suite IN LISTS suites)
    math(EXPR parts "(${cases_${suite}} + ${cases_a_part} - 1) / ${cases_a_part}")
    foreach(part RANGE 1 ${parts})
        set(name ${PREFIX}.${suite})
        if(parts GREATER 1)
            string(APPEND name ".part${part}")
        endif()
        math(EXPR index "${part} - 1")
        string(APPEND text "add_test([=[${name}]=] [=[${PROGRAM}]=] [=[--gtest_filter=${suite}.*]=])\n"
            "set_tests_properties([=[${name}]=] PROPERTIES LABELS ${LABEL} TIMEOUT ${timeout}\n"
            "    ENVIRONMENT \"GTEST_TOTAL_SHARDS=${parts};GTEST_SHARD_INDEX=${index}\")\n")
    endforeach()
endforeach()
file(WRITE "${OUTPUT}" "${text}")
