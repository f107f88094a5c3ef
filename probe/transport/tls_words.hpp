#pragma once

#include <string_view>

/// TlsFailure::library where it is TlsConnection that knows why the handshake failed.
namespace portolan::transport {

/// What came is no record of TLS.
inline constexpr std::string_view kPlaintextAnswer = "it answers in plaintext: no TLS there";
/// The connection was ended or reset before a single octet came.
inline constexpr std::string_view kNoAnswerToHandshake =
    "the connection ended, and nothing had answered the TLS handshake";

}  // namespace portolan::transport
