#include <array>
#include <limits>

#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;

/// RFC 8832 s3: SCTP keeps 65535 for itself.
constexpr std::uint64_t kMaxStreamId = 65534;
constexpr std::string_view kDataChannel = "webrtc-datachannel";

bool is_standard_proto(const sdp::MediaLine& media) {
    return media.proto == "UDP/DTLS/SCTP" || media.proto == "TCP/DTLS/SCTP";
}

/// "05000" means what "5000" says.
void check_zeros(std::string_view digits, Reporter& reporter) {
    if (digits.size() < 2 || digits.front() != '0' || !sdp::is_digits(digits)) return;
    const std::size_t first = digits.find_first_not_of('0');
    const std::string_view number =
        digits.substr(first == std::string_view::npos ? digits.size() - 1 : first);
    reporter.report(Code::SC009, digits, text(quoted(digits), " begins with zeros"))
        .fix("remove the zeros", replace(digits, std::string(number)));
}

void check_port(const Section& section, Reporter& reporter) {
    section.each(Attr::SctpPort, [&](const Attribute& attribute) {
        const std::string_view value = attribute.value;
        const auto port = sdp::parse_number(value);
        if (!port || *port > sdp::kMaxPort) {
            reporter.report(Code::SC004, value.empty() ? attribute.name : value,
                            text(quoted(value), " is not a port"));
        } else if (*port == 0 && !section.is_rejected()) {
            reporter.report(Code::SC003, value, "port 0 means that there is no SCTP association");
        }
        check_zeros(value, reporter);
    });
}

void check_size(const Description& description, const Section& section, Reporter& reporter) {
    const Attribute* attribute = section.find(Attr::MaxMessageSize);
    if (attribute == nullptr) {
        if (is_standard_proto(section.media) && !section.is_rejected()) {
            reporter.report(Code::SC008, description.head_of(section),
                            "no max-message-size: the peer sends 64 KiB at most");
        }
        return;
    }
    const std::string_view value = attribute->value;
    if (!sdp::is_digits(value)) {
        reporter.report(Code::SC007, value.empty() ? attribute->name : value,
                        text(quoted(value), " is not a number of bytes"));
    } else if (!sdp::parse_number(value)) {
        reporter.report(Code::SC007, value, text(quoted(value), " does not fit 64 bits"));
    } else if (sdp::parse_number(value) == 0U) {
        reporter.report(Code::SC008, value, "max-message-size 0: messages of any size");
    }
    check_zeros(value, reporter);
}

/// The old lines and their new form: "DTLS/SCTP 5000" with a=sctpmap:5000 webrtc-datachannel.
void check_legacy(const Description& description, const Section& section, Reporter& reporter) {
    const sdp::MediaLine& media = section.media;
    const Attribute* map = section.find(Attr::Sctpmap);
    if (!is_standard_proto(media)) {
        const bool has_port = media.proto == "DTLS/SCTP" && sdp::is_digits(media.formats);
        // Before the draft, which the next report would leave dangling.
        if (has_port) {
            section.each(Attr::SctpPort, [&](const Attribute& attribute) {
                reporter
                    .report(Code::SC006, description.line_of(attribute).text,
                            text("sctp-port beside the port of the m= line, ", media.formats))
                    .related(media.formats, "the port as old drafts have it");
            });
        }
        auto draft = reporter.report(Code::SC005, media.proto,
                                     text(quoted(media.proto), " is the syntax of old drafts"));
        if (!has_port) return;
        std::vector<ViewEdit> edits{replace(media.proto, "UDP/DTLS/SCTP"),
                                    replace(media.formats, std::string(kDataChannel))};
        const std::string port = text("a=sctp-port:", media.formats);
        if (section.has(Attr::SctpPort)) {
            if (map != nullptr) edits.push_back(erase_line(description, *map));
        } else if (map != nullptr) {
            edits.push_back(replace(description.line_of(*map).text, port));
        } else {
            edits.push_back(append_line(description, section, port));
        }
        draft.fix("write the section as RFC 8841 does", std::move(edits));
        return;
    }
    if (map == nullptr) return;
    if (section.has(Attr::SctpPort)) {
        reporter
            .report(Code::SC006, description.line_of(*map).text,
                    "sctpmap beside sctp-port: the port is said twice")
            .related(description.line_of(*section.find(Attr::SctpPort)).text, "the port of today")
            .fix("remove a=sctpmap", erase_line(description, *map));
    } else {
        reporter.report(Code::SC005, description.line_of(*map).text,
                        "sctpmap is the syntax of old drafts");
    }
}

void check_dcmap(const Section& section, Reporter& reporter) {
    struct Channel {
        std::string_view id;
        std::uint64_t number;
    };
    std::vector<Channel> channels;
    section.each(Attr::Dcmap, [&](const Attribute& attribute) {
        const std::string_view id = sdp::Cursor(attribute.value).word();
        const auto number = sdp::parse_number(id);
        if (!number || *number > kMaxStreamId) {
            reporter.report(Code::SC011, id.empty() ? attribute.name : id,
                            text(quoted(id), " is not a stream id from 0 to 65534"));
            return;
        }
        channels.push_back({id, *number});
    });
    find_doubles(
        channels, [](const Channel& channel) { return channel.number; },
        [&](const Channel& first, const Channel& again) {
            reporter
                .report(Code::SC011, again.id,
                        text("stream id ", again.id, " already names a channel"))
                .related(first.id, "first used here");
        });
}

void check_data(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const sdp::MediaLine& media = section.media;
        if (!media.is_sctp) continue;
        const bool is_standard = is_standard_proto(media);
        if (is_standard && !media.formats.empty() && sdp::trim(media.formats) != kDataChannel) {
            reporter
                .report(Code::SC001, media.formats,
                        text(quoted(media.formats), " is not ", quoted(kDataChannel)))
                .fix("write webrtc-datachannel", replace(media.formats, std::string(kDataChannel)));
        }
        if (is_standard && !section.has(Attr::SctpPort) && !section.has(Attr::Sctpmap) &&
            !section.is_rejected()) {
            reporter
                .report(Code::SC002, description.head_of(section), "the section has no a=sctp-port")
                .fix("add a=sctp-port:5000", append_line(description, section, "a=sctp-port:5000"));
        }
        check_port(section, reporter);
        check_size(description, section, reporter);
        check_legacy(description, section, reporter);
        check_dcmap(section, reporter);
        for (const Attr direction :
             {Attr::Sendrecv, Attr::Sendonly, Attr::Recvonly, Attr::Inactive}) {
            section.each(direction, [&](const Attribute& attribute) {
                reporter
                    .report(Code::SC010, description.line_of(attribute).text,
                            text(attribute.name, " means nothing for data channels"))
                    .fix("remove the line", erase_line(description, attribute));
            });
        }
    }
}

}  // namespace

std::span<const Rule> data_rules() {
    static constexpr std::array kRules{
        Rule({Code::SC001, Code::SC002, Code::SC003, Code::SC004, Code::SC005, Code::SC006,
              Code::SC007, Code::SC008, Code::SC009, Code::SC010, Code::SC011},
             check_data),
    };
    return kRules;
}

}  // namespace portolan::lint
