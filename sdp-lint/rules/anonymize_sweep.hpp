#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace portolan::lint {

enum class SecretKind : std::uint8_t { Address, Token, Hex, Host, Foundation };

/// A stretch of a line that identifies somebody, whatever the rest of the line is.
struct Secret {
    std::string_view where;
    SecretKind kind = SecretKind::Token;
};

/// How far a line's typed view can be relied on.
enum class LineTrust : std::uint8_t {
    /// An attribute that is known, or a line of the grammar: the typed pass has seen its fields.
    Read,
    /// Known to carry secrets in more places than its typed view has: a=fingerprint, a=crypto.
    Secretive,
    /// Not read at all: no type letter, a letter or a name that nobody knows.
    Unread,
};

/// What has to be replaced in a line for what it looks like, in no order, overlaps included:
/// addresses wherever they stand, fingerprints, names below .local, user information and hosts of
/// URIs; in lines that were not read also what stands behind the names of secrets in any case, the
/// fields of candidates, and words that are long enough to be keys.
std::vector<Secret> find_secrets(std::string_view line, LineTrust trust);

}  // namespace portolan::lint
