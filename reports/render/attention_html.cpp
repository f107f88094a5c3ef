#include "reports/render/attention_html.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/render/finding_look.hpp"
#include "reports/render/finding_words.hpp"
#include "reports/render/markup.hpp"

namespace portolan::render {
namespace {

using report::Finding;

/// So many are named, and so many places of each; the others are counted.
constexpr std::size_t kMostNamed = 8;

struct Place {
    const Finding* finding;
    const report::Section* section;
};

struct Failure {
    const Finding* finding;  ///< the first of its kind
    std::vector<Place> places = {};
};

/// Id, sentence, advice.
using Kind = std::tuple<std::string_view, std::string, std::vector<std::string>>;

std::vector<Failure> failures_of(const report::Report& report) {
    std::vector<Failure> out;
    std::map<Kind, std::size_t> kinds;
    for (const report::Section& section : report.sections) {
        for (const Finding& finding : section.findings) {
            if (!is_failure(finding, report::Severity::Low)) continue;
            const auto [kind, is_new] = kinds.try_emplace(
                Kind{finding.id, finding_sentence(finding), finding.advice}, out.size());
            if (is_new) out.push_back({.finding = &finding});
            out[kind->second].places.push_back({&finding, &section});
        }
    }
    std::ranges::stable_sort(out, [](const Failure& a, const Failure& b) {
        return a.finding->severity > b.finding->severity;
    });
    return out;
}

/// What fails at level info hurts no call, and is counted by whoever counts failures.
std::size_t note_count(const report::Report& report) {
    std::size_t out = 0;
    for (const report::Section& section : report.sections)
        out += static_cast<std::size_t>(
            std::ranges::count_if(section.findings, [](const Finding& finding) {
                return finding.verdict.is_fail() && !is_failure(finding, report::Severity::Low);
            }));
    return out;
}

std::string transport_of(const Finding& finding) {
    for (const std::string& tag : finding.tags) {
        if (tag == "udp" || tag == "tcp" || tag == "tls" || tag == "dtls") return tag;
    }
    return {};
}

/// The titles of their sections, and where these are the same the transport, or else a number: two
/// links that lead to two places are not called the same.
std::vector<std::string> labels_of(const std::vector<Place>& places) {
    std::map<std::string_view, std::size_t> title_counts;
    for (const Place& place : places)
        ++title_counts[place.section->title];
    std::map<std::string, std::size_t> turns;
    std::vector<std::string> out;
    for (const Place& place : places) {
        std::string label = place.section->title;
        const std::string transport = transport_of(*place.finding);
        if (title_counts[label] > 1 && !transport.empty()) label += " (" + transport + ")";
        const std::size_t turn = ++turns[label];
        out.push_back(turn == 1 ? label : label + " (" + std::to_string(turn) + ")");
    }
    return out;
}

std::string links_of(const std::vector<Place>& places, const FindingAnchors& anchors) {
    const std::vector<std::string> labels = labels_of(places);
    std::string out;
    for (std::size_t i = 0; i < std::min(places.size(), kMostNamed); ++i) {
        out += i == 0 ? "<a href=\"#" : ", <a href=\"#";
        out += escape_markup(anchors.at(places[i].finding)) + "\">" + escape_markup(labels[i]) +
               "</a>";
    }
    if (places.size() > kMostNamed)
        out += " and " + std::to_string(places.size() - kMostNamed) + " more";
    return out;
}

std::string item(const Failure& failure, const FindingAnchors& anchors) {
    const Finding& finding = *failure.finding;
    const Look look = look_of(finding);
    std::string out = "<li class=\"" + std::string(look.css) +
                      "\"><span class=\"sign\" aria-hidden=\"true\">" + std::string(look.sign) +
                      "</span><b>" + escape_markup(finding.title) +
                      "</b>: " + escape_markup(finding_sentence(finding)) +
                      "\n<p class=\"small\">" + links_of(failure.places, anchors) + "</p>\n";
    for (const std::string& advice : finding.advice)
        out += element("p", advice, "small");
    return out + "</li>\n";
}

}  // namespace

FindingAnchors anchors_of(const report::Report& report) {
    FindingAnchors out;
    std::map<std::string_view, std::size_t> counts;
    for (const report::Section& section : report.sections) {
        for (const Finding& finding : section.findings) {
            const std::size_t count = ++counts[finding.id];
            out[&finding] = finding.id + (count == 1 ? "" : "~" + std::to_string(count));
        }
    }
    return out;
}

std::string attention_html(const report::Report& report, const FindingAnchors& anchors) {
    const std::vector<Failure> failures = failures_of(report);
    if (failures.empty()) return {};
    std::string out =
        "<section class=\"first\">\n" + element("h2", "What needs attention") + "<ul>\n";
    for (std::size_t i = 0; i < std::min(failures.size(), kMostNamed); ++i)
        out += item(failures[i], anchors);
    out += "</ul>\n";
    if (failures.size() > kMostNamed) {
        out += element("p", "and " + std::to_string(failures.size() - kMostNamed) + " more, below",
                       "dim small");
    }
    if (const std::size_t notes = note_count(report); notes > 0) {
        out += element("p",
                       "and " + std::to_string(notes) +
                           (notes == 1 ? " note that fails, below" : " notes that fail, below"),
                       "dim small");
    }
    return out + "</section>\n";
}

}  // namespace portolan::render
