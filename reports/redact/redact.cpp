#include "reports/redact/redact.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/model/figure.hpp"

namespace portolan::redact {
namespace {

using report::Json;

constexpr std::string_view kLeftOut = "[bytes left out]";
/// Ids and digests of 64 bits stay; a STUN header is longer.
constexpr std::size_t kMaxHexDigits = 16;
constexpr std::size_t kMaxDecimalDigits = 20;

bool is_hex(char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

std::size_t count_hex(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_hex) - text.begin());
}

/// "  0010  b2 26 70 36  transaction id": an offset, two blanks, bytes.
bool is_dump_row(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const std::size_t offset_digits = count_hex(line);
    if (offset_digits < 4 || !line.substr(offset_digits).starts_with("  ")) return false;
    line.remove_prefix(offset_digits + 2);
    return count_hex(line) == 2 && (line.size() == 2 || line[2] == ' ');
}

/// Hexadecimal digits in one piece, longer than an id or a seed.
bool holds_bytes(std::string_view text) {
    while (!text.empty()) {
        const std::size_t digits = count_hex(text);
        const bool is_decimal =
            text.substr(0, digits).find_first_not_of("0123456789") == std::string_view::npos;
        if (digits > (is_decimal ? kMaxDecimalDigits : kMaxHexDigits)) return true;
        text.remove_prefix(std::max<std::size_t>(digits, 1));
    }
    return false;
}

/// Keys of figures whose values are enumerations.
bool is_schema_word(std::string_view key) {
    return key == "kind" || key == "state" || key == "tone" || key == "unit";
}

class Pass {
  public:
    explicit Pass(Pseudonyms& pseudonyms) : pseudonyms_(pseudonyms) {}

    void text(std::string& value) const { value = pseudonyms_.replace_in(value); }
    void texts(std::vector<std::string>& values) const {
        for (std::string& value : values)
            text(value);
    }

    /// `is_drawn`: it is in a figure, whose keys and kinds are words of the schema.
    void json(Json& value, bool is_drawn = false) const {
        if (value.is_string()) {
            auto& held = value.get_ref<std::string&>();
            if (holds_bytes(held)) {
                held = kLeftOut;
            } else {
                text(held);
            }
        } else if (value.is_object()) {
            Json out = Json::object();
            for (auto& [key, member] : value.items()) {
                const bool is_figure = is_drawn || key == report::kFiguresKey;
                if (!is_drawn || !is_schema_word(key)) json(member, is_figure);
                out[is_figure ? key : pseudonyms_.replace_in(key)] = std::move(member);
            }
            value = std::move(out);
        } else if (value.is_array()) {
            for (Json& element : value)
                json(element, is_drawn);
        }
    }

    void verdict(report::Verdict& value) const {
        const auto& reason = value.reason();
        if (!reason) return;
        auto replaced =
            report::Reason::parse(reason->code(), pseudonyms_.replace_in(reason->sentence()));
        if (!replaced) return;
        if (auto made = report::Verdict::make(value.outcome(), std::move(*replaced))) value = *made;
    }

    /// What this program calls the finding, and in parentheses, in comparisons, whose it is.
    void title(std::string& value) const {
        const std::size_t at = std::min(value.find(" ("), value.size());
        value = value.substr(0, at) + pseudonyms_.replace_in(value.substr(at));
    }

    void finding(report::Finding& value) const {
        title(value.title);
        verdict(value.verdict);
        text(value.value);
        text(value.summary);
        texts(value.advice);
        if (value.location) text(value.location->source);
        texts(value.evidence_ids);
        json(value.data);
    }

    void evidence(report::Evidence& value) const {
        text(value.id);
        text(value.title);
        json(value.data);
        const std::size_t before = value.lines.size();
        std::erase_if(value.lines, [](const std::string& line) {
            return is_dump_row(line) || holds_bytes(line);
        });
        texts(value.lines);
        if (value.lines.size() != before) value.lines.emplace_back(kLeftOut);
    }

  private:
    Pseudonyms& pseudonyms_;
};

}  // namespace

report::Report redacted(report::Report report, Pseudonyms& pseudonyms) {
    pseudonyms.names.learn(report);
    const Pass pass(pseudonyms);
    pass.text(report.headline);
    pass.json(report.subject);
    pass.json(report.environment);
    pass.json(report.parameters);
    if (report.cut_off) {
        auto reason = report::Reason::parse(report.cut_off->code(),
                                            pseudonyms.replace_in(report.cut_off->sentence()));
        if (reason) report.cut_off = std::move(*reason);
    }
    for (report::Section& section : report.sections) {
        pass.text(section.id);
        pass.text(section.title);
        pass.text(section.headline);
        pass.json(section.subject);
        for (report::Finding& finding : section.findings)
            pass.finding(finding);
    }
    for (report::Evidence& evidence : report.evidence)
        pass.evidence(evidence);
    report.data = {{"redacted", true}};
    return report;
}

}  // namespace portolan::redact
