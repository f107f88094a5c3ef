#include <array>
#include <limits>
#include <optional>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/say.hpp"
#include "sdp-lint/rules/session_checks.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::AddressKind;
using sdp::AddressScope;
using sdp::Connection;
using sdp::Line;
using sdp::Origin;

/// The first line of each type, wherever it is.
class FirstLines {
  public:
    explicit FirstLines(const Description& description) {
        for (const Line& line : description.lines()) {
            const auto type = static_cast<unsigned char>(line.type);
            if (type < first_.size() && first_[type] == nullptr) first_[type] = &line;
        }
    }
    const Line* operator[](char type) const { return first_[static_cast<unsigned char>(type)]; }

  private:
    std::array<const Line*, 128> first_{};
};

/// SE001, SE002
void version(const Description& description, Reporter& reporter) {
    if (!is_recognisable(description)) return;
    const auto lines = description.lines();
    const Line* const line = description.session_line('v');
    if (line == nullptr) {
        // A byte order mark hides it: SY004.
        if (lines.front().text.starts_with("\xEF\xBB\xBFv=")) return;
        reporter
            .report(Code::SE001, description.head_of(description.session()),
                    "the description does not begin with v=0")
            .fix("begin with v=0", insert_line_before(description, lines.front(), "v=0"));
        return;
    }
    const Line* first = &lines.front();
    while (first != line && sdp::trim(first->text).empty())
        ++first;
    if (first != line) {
        reporter.report(Code::SE001, letter_of(*line), "v= is not the first line")
            .related(first->text, "the first line")
            .fix("begin with it",
                 {erase_line(*line), insert_line_before(description, *first, line->text)});
    }
    // A blank at the end is SY009, and another line behind a CR is SY007.
    const std::string_view value = sdp::trim(line->value());
    if (value != "0" && line->text.find('\r') == std::string_view::npos) {
        Draft draft =
            reporter.report(Code::SE002, line->value(),
                            "the version is " + quoted(line->value()) + ", and there is only 0");
        // What else stands there may be lines that lost their ends.
        if (value.empty() || sdp::is_digits(value))
            draft.fix("write v=0", replace(line->value(), "0"));
    }
}

/// Where a line that is missing was expected: the line behind this one, or itself at the end.
std::string_view behind(const Description& description, const Line* before) {
    const auto lines = description.lines();
    if (before == nullptr) return description.head_of(description.session());
    const auto next = static_cast<std::size_t>(before - lines.data()) + 1;
    return next < lines.size() ? lines[next].text : before->text;
}

/// SE003, SE009, SE012: lines that have to be there. A line that stands in a section is in the
/// wrong place (SE015), not missing.
void required_lines(const Description& description, Reporter& reporter) {
    if (!is_recognisable(description)) return;
    const FirstLines first(description);
    const auto in_session = [](const Line* line) {
        return line != nullptr && line->section == sdp::kSession ? line : nullptr;
    };
    if (first['o'] == nullptr) {
        reporter.report(Code::SE003, behind(description, in_session(first['v'])),
                        "there is no o= line");
    }
    if (first['s'] == nullptr) {
        const Line* const before = in_session(first['o'] != nullptr ? first['o'] : first['v']);
        Draft draft =
            reporter.report(Code::SE009, behind(description, before), "there is no s= line");
        if (before != nullptr) {
            draft.fix("add s=-", insert_line_after(description, *before, "s=-"));
        }
    }
    if (first['t'] == nullptr) {
        // Behind the last of the lines that come before it.
        const Line* before = nullptr;
        for (const Line& line : description.lines().first(description.session().end_line)) {
            if (std::string_view("vosiuepcb").find(line.type) != std::string_view::npos) {
                before = &line;
            }
        }
        Draft draft =
            reporter.report(Code::SE012, behind(description, before), "there is no t= line");
        if (before != nullptr) {
            draft.fix("add t=0 0", insert_line_after(description, *before, "t=0 0"));
        }
    }
}

bool is_address_type(std::string_view addrtype, const sdp::Address& address) {
    if (addrtype == "IP4") return address.kind != AddressKind::IPv6;
    if (addrtype == "IP6") return address.kind != AddressKind::IPv4;
    return false;
}

