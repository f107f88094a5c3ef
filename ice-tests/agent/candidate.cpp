#include "ice-tests/agent/candidate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "reports/model/ascii.hpp"

namespace portolan::agent {
namespace {

constexpr std::array kTypes = {
    std::pair{CandidateType::Host, std::string_view("host")},
    std::pair{CandidateType::ServerReflexive, std::string_view("srflx")},
    std::pair{CandidateType::PeerReflexive, std::string_view("prflx")},
    std::pair{CandidateType::Relayed, std::string_view("relay")},
};

constexpr std::array kTcpTypes = {
    std::pair{CandidateTransport::TcpActive, std::string_view("active")},
    std::pair{CandidateTransport::TcpPassive, std::string_view("passive")},
    std::pair{CandidateTransport::TcpSimultaneousOpen, std::string_view("so")},
};

constexpr std::uint32_t kMaxPriority = 0x7FFFFFFF;  // RFC 8839 s5.1
constexpr std::size_t kMaxFoundationBytes = 32;     // RFC 8839 s5.1

template <typename Table>
auto value_of(const Table& table, std::string_view word) {
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&](const auto& entry) { return entry.second == word; });
    using Value = decltype(table.front().first);
    return row == table.end() ? std::optional<Value>() : std::optional<Value>(row->first);
}

template <typename Table, typename Value>
std::string_view word_of(const Table& table, Value value) {
    for (const auto& [entry, word] : table) {
        if (entry == value) return word;
    }
    return {};
}

bool is_ice_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

// Words one by one, remembering where the last one began.
class Words {
  public:
    Words(std::string_view text, std::size_t start) : text_(text), next_(start) {}

    std::string_view next() {
        if (next_ >= text_.size()) {
            start_ = text_.size();
            return {};
        }
        start_ = next_;
        const std::size_t end = std::min(text_.find(' ', start_), text_.size());
        next_ = end + 1;
        return text_.substr(start_, end - start_);
    }
    [[nodiscard]] bool has_more() const { return next_ < text_.size(); }
    [[nodiscard]] std::size_t start() const { return start_; }

  private:
    std::string_view text_;
    std::size_t next_;
    std::size_t start_ = 0;
};

Error error_at(const Words& words, const char* code, std::string message) {
    return {.culprit = Culprit::Usage,
            .code = code,
            .message = "candidate: " + std::move(message),
            .byte_offset = words.start()};
}

Error syntax(const Words& words, std::string message) {
    return error_at(words, "candidate.syntax", std::move(message));
}

Error unsupported(const Words& words, std::string message) {
    return error_at(words, "candidate.unsupported", std::move(message));
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t min, std::uint32_t max) {
    std::uint32_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value >= min && value <= max ? std::optional(value) : std::nullopt;
}

struct Extensions {
    std::optional<IpAddress> related_ip;
    std::optional<std::uint16_t> related_port;
    std::optional<CandidateTransport> tcp_type;
};

Result<Extensions> parse_extensions(Words& words) {
    Extensions found;
    while (words.has_more()) {
        const std::string_view name = words.next();
        if (name.empty()) return syntax(words, "two spaces in a row");
        if (!words.has_more()) {
            return syntax(words, "an extension has a name and a value; this name has no value");
        }
        const std::string_view value = words.next();
        if (name == "raddr") {
            // A host name in place of an address hides it; what it hides is not needed.
            found.related_ip = IpAddress::parse(value);
        } else if (name == "rport") {
            const auto port = number(value, 0, 65535);
            if (!port) return syntax(words, "the related port is not 0 to 65535");
            found.related_port = static_cast<std::uint16_t>(*port);
        } else if (name == "tcptype") {
            found.tcp_type = value_of(kTcpTypes, value);
            if (!found.tcp_type) return unsupported(words, "unknown tcptype");
        }
    }
    return found;
}

}  // namespace

