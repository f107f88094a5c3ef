#pragma once

#include <string>

#include "probe/cli/report/facts.hpp"

namespace portolan::nat_probe {

/// The one sentence that everybody understands.
std::string call_headline(const CallFacts& facts);

/// "your relay, 31 ms away (MOS 4.4)"; of relays on several hosts, with its own.
std::string relay_words(const CallFacts& facts, const ServerFacts& relay);

}  // namespace portolan::nat_probe
