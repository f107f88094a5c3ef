#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.hpp"

namespace portolan::redact {

/// Replaces names that others gave by others of the same kind, the same one always by the same one:
/// of hosts and domains by host1.example (RFC 2606 s2), of network interfaces by if1, of files by
/// file1.json, whatever their folder. Which words are names is learnt from a report: what stands in
/// its URIs and certificates, in its environment, its parameters and the places of its findings;
/// paths are known by their slash. `lo` and `localhost` name nobody, and stay.
class NamePseudonyms {
  public:
    /// From now on the names of this report are replaced, those of an earlier one only where they
    /// are this one's too. Linear in the report.
    void learn(const report::Report& report);

    /// Linear in the text. Names are replaced as whole words, also within "ipv4/eth0.run".
    [[nodiscard]] std::string replace_in(std::string_view text) const;

    /// Of a file that is named outside of any report.
    std::string of_file(const std::string& path);

  private:
    enum class Kind { Host, Interface, File };
    /// What stands there, and under which key of an object.
    void learn_text(std::string_view text, std::string_view key = {}, bool is_parameter = false);
    void learn_json(const report::Json& json, std::string_view key, bool is_parameter = false);
    void learn_arguments(const report::Json& parameters);
    void learn_columns(const report::Json& figures);
    void learn_host(std::string_view host);
    void add(Kind kind, const std::string& name);
    [[nodiscard]] const std::string* pseudonym_of(std::string_view word) const;
    void append_words(std::string& out, std::string_view run) const;
    void append_run(std::string& out, std::string_view run) const;

    std::map<std::string, std::string, std::less<>> pseudonyms_;  ///< of all reports
    std::map<Kind, unsigned> counts_;
    std::set<std::string, std::less<>> present_;  ///< in this report
    std::vector<std::string> with_blanks_;        ///< of those, what no word can be
};

}  // namespace portolan::redact