/// SE004 to SE008
void origin(const Description& description, Reporter& reporter) {
    const Origin* const found = description.origin();
    if (found == nullptr) return;
    const Line& line = description.lines()[found->line];
    if (found->field_count != 6) {
        reporter.report(Code::SE004, line.value(),
                        "o= has " + std::to_string(found->field_count) + " fields instead of 6");
        return;
    }
    constexpr std::uint64_t kMax63 = std::numeric_limits<std::int64_t>::max();
    const auto number = [&](std::string_view text, std::string_view what, std::uint64_t most) {
        if (!sdp::is_digits(text)) {
            reporter.report(Code::SE005, text,
                            "the " + std::string(what) + " " + quoted(text) + " is not a number");
            return;
        }
        const auto value = sdp::parse_number(text);
        if (!value || *value > most) {
            reporter.report(Code::SE006, text,
                            "the " + std::string(what) + " does not fit 63 bits");
        }
    };
    // RFC 8829 s5.2.1 (MUST): less than 2^63-1; RFC 3264 s5 (MUST): a 64-bit signed integer.
    number(found->session_id, "session id", is_webrtc(reporter.profile()) ? kMax63 - 1 : kMax63);
    number(found->session_version, "version", kMax63);
    if (found->nettype == "IN" && !is_address_type(found->addrtype, found->address)) {
        Draft draft = reporter.report(
            Code::SE008, found->addrtype,
            quoted(found->addrtype) + " is not the type of " + quoted(found->address.text));
        if (found->address.is_numeric()) {
            const bool is_v4 = found->address.kind == AddressKind::IPv4;
            draft.fix(is_v4 ? "write IP4" : "write IP6",
                      replace(found->addrtype, is_v4 ? "IP4" : "IP6"));
        }
    }
}

/// SE007
void network_types(const Description& description, Reporter& reporter) {
    const auto check = [&](std::string_view nettype) {
        if (nettype.empty() || nettype == "IN") return;
        reporter.report(Code::SE007, nettype,
                        "the network type is " + quoted(nettype) + " instead of 'IN'");
    };
    const Origin* const found = description.origin();
    if (found != nullptr && found->field_count == 6) check(found->nettype);
    const auto of_section = [&](const Section& section) {
        for (const Connection& connection : section.connections)
            check(connection.nettype);
    };
    of_section(description.session());
    for (const Section& section : description.sections())
        of_section(section);
}

/// SE010, SE011
void names(const Description& description, Reporter& reporter) {
    if (const Line* line = description.session_line('s')) {
        const std::string_view name = line->value();
        if (name.empty()) {
            reporter.report(Code::SE010, sdp::end_of(line->text), "s= is empty")
                .fix("write s=-", insert_after(line->text, "-"));
        } else if (name != "-") {
            reporter.report(Code::SE011, name, "the session is called " + quoted(name))
                .fix("write s=-", replace(name, "-"));
        }
    }
    const Origin* const found = description.origin();
    // Every Firefox calls itself so, and nobody is told by it.
    constexpr std::string_view kFirefox = "mozilla...THIS_IS_SDPARTA";
    if (found != nullptr && found->field_count == 6 && found->username != "-" &&
        !found->username.starts_with(kFirefox)) {
        reporter.report(Code::SE011, found->username, "the user is " + quoted(found->username))
            .fix("write a dash", replace(found->username, "-"));
    }
}

/// SE013, SE014
void timing(const Description& description, Reporter& reporter) {
    for (const Line& line : description.lines()) {
        if (line.type != 't') continue;
        sdp::Cursor cursor(line.value());
        const std::string_view start = cursor.word();
        const std::string_view stop = cursor.word();
        const std::string_view rest = sdp::trim(cursor.rest());
        if (!sdp::is_digits(start)) {
            reporter.report(Code::SE013, start, quoted(start) + " is not a start time");
        } else if (!sdp::is_digits(stop)) {
            reporter.report(Code::SE013, stop, quoted(stop) + " is not a stop time");
        } else if (!rest.empty()) {
            reporter.report(Code::SE013, rest, "t= has two times and nothing else");
        } else if (start != "0" || stop != "0") {
            const std::string_view both = sdp::span_of(start, stop);
            reporter.report(Code::SE014, both, "the session is limited in time")
                .fix("write t=0 0", replace(both, "0 0"));
        }
    }
}