std::string Candidate::to_sdp() const {
    const bool is_tcp = transport != CandidateTransport::Udp;
    const std::uint16_t port = address.port == 0 ? kDiscardPort : address.port;
    std::string text = "candidate:" + foundation + " " + std::to_string(component) +
                       (is_tcp ? " TCP " : " UDP ") + std::to_string(priority) + " " +
                       address.ip.to_string() + " " + std::to_string(port) + " typ " +
                       std::string(to_string(type));
    if (type != CandidateType::Host) {
        // RFC 8839 s5.1: MUST be present; "0.0.0.0" or "::" and 9 when it is not to be told.
        const TransportAddress shown =
            related.value_or(TransportAddress{IpAddress::any(address.family()), kDiscardPort});
        text += " raddr " + shown.ip.to_string() + " rport " +
                std::to_string(shown.port == 0 ? kDiscardPort : shown.port);
    }
    if (is_tcp) text += " tcptype " + std::string(word_of(kTcpTypes, transport));
    return text;
}

Result<Candidate> Candidate::parse(std::string_view text) {
    std::size_t start = text.substr(0, 2) == "a=" ? 2 : 0;
    constexpr std::string_view kName = "candidate:";
    if (text.substr(start, kName.size()) != kName) {
        return syntax(Words(text, 0), "does not begin with \"candidate:\"");
    }
    start += kName.size();
    Words words(text, start);
    Candidate candidate;

    candidate.foundation = words.next();
    if (candidate.foundation.empty() || candidate.foundation.size() > kMaxFoundationBytes ||
        !std::all_of(candidate.foundation.begin(), candidate.foundation.end(), is_ice_char)) {
        return syntax(words, "the foundation is not 1 to 32 letters, digits, + or /");
    }
    const auto component = number(words.next(), 1, 256);
    if (!component) return syntax(words, "the component is not 1 to 256");
    candidate.component = *component;

    const std::string_view transport = words.next();
    const bool is_tcp = report::equal_in_any_case(transport, "tcp");
    if (!is_tcp && !report::equal_in_any_case(transport, "udp")) {
        if (transport.empty()) return syntax(words, "the transport is missing");
        return unsupported(words, "the transport is neither UDP nor TCP");
    }
    const auto priority = number(words.next(), 1, kMaxPriority);
    if (!priority) return syntax(words, "the priority is not 1 to 2147483647");
    candidate.priority = *priority;

    const std::string_view address = words.next();
    if (address.empty()) return syntax(words, "the address is missing");
    const auto ip = IpAddress::parse(address);
    if (!ip) return unsupported(words, "the address is not numeric");
    const auto port = number(words.next(), 1, 65535);
    if (!port) return syntax(words, "the port is not 1 to 65535");
    candidate.address = {*ip, static_cast<std::uint16_t>(*port)};

    if (words.next() != "typ") return syntax(words, "\"typ\" is missing");
    const std::string_view type_word = words.next();
    const auto type = value_of(kTypes, type_word);
    if (!type) {
        if (type_word.empty()) return syntax(words, "the type is missing");
        return unsupported(words, "unknown type");
    }
    candidate.type = *type;

    const auto extensions = parse_extensions(words);
    if (!extensions) return extensions.error();
    // RFC 6544 s4.5: a TCP candidate says which end opens the connection.
    if (is_tcp && !extensions->tcp_type) {
        words.next();  // the place is the end
        return syntax(words, "a TCP candidate without tcptype");
    }
    if (is_tcp) candidate.transport = *extensions->tcp_type;
    if (candidate.type != CandidateType::Host && extensions->related_ip) {
        candidate.related =
            TransportAddress{*extensions->related_ip, extensions->related_port.value_or(0)};
    }
    return candidate;
}

bool can_pair(const Candidate& local, const Candidate& remote) {
    if (local.address.family() != remote.address.family()) return false;
    switch (local.transport) {
        case CandidateTransport::TcpActive:
            return remote.transport == CandidateTransport::TcpPassive;
        case CandidateTransport::TcpPassive:
            return remote.transport == CandidateTransport::TcpActive;
        case CandidateTransport::Udp:
        case CandidateTransport::TcpSimultaneousOpen:
            return remote.transport == local.transport;
    }
    return false;
}

std::string_view to_string(CandidateType type) {
    return word_of(kTypes, type);
}

std::string_view to_string(CandidateTransport transport) {
    switch (transport) {
        case CandidateTransport::Udp:
            return "udp";
        case CandidateTransport::TcpActive:
            return "tcp-act";
        case CandidateTransport::TcpPassive:
            return "tcp-pass";
        case CandidateTransport::TcpSimultaneousOpen:
            return "tcp-so";
    }
    return "udp";
}

}  // namespace portolan::agent
