// Sessions of messages: MSRP (RFC 4975).
#include <array>

#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

/// What stands behind the host's colon, where it is a number; else empty.
std::string_view port_of_uri(std::string_view uri) {
    const std::size_t slashes = uri.find("//");
    if (slashes == uri.npos) return {};
    std::string_view authority = uri.substr(slashes + 2);
    authority = authority.substr(0, std::min(authority.find_first_of("/;"), authority.size()));
    const std::size_t colon = authority.rfind(':');
    if (colon == authority.npos || !sdp::is_digits(authority.substr(colon + 1))) return {};
    return authority.substr(colon + 1);
}

/// What is wrong with the URI of an endpoint or a relay; empty for nothing.
std::string problem_of_uri(std::string_view uri, bool is_tls) {
    const std::string_view scheme = uri.substr(0, std::min(uri.find(':'), uri.size()));
    const bool is_secure = sdp::equal_in_any_case(scheme, "msrps");
    if (!is_secure && !sdp::equal_in_any_case(scheme, "msrp"))
        return text(quoted(uri), " is no msrp: or msrps: URI");
    if (is_secure != is_tls)
        return text(quoted(scheme), " does not go with ", is_tls ? "TCP/TLS/MSRP" : "TCP/MSRP");
    const std::size_t slashes = uri.find("//");
    if (slashes == uri.npos) return text(quoted(uri), " has no host");
    if (port_of_uri(uri).empty()) return text(quoted(uri), " has no port");
    return "";
}

/// Whether a word is a type with its parameters, or an asterisk (RFC 4975 s8.6).
bool is_type(std::string_view word) {
    if (word == "*") return true;
    const std::string_view type = word.substr(0, std::min(word.find(';'), word.size()));
    const std::size_t slash = type.find('/');
    if (slash == type.npos || !sdp::is_token(type.substr(0, slash)) ||
        !sdp::is_token(type.substr(slash + 1))) {
        return false;
    }
    if (type.size() == word.size()) return true;
    for (const std::string_view parameter : sdp::split(word.substr(type.size() + 1), ';')) {
        const std::size_t equals = parameter.find('=');
        if (equals == parameter.npos || !sdp::is_token(parameter.substr(0, equals))) return false;
        const std::string_view value = parameter.substr(equals + 1);
        const bool is_quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
        if (!is_quoted && !sdp::is_token(value)) return false;
    }
    return true;
}

/// ME017
void check_type_list(const Section& section, Attr id, Reporter& reporter) {
    section.each(id, [&](const sdp::Attribute& attribute) {
        // A value in quotes may have blanks in it.
        if (attribute.value.find('"') != attribute.value.npos) return;
        for (const std::string_view word : sdp::words(attribute.value)) {
            if (is_type(word)) continue;
            reporter.report(Code::ME017, word,
                            text(quoted(word), " is neither a type such as text/plain nor *"));
        }
    });
}

/// ME018
void check_port_of_path(const Section& section, std::string_view own, Reporter& reporter) {
    constexpr std::string_view kDiscard = "9";
    const std::string_view port = section.media.port.text;
    const std::string_view expected = port_of_uri(own);
    if (section.has(Attr::MsrpCema) || port == kDiscard) return;
    if (sdp::parse_number(port) == sdp::parse_number(expected)) return;
    reporter
        .report(Code::ME018, port, text("port ", port, ", and the endpoint's URI has ", expected))
        .related(expected, "the port of the URI");
}

/// ME014, ME018
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
        problem_of_uri(own, sdp::equal_in_any_case(section.media.proto, "TCP/TLS/MSRP"));
    if (!problem.empty()) {
        reporter.report(Code::ME014, own, problem);
        return;
    }
    check_port_of_path(section, own, reporter);
}

void check_messages(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const std::string_view proto = section.media.proto;
        const bool is_msrp = sdp::equal_in_any_case(proto, "TCP/MSRP") ||
                             sdp::equal_in_any_case(proto, "TCP/TLS/MSRP");
        if (!is_msrp || section.is_rejected()) continue;
        check_path(section, reporter);
        check_type_list(section, Attr::AcceptTypes, reporter);
        check_type_list(section, Attr::AcceptWrappedTypes, reporter);
        if (!section.has(Attr::AcceptTypes)) {
            reporter.report(Code::ME015, proto, "MSRP without an a=accept-types line");
        }
    }
}

}  // namespace

std::span<const Rule> media_msrp_rules() {
    static constexpr std::array kRules{
        Rule({Code::ME014, Code::ME015, Code::ME017, Code::ME018}, check_messages),
    };
    return kRules;
}

}  // namespace portolan::lint
