#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/result.hpp"
#include "sdp-lint/rules/catalogue.hpp"
#include "sdp-lint/rules/finding.hpp"

namespace portolan::lint {

/// The major version whose behaviour the catalogue's rows say; empty when none was measured.
std::string_view measured_version(Browser browser);
/// "Chrome 156"; without a version when none was measured.
std::string measured_name(Browser browser);

/// One of --target.
struct Target {
    Browser browser = Browser::Chrome;
    std::string version = {};  ///< as asked for; empty for whichever was measured
};

/// "chrome", "firefox@128". Usage error "lint.target" for another browser or an empty version.
Result<Target> parse_target(std::string_view word);

/// What has to be said about a target that the rows do not describe exactly; empty for nothing.
std::string caveat_of(const Target& target);

/// A rule behind a browser's error message.
struct MessageMatch {
    Code code;
    Browser browser = Browser::Chrome;
    std::string_view message;       ///< the template
    std::size_t literal_bytes = 0;  ///< how much of the message is the template's own text
};

/// The rules whose messages this may be, the closest first. A part of a message will do; case and
/// what a browser puts around it do not matter.
std::vector<MessageMatch> find_message(std::string_view message);

}  // namespace portolan::lint