bool is_needless(char type) {
    return type == 'i' || type == 'u' || type == 'e' || type == 'p' || type == 'r' || type == 'z';
}

/// SE018, SE019
void needless_lines(const Description& description, Reporter& reporter) {
    for (const Line& line : description.lines()) {
        if (line.type == 'k') {
            reporter.report(Code::SE019, letter_of(line), "k= must not be used")
                .fix("remove the line", erase_line(line));
        } else if (line.section == sdp::kSession && is_needless(line.type)) {
            reporter
                .report(Code::SE018, letter_of(line),
                        quoted(line.text.substr(0, 2)) + " has no use in WebRTC")
                .fix("remove the line", erase_line(line));
        }
    }
}

/// What receivers keep it in.
constexpr std::uint64_t kMaxBandwidth = std::numeric_limits<std::int32_t>::max();

void bandwidths_of(const Description& description, const Section& section, Reporter& reporter) {
    const sdp::Bandwidth* as = nullptr;
    const sdp::Bandwidth* tias = nullptr;
    for (const sdp::Bandwidth& bandwidth : section.bandwidths) {
        const Line& line = description.lines()[bandwidth.line];
        const std::string_view value = bandwidth.value.text;
        const bool has_sign = value.size() > 1 && value.front() == '-';
        if (bandwidth.has_value && has_sign && sdp::is_digits(value.substr(1))) {
            reporter.report(Code::SE021, value, "a bandwidth cannot be " + quoted(value))
                .fix("remove the line", erase_line(line));
            continue;
        }
        if (!bandwidth.has_value || !sdp::is_token(bandwidth.type) || !sdp::is_digits(value)) {
            const bool is_number_wrong = bandwidth.has_value && sdp::is_token(bandwidth.type);
            reporter.report(Code::SE020, is_number_wrong ? value : line.value(),
                            quoted(line.value()) + " is not type, colon and number");
            continue;
        }
        if (!bandwidth.value.value || *bandwidth.value.value > kMaxBandwidth) {
            reporter.report(Code::SE020, value, quoted(value) + " is more than any bandwidth");
            continue;
        }
        if (bandwidth.type == "AS" && as == nullptr) as = &bandwidth;
        if (bandwidth.type == "TIAS" && tias == nullptr) tias = &bandwidth;
    }
    if (as == nullptr || tias == nullptr) return;
    const auto kilobits = as->value.value;
    const auto bits = tias->value.value;
    if (!kilobits || !bits || *bits == 0) return;
    // RFC 3890 s6.2.2: in bits per second, and without the headers that AS counts.
    if (*bits / 1000 > *kilobits || *bits == *kilobits) {
        reporter
            .report(Code::SE022, tias->value.text,
                    *bits == *kilobits
                        ? "TIAS is in bits per second, AS in kilobits: both are " +
                              std::to_string(*bits)
                        : "TIAS is " + std::to_string(*bits) + " bits per second, more than AS's " +
                              std::to_string(*kilobits) + " kilobits")
            .related(as->value.text, "the b=AS line");
    }
}

/// SE020, SE021, SE022
void bandwidths(const Description& description, Reporter& reporter) {
    bandwidths_of(description, description.session(), reporter);
    for (const Section& section : description.sections())
        bandwidths_of(description, section, reporter);
}

/// SE023
void connection_present(const Description& description, Reporter& reporter) {
    if (!description.session().connections.empty()) return;
    for (const Section& section : description.sections()) {
        if (!section.connections.empty()) continue;
        Draft draft = reporter.report(Code::SE023, description.head_of(section),
                                      "neither this section nor the session has a c= line");
        if (!is_webrtc(reporter.profile())) continue;
        const Line* before = &description.media_line(section);
        const bool has_title = section.first_line + 1 < section.end_line && before[1].type == 'i';
        if (has_title) ++before;
        draft.fix("add c=IN IP4 0.0.0.0",
                  insert_line_after(description, *before, "c=IN IP4 0.0.0.0"));
    }
}

