#include "reports/digest/broken_files.hpp"

#include <utility>

namespace portolan::digest {
void BrokenFiles::add(const std::string& name, const Error& error) {
    ++count_;
    if (lines_.size() == kMostLines) return;
    // The message names the file already, mostly.
    const bool is_named = error.message.find(name) != std::string::npos;
    lines_.push_back(is_named ? error.message : name + ": " + error.message);
}

void BrokenFiles::tell(report::Report& report, std::string_view word) const {
    if (count_ == 0) return;
    const std::string files = std::to_string(count_) + (count_ == 1 ? " file" : " files");
    report.headline += " " + files + " could not be used.";
    std::vector<std::string> named = lines_;
    if (count_ > named.size()) {
        named.push_back("and " + std::to_string(count_ - named.size()) + " more");
    }
    const std::string prefix(word);
    report.evidence.push_back({.id = prefix + "/broken",
                               .kind = report::EvidenceKind::Input,
                               .title = "What could not be used",
                               .data = {{"broken_count", count_}},
                               .lines = std::move(named)});
    report::Section section{.id = "files", .title = "Files"};
    report::Finding finding{
        .id = prefix + "/readable",
        .title = "Files that are no reports",
        .verdict = report::Verdict::inconclusive(report::Reason(
            "files-left-out",
            "Left out: " + (count_ > 1 ? files + ", the first of them " : "") + lines_.front()))};
    finding.decides = true;
    finding.evidence_ids = {prefix + "/broken"};
    section.findings.push_back(std::move(finding));
    report.sections.insert(report.sections.begin(), std::move(section));
}

}  // namespace portolan::digest
