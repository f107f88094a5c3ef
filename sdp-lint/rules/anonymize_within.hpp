#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sdp-lint/rules/anonymize_sweep.hpp"
#include "sdp-lint/sdp/document.hpp"

/// What identifies somebody within attributes that hold others, or clocks.
namespace portolan::lint {

/// The attribute that a capability offers: "crypto:1 ..." of "a=acap:1 crypto:1 ..." (RFC 5939
/// s3.4.1), "ptime:20" of "a=cpar:a=ptime:20" (RFC 8859 s5.24). None of other attributes.
std::optional<sdp::Attribute> attribute_within(const sdp::Attribute& attribute);

/// Whether the attribute holds one that nobody knows.
bool holds_unknown(const sdp::Attribute& attribute);

/// Servers, clocks and stations in a=ts-refclk and a=mediaclk (RFC 8859 s5.16).
std::vector<Secret> find_clocks(const sdp::Attribute& attribute);

/// Whether a line that is none of a description has one in it: in JSON, or with its line ends
/// written out.
bool is_around_description(std::string_view line);

}  // namespace portolan::lint
