#pragma once

#include <string>
#include <string_view>

#include "reports/cli/secrets.hpp"

namespace portolan::nat_probe {

/// Takes secrets out of the phrase that a server said with an error, "error 401 (PHRASE)"
/// (turn::Reply::said()), which may quote them, and leaves what stands around it: these words are
/// ours, and contain a common one by chance. So do the phrases that the protocol has for its codes
/// (RFC 8489 s14.8).
std::string without_secrets(std::string_view said, const cli::Redactor& redactor);

}  // namespace portolan::nat_probe
