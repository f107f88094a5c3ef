#include "probe/cli/server_words.hpp"

#include <algorithm>
#include <array>

#include "reports/model/ascii.hpp"

namespace portolan::nat_probe {
namespace {

/// Of STUN, TURN and ICE; what coturn calls them, too.
constexpr std::array<std::string_view, 20> kRegistered{"Try Alternate",
                                                       "Bad Request",
                                                       "Unauthenticated",
                                                       "Unauthorized",
                                                       "Forbidden",
                                                       "Mobility Forbidden",
                                                       "Unknown Attribute",
                                                       "Allocation Mismatch",
                                                       "Stale Nonce",
                                                       "Wrong Nonce",
                                                       "Address Family not Supported",
                                                       "Wrong Credentials",
                                                       "Unsupported Transport Protocol",
                                                       "Peer Address Family Mismatch",
                                                       "Connection Already Exists",
                                                       "Connection Timeout or Failure",
                                                       "Allocation Quota Reached",
                                                       "Role Conflict",
                                                       "Server Error",
                                                       "Insufficient Capacity"};

bool is_registered(std::string_view phrase) {
    return std::ranges::any_of(kRegistered, [&](std::string_view each) {
        return report::equal_in_any_case(each, phrase);
    });
}

/// Behind "error 401 (", or npos.
std::size_t begin_of_phrase(std::string_view said) {
    constexpr std::string_view kError = "error ";
    for (auto at = said.find(kError); at != std::string_view::npos;
         at = said.find(kError, at + 1)) {
        const std::size_t code = at + kError.size();
        const std::size_t end = said.find_first_not_of("0123456789", code);
        if (end != std::string_view::npos && end > code && said.substr(end, 2) == " (")
            return end + 2;
    }
    return std::string_view::npos;
}

}  // namespace

std::string without_secrets(std::string_view said, const cli::Redactor& redactor) {
    const std::size_t begin = begin_of_phrase(said);
    if (begin == std::string_view::npos) return std::string(said);
    // A phrase may have brackets of its own.
    const std::size_t end = std::min(said.rfind(')'), said.size());
    if (end < begin)
        return std::string(said.substr(0, begin)) + redactor.redact(said.substr(begin));
    const std::string_view phrase = said.substr(begin, end - begin);
    if (is_registered(phrase)) return std::string(said);
    return std::string(said.substr(0, begin)) + redactor.redact(phrase) +
           std::string(said.substr(end));
}

}  // namespace portolan::nat_probe
