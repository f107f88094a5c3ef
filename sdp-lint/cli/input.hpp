#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/finding.hpp"
#include "reports/model/result.hpp"
#include "sdp-lint/rules/finding.hpp"
#include "sdp-lint/sdp/unwrap.hpp"

namespace portolan::sdp_lint {

/// What "-" and nothing name.
inline constexpr std::string_view kStandardInput = "-";

/// A file as it was read.
struct InputFile {
    std::string name;  ///< as given; "stdin" for standard input
    std::string path;  ///< empty for standard input
    std::string bytes;
    sdp::InputForm form = sdp::InputForm::Plain;
    std::vector<std::uint32_t> line_starts;  ///< offset of each line
    /// UTF-16 code units before each kUtf16Step-th byte; empty when every byte is one.
    std::vector<std::uint32_t> utf16_before;
};

/// Columns from 1 in UTF-16 code units; the end is one past the last.
struct Utf16Columns {
    std::uint64_t begin = 1;
    std::uint64_t end = 1;
};

/// A description, where it came from, and its parse.
struct Source {
    const InputFile* file = nullptr;
    sdp::Unwrapped unwrapped;
    std::unique_ptr<sdp::Description> description;

    bool is_wrapped() const { return !unwrapped.origin.empty(); }
    /// "offer.json" or "dump.json (12-1 setLocalDescription offer)".
    std::string name() const;
    /// Where bytes of the description are in the file.
    sdp::ByteRange in_file(sdp::ByteRange range) const;
    /// For reports: in the coordinates of the file.
    report::Location location_of(sdp::ByteRange range) const;
    /// The columns of the same range in its line. Octets that are no UTF-8, for which editors
    /// differ, count when a sequence could begin with them.
    Utf16Columns utf16_columns_of(sdp::ByteRange range) const;
    /// What goes into the file for that text of the description.
    std::string as_in_file(std::string_view text) const;
};

/// Descriptions that belong together.
struct Session {
    std::vector<const Source*> sources;
    bool is_munging = false;
};

/// Everything that was given. Sources and sessions refer to files; it stays where it is.
struct Inputs {
    std::vector<std::unique_ptr<InputFile>> files;
    std::vector<std::unique_ptr<Source>> sources;
    std::vector<Session> sessions;
};

struct InputOptions {
    std::vector<std::string> paths;  ///< none: standard input
    bool raw = false;
    bool separate = false;
    bool munging = false;
    sdp::DescriptionKind as = sdp::DescriptionKind::Unknown;
};

/// Usage errors: "input.file" (unreadable, a folder), those of sdp::unwrap with the file's name in
/// front, "input.munging" unless there are exactly two descriptions.
Result<std::unique_ptr<Inputs>> read_inputs(const InputOptions& options);

struct NamedBytes {
    std::string path;  ///< "-" is standard input
    std::string bytes;
};

/// The same from bytes, for tests.
Result<std::unique_ptr<Inputs>> make_inputs(std::vector<NamedBytes> files,
                                            const InputOptions& options);

/// The whole file, or of standard input when the path is "-".
Result<std::string> read_bytes(const std::string& path);

}  // namespace portolan::sdp_lint