void connection_address(const Description& description, const Connection& connection,
                        Reporter& reporter) {
    const Line& line = description.lines()[connection.line];
    if (connection.field_count != 3) {
        reporter.report(Code::SE024, line.value(),
                        "c= is not network type, address type and address");
        return;
    }
    if (connection.nettype != "IN") return;
    const sdp::Address& address = connection.address;
    const std::string_view alone =
        connection.address_text.substr(0, connection.address_text.find('/'));
    if (address.scope == AddressScope::Multicast) {
        reporter.report(Code::SE025, connection.address_text,
                        quoted(connection.address_text) + " is a multicast address");
    } else if (address.is_numeric() && alone.size() < connection.address_text.size()) {
        reporter
            .report(Code::SE032, connection.address_text.substr(alone.size()),
                    quoted(alone) +
                        " is no multicast address, and has neither a time to live "
                        "nor a count")
            .fix("write the address alone", replace(connection.address_text, std::string(alone)));
    }
    if (is_address_type(connection.addrtype, address) && address.kind != AddressKind::Malformed) {
        // A browser has an address; others may have a name (RFC 8866 s5.7).
        if (address.kind == AddressKind::Name && is_webrtc(reporter.profile())) {
            reporter.report(Code::SE024, connection.address_text,
                            quoted(connection.address_text) + " is a host name, not an address");
        }
        return;
    }
    const bool bad_address = address.kind == AddressKind::Malformed;
    Draft draft =
        reporter.report(Code::SE024, bad_address ? connection.address_text : connection.addrtype,
                        bad_address ? quoted(connection.address_text) + " is not an address"
                                    : quoted(connection.addrtype) + " is not the type of " +
                                          quoted(connection.address_text));
    if (address.is_numeric()) {
        const bool is_v4 = address.kind == AddressKind::IPv4;
        draft.fix(is_v4 ? "write IP4" : "write IP6",
                  replace(connection.addrtype, is_v4 ? "IP4" : "IP6"));
    }
}

/// SE031. Of one section on several multicast groups each has a line (RFC 8866 s5.7).
void more_connections(const Description& description, const Section& section, Reporter& reporter) {
    bool is_first = true;
    for (const Connection& connection : section.connections) {
        const bool is_layer = connection.address.scope == AddressScope::Multicast;
        if (!is_first && !is_layer) {
            reporter
                .report(Code::SE031, letter_of(description.lines()[connection.line]),
                        "a second c= line in one section")
                .related(description.lines()[section.connections.front().line].text,
                         "the first one");
        }
        is_first = false;
    }
}

/// SE024, SE025, SE031, SE032
void connections(const Description& description, Reporter& reporter) {
    for (const Connection& connection : description.session().connections)
        connection_address(description, connection, reporter);
    for (const Section& section : description.sections()) {
        for (const Connection& connection : section.connections)
            connection_address(description, connection, reporter);
        more_connections(description, section, reporter);
    }
}

}  // namespace

std::span<const Rule> session_rules() {
    static constexpr std::array kRules{
        Rule({Code::SE001, Code::SE002}, version),
        Rule({Code::SE003, Code::SE009, Code::SE012}, required_lines),
        Rule({Code::SE004, Code::SE005, Code::SE006, Code::SE008}, origin),
        Rule(Code::SE007, network_types),
        Rule({Code::SE010, Code::SE011}, names),
        Rule({Code::SE013, Code::SE014}, timing),
        Rule({Code::SE015, Code::SE016, Code::SE017, Code::SE026}, line_order),
        Rule({Code::SE018, Code::SE019}, needless_lines),
        Rule({Code::SE020, Code::SE021, Code::SE022}, bandwidths),
        Rule(Code::SE023, connection_present),
        Rule({Code::SE024, Code::SE025, Code::SE031, Code::SE032}, connections),
        Rule({Code::SE027, Code::SE028}, media_attributes_in_session),
        Rule({Code::SE029, Code::SE030}, session_attributes_in_media),
    };
    return kRules;
}

}  // namespace portolan::lint
