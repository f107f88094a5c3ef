#include "ice-tests/gate/baseline.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "ice-tests/gate/document.hpp"
#include "reports/cli/files.hpp"
#include "reports/digest/essence.hpp"

namespace portolan::gate {
namespace {

using report::Finding;
using report::Json;
using report::JsonReader;
using report::Reason;
using report::Verdict;

/// Empty: what is of no transport.
constexpr std::array<std::string_view, 5> kTransports = {"", "udp", "tcp", "tls", "dtls"};

std::optional<unsigned> number(std::string_view digits) {
    unsigned out = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (problem != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return out;
}

std::optional<std::chrono::sys_days> parse_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = number(text.substr(0, 4));
    const auto month = number(text.substr(5, 2));
    const auto day = number(text.substr(8, 2));
    if (!year || !month || !day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(*month), std::chrono::day(*day)};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
}

Accepted read_entry(const JsonReader& reader) {
    const std::array<std::string, 5> known = {"id", "transport", "evidence", "expires", "reason"};
    refuse_unknown_members(reader, known);
    Accepted out;
    out.id = reader.member("id").non_empty_string();
    if (const auto transport = reader.find("transport")) {
        out.transport = transport->string();
        if (transport->ok() && std::ranges::find(kTransports, out.transport) == kTransports.end()) {
            transport->fail("must be udp, tcp, tls, dtls, or empty, and is \"" + out.transport +
                            '"');
        }
    }
    out.evidence = reader.member("evidence").non_empty_string();
    const JsonReader expires = reader.member("expires");
    const auto day = parse_date(expires.string());
    if (!day && expires.ok()) expires.fail("must be a day like 2027-01-31");
    out.expires = day.value_or(std::chrono::sys_days{});
    if (const auto reason = reader.find("reason")) out.reason = reason->string();
    return out;
}

bool is_about(const Accepted& entry, const Finding& finding) {
    return entry.id == finding.id && entry.transport == digest::transport_of(finding);
}

bool matches(const Accepted& entry, const Finding& finding) {
    return is_about(entry, finding) && entry.evidence == digest::evidence_of(finding);
}

bool is_judged(const Finding& finding) {
    const report::Outcome outcome = finding.verdict.outcome();
    return outcome != report::Outcome::Inconclusive && outcome != report::Outcome::NotTested;
}

/// Whether the report has judged what the entry is about, everywhere.
bool was_judged(const Accepted& entry, const report::Report& report) {
    bool is_there = false;
    for (const report::Section& section : report.sections) {
        for (const Finding& finding : section.findings) {
            if (!is_about(entry, finding)) continue;
            if (!is_judged(finding)) return false;
            is_there = true;
        }
    }
    return is_there;
}

/// One earlier in the file accepts the same, whatever their days.
bool is_repeated(const std::vector<Accepted>& entries, std::size_t at) {
    const Accepted& entry = entries[at];
    return std::any_of(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(at),
                       [&](const Accepted& earlier) {
                           return earlier.id == entry.id && earlier.transport == entry.transport &&
                                  earlier.evidence == entry.evidence;
                       });
}

std::string name_of(const Accepted& entry) {
    return entry.transport.empty() ? entry.id : entry.id + " over " + entry.transport;
}

}  // namespace

std::string date_text(std::chrono::sys_days day) {
    const std::chrono::year_month_day date(day);
    const auto two = [](unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); };
    std::string year = std::to_string(static_cast<int>(date.year()));
    year.insert(0, year.size() < 4 ? 4 - year.size() : 0, '0');
    return year + '-' + two(static_cast<unsigned>(date.month())) + '-' +
           two(static_cast<unsigned>(date.day()));
}

Result<Baseline> parse_baseline(std::string_view json) {
    const auto document = report::parse_json(json);
    if (!document) return document.error();
    std::optional<Error> error;
    const JsonReader root(*document, error);
    const std::array<std::string, 2> known = {"schema", "accepted"};
    refuse_unknown_members(root, known);
    const JsonReader schema = root.member("schema");
    if (schema.string() != kBaselineSchema && schema.ok()) {
        schema.fail("must be \"" + std::string(kBaselineSchema) + '"');
    }
    Baseline out;
    root.member("accepted").each([&](const JsonReader& entry) {
        out.accepted.push_back(read_entry(entry));
    });
    if (error) return *std::move(error);
    return out;
}

Result<Baseline> read_baseline(const std::string& path) {
    auto text = cli::read_file(path);
    if (!text) return std::move(text).error();
    auto out = parse_baseline(*text);
    if (out) return out;
    Error error = out.error();
    error.message = path + ": " + error.message;
    return error;
}

BaselineUse apply(const Baseline& baseline, std::chrono::sys_days today, report::Report& report) {
    BaselineUse out;
    std::vector<bool> used(baseline.accepted.size(), false);
    for (report::Section& section : report.sections) {
        for (Finding& finding : section.findings) {
            if (!finding.verdict.is_fail()) continue;
            const auto entry = std::ranges::find_if(
                baseline.accepted, [&](const Accepted& row) { return matches(row, finding); });
            if (entry == baseline.accepted.end()) continue;
            used[static_cast<std::size_t>(entry - baseline.accepted.begin())] = true;
            const std::string sentence = finding.verdict.reason()->sentence();
            const std::string until = date_text(entry->expires);
            if (entry->expires < today) {
                ++out.expired_count;
                finding.verdict = Verdict::fail(
                    Reason(digest::kAcceptanceExpired, std::string("It was accepted until ")
                                                           .append(until)
                                                           .append(", which is over: ")
                                                           .append(sentence)));
                continue;
            }
            ++out.accepted_count;
            const std::string why = entry->reason.empty() ? "" : " (" + entry->reason + ')';
            finding.verdict =
                Verdict::unsupported(Reason(digest::kAccepted, std::string("Accepted until ")
                                                                   .append(until)
                                                                   .append(why)
                                                                   .append(": ")
                                                                   .append(sentence)));
        }
    }
    for (std::size_t i = 0; i < used.size(); ++i) {
        const Accepted& entry = baseline.accepted[i];
        if (is_repeated(baseline.accepted, i)) {
            out.repeated.push_back(name_of(entry));
            continue;
        }
        if (!used[i] && was_judged(entry, report)) out.unused.push_back(name_of(entry));
    }
    report.data["baseline"] = {{"accepted_count", out.accepted_count},
                               {"expired_count", out.expired_count},
                               {"unused", out.unused}};
    return out;
}

std::string baseline_of(const report::Report& report, std::chrono::sys_days expires) {
    report::OrderedJson accepted = report::OrderedJson::array();
    for (const report::Section& section : report.sections) {
        for (const Finding& finding : section.findings) {
            if (!finding.verdict.is_fail()) continue;
            report::OrderedJson entry = {
                {"id", finding.id},
                {"transport", digest::transport_of(finding)},
                {"evidence", report::to_valid_utf8(digest::evidence_of(finding))},
                {"expires", date_text(expires)},
                {"reason", ""}};
            // The same server twice in the file fails twice in the same way.
            if (std::ranges::find(accepted, entry) == accepted.end()) {
                accepted.push_back(std::move(entry));
            }
        }
    }
    const report::OrderedJson out = {{"schema", kBaselineSchema}, {"accepted", accepted}};
    return out.dump(2) + "\n";
}

}  // namespace portolan::gate
