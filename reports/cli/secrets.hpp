#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.hpp"
#include "reports/model/result.hpp"

namespace portolan::cli {

/// A password or key. It cannot be printed, streamed, compared or turned into JSON, it moves but
/// is copied only by name, and its bytes are wiped when it goes.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string_view bytes);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    Secret clone() const { return Secret(reveal()); }
    bool is_empty() const { return size_bytes_ == 0; }
    /// The only way to the bytes: easy to search for in review.
    std::string_view reveal() const { return {bytes_.get(), size_bytes_}; }

    friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;
    friend void to_json(nlohmann::json&, const Secret&) = delete;
    friend void to_json(nlohmann::ordered_json&, const Secret&) = delete;

  private:
    void wipe() noexcept;

    std::unique_ptr<char[]> bytes_;
    std::size_t size_bytes_ = 0;
};

inline constexpr std::size_t kMaxSecretBytes = 4096;

/// From an environment variable. Usage error "secret.environment" if it is unset or empty.
Result<Secret> secret_from_environment(const std::string& variable);

/// From a file, FIFO or /dev/fd/N: one line, of which the line end is dropped. Usage errors
/// "secret.file": unreadable, a folder, empty, more than one line, a NUL byte, over
/// kMaxSecretBytes, or silent for 10 s.
Result<Secret> secret_from_file(const std::string& path);

/// Knows secrets and takes them out of whatever leaves the process. The last line of defence: the
/// first is that nobody puts them in.
class Redactor {
  public:
    /// Also in the forms that it takes in URIs and JSON. An empty secret is nothing to redact.
    void add(const Secret& secret);
    /// As add(); but a secret that our own words and numbers contain by chance ("1", "pass", "udp")
    /// is taken out of text alone, and only where it is a word of its own, as what is quoted is;
    /// not of reports: there each hit would tell of it, and spoil what it stands in. Whoever calls
    /// this takes it out of the text of others before that text goes into a report.
    void add_unless_common(const Secret& secret);

    /// Each stretch covered by one or more secrets becomes "[redacted]".
    std::string redact(std::string_view text) const;

    /// In words of our own to the user: as redact(), but a common secret is taken out only where
    /// somebody else's text can stand, in quotation marks and in URIs (":secret@", "=secret").
    std::string redact_message(std::string_view text) const;

    /// All free text and all payloads, keys included. Ids, codes and enumerations are literals of
    /// ours and stay.
    void redact(report::Report& report) const;

  private:
    void redact(report::Json& value) const;
    report::Reason redacted(const report::Reason& reason) const;
    void redact_in_place(std::string& text) const { text = without(text, CommonOnes::Stay); }

    /// Where common secrets are taken out.
    enum class CommonOnes { Stay, GoFromQuotations, GoEverywhere };
    struct Form {
        Secret text;
        bool is_common = false;
    };

    void add(const Secret& secret, bool is_common);
    std::string without(std::string_view text, CommonOnes common) const;

    std::vector<Form> forms_;
};

}  // namespace portolan::cli
