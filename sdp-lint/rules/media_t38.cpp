// Fax over UDP and TCP: the parameters of ITU-T T.38, Annex D.
#include <algorithm>
#include <array>

#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

struct FaxWords {
    Attr attribute;
    std::array<std::string_view, 3> values;  ///< those that there are, empty for none
};

constexpr std::array kFaxWords{
    FaxWords{Attr::T38FaxRateManagement, {"localTCF", "transferredTCF", ""}},
    FaxWords{Attr::T38FaxUdpEC, {"t38UDPNoEC", "t38UDPRedundancy", "t38UDPFEC"}}};

constexpr std::array kFaxNumbers{Attr::T38FaxVersion, Attr::T38MaxBitRate, Attr::T38FaxMaxBuffer,
                                 Attr::T38FaxMaxDatagram, Attr::T38FaxMaxIFP};

/// With an a= line that says no more than its name, or 0 or 1.
constexpr std::array kFaxFlags{Attr::T38FaxFillBitRemoval, Attr::T38FaxTranscodingMMR,
                               Attr::T38FaxTranscodingJBIG};

void report_fax(const sdp::Attribute& attribute, std::string_view value, std::string_view wanted,
                Reporter& reporter) {
    reporter.report(Code::ME016, value,
                    text(attribute.name, " is ", wanted, ", not ", quoted(value)));
}

/// ME016. Of an empty value SY014 tells.
void check_fax(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (section.is_rejected()) continue;
        for (const FaxWords& row : kFaxWords) {
            section.each(row.attribute, [&](const sdp::Attribute& attribute) {
                const std::string_view value = sdp::trim(attribute.value);
                if (value.empty()) return;
                const bool is_known = std::any_of(
                    row.values.begin(), row.values.end(),
                    [&](std::string_view word) { return sdp::equal_in_any_case(word, value); });
                if (is_known) return;
                report_fax(attribute, value,
                           row.values.back().empty()
                               ? text(row.values[0], " or ", row.values[1])
                               : text(row.values[0], ", ", row.values[1], " or ", row.values[2]),
                           reporter);
            });
        }
        for (const Attr number : kFaxNumbers) {
            section.each(number, [&](const sdp::Attribute& attribute) {
                const std::string_view value = sdp::trim(attribute.value);
                if (value.empty() || sdp::parse_number(value)) return;
                report_fax(attribute, value, "a number", reporter);
            });
        }
        for (const Attr flag : kFaxFlags) {
            section.each(flag, [&](const sdp::Attribute& attribute) {
                const std::string_view value = sdp::trim(attribute.value);
                if (value.empty() || value == "0" || value == "1") return;
                report_fax(attribute, value, "0 or 1", reporter);
            });
        }
    }
}

}  // namespace

std::span<const Rule> media_t38_rules() {
    static constexpr std::array kRules{
        Rule(Code::ME016, check_fax),
    };
    return kRules;
}

}  // namespace portolan::lint
