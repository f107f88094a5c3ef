// Sessions of messages: MSRP (RFC 4975).
#include <array>

#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

/// What is wrong with the URI of an endpoint or a relay; empty for nothing.
std::string problem_of(std::string_view uri, bool is_tls) {
    const std::string_view scheme = uri.substr(0, std::min(uri.find(':'), uri.size()));
    const bool is_secure = sdp::equals_ignore_case(scheme, "msrps");
    if (!is_secure && !sdp::equals_ignore_case(scheme, "msrp"))
        return text(quoted(uri), " is no msrp: or msrps: URI");
    if (is_secure != is_tls)
        return text(quoted(scheme), " does not go with ", is_tls ? "TCP/TLS/MSRP" : "TCP/MSRP");
    const std::size_t slashes = uri.find("//");
    if (slashes == uri.npos) return text(quoted(uri), " has no host");
    std::string_view authority = uri.substr(slashes + 2);
    authority = authority.substr(0, std::min(authority.find_first_of("/;"), authority.size()));
    const std::size_t colon = authority.rfind(':');
    if (colon == authority.npos || !sdp::is_digits(authority.substr(colon + 1)))
        return text(quoted(uri), " has no port");
    return "";
}

/// ME014: the path
void check_path(const Section& section, Reporter& reporter) {
    const sdp::Attribute* const path = section.find(Attr::Path);
    if (path == nullptr) {
        reporter.report(Code::ME014, section.media.proto, "MSRP without an a=path line");
        return;
    }
    std::string_view own;
    for (const std::string_view uri : sdp::words(path->value))
        own = uri;
    if (own.empty()) return;  // SY014
    // The last one is the endpoint's; those before it are its relays'.
    const std::string problem =
        problem_of(own, sdp::equals_ignore_case(section.media.proto, "TCP/TLS/MSRP"));
    if (!problem.empty()) reporter.report(Code::ME014, own, problem);
}

void check_messages(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const std::string_view proto = section.media.proto;
        const bool is_msrp = sdp::equals_ignore_case(proto, "TCP/MSRP") ||
                             sdp::equals_ignore_case(proto, "TCP/TLS/MSRP");
        if (!is_msrp || section.is_rejected()) continue;
        check_path(section, reporter);
        if (!section.has(Attr::AcceptTypes)) {
            reporter.report(Code::ME015, proto, "MSRP without an a=accept-types line");
        }
    }
}

}  // namespace

std::span<const Rule> media_msrp_rules() {
    static constexpr std::array kRules{
        Rule({Code::ME014, Code::ME015}, check_messages),
    };
    return kRules;
}

}  // namespace portolan::lint
