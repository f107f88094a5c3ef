#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace portolan::redact {

/// Replaces IP addresses in texts by others of the same kind: the same address by the same one
/// wherever it stands, so that what is equal stays equal, and what is private, shared, link-local
/// or unique-local (RFC 6890) stays so. All others become addresses that are reserved for
/// documentation and benchmarks (RFC 5737, RFC 3849, RFC 2544). Ports stay. Loopback, unspecified,
/// broadcast, multicast and documentation addresses name nobody, and stay.
class AddressPseudonyms {
  public:
    /// Linear in the text. What only looks like an address is left alone.
    std::string replace_in(std::string_view text);

    std::size_t replaced_count() const { return replacements_.size(); }

  private:
    std::string replacement_of(const std::string& address);

    std::map<std::string, std::string, std::less<>> replacements_;
    std::map<std::string, std::uint32_t, std::less<>> counts_;  ///< of a kind, how many so far
};

}  // namespace portolan::redact
