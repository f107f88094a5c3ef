#pragma once

#include <vector>

#include "nat-sim/conformance/check.hpp"

namespace portolan::nat::conformance {

/// The checks of one file each; check_table() is their concatenation.
std::vector<Check> mapping_checks();      // RFC 4787 REQ-1 to 4, RFC 5382 REQ-1, 7
std::vector<Check> timer_checks();        // RFC 4787 REQ-5, 6; RFC 5382 REQ-5; RFC 7857 s2, s7
std::vector<Check> filtering_checks();    // RFC 4787 REQ-7, 8, 10; RFC 5382 REQ-3, 6; RFC 7857 s6
std::vector<Check> hairpin_checks();      // RFC 4787 REQ-9, RFC 5382 REQ-8, RFC 5508 REQ-7
std::vector<Check> determinism_checks();  // RFC 4787 REQ-11
std::vector<Check> tcp_checks();          // RFC 5382 REQ-2, 4; RFC 7857 s2.2
std::vector<Check> fragment_checks();     // RFC 4787 REQ-13, 14
std::vector<Check> icmp_query_checks();   // RFC 5508 REQ-1, 2
std::vector<Check> icmp_error_checks();  // RFC 5508 REQ-3 to 6; RFC 4787 REQ-12; RFC 5382 REQ-9, 10
std::vector<Check> icmp_generation_checks();  // RFC 5508 REQ-8, 10
std::vector<Check> carrier_checks();          // RFC 6888
std::vector<Check> nat64_checks();            // RFC 6146

}  // namespace portolan::nat::conformance
