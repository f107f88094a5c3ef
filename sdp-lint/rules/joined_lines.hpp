#pragma once

#include <string_view>

namespace portolan::lint {

/// The first line of a description that begins within this one, behind a blank, to the end; empty
/// for none. Only what nobody would write as part of a value: "m=audio 9", "a=" with a known name,
/// "o=... IN IP4 ...", "c=IN IP4 ...", "t=0 0", "s=-", "v=0", "b=AS:64".
std::string_view line_within(std::string_view line);

}  // namespace portolan::lint
