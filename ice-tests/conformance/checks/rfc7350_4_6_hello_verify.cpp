#include <cstdint>
#include <iterator>
#include <span>

#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc7350_4_6_hello_verify {

// A ClientHello of DTLS 1.2 without a cookie, which offers ECDHE with AES-GCM, RSA and ECDSA.
static std::vector<std::byte> client_hello(Probe& probe) {
    constexpr std::uint8_t kTail[] = {
        0, 0,                                                   // session id, cookie
        0, 8,  0xC0, 0x2B, 0xC0, 0x2F, 0xC0, 0x2C, 0xC0, 0x30,  // suites
        1, 0,                                                   // compression
        0, 26,                                                  // extensions
        0, 10, 0,    6,    0,    4,    0,    23,   0,    24,    // groups
        0, 11, 0,    2,    1,    0,                             // point formats
        0, 13, 0,    6,    0,    4,    4,    3,    4,    1,     // signature algorithms
    };
    std::vector<std::uint8_t> body = {0xFE, 0xFD};
    for (int i = 0; i < 32; ++i)
        body.push_back(static_cast<std::uint8_t>(probe.random()));
    body.insert(body.end(), std::begin(kTail), std::end(kTail));
    const auto length = static_cast<std::uint8_t>(body.size());
    std::vector<std::uint8_t> out = {
        22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(length + 12)};
    const std::uint8_t header[] = {1, 0, 0, length, 0, 0, 0, 0, 0, 0, 0, length};
    out.insert(out.end(), std::begin(header), std::end(header));
    out.insert(out.end(), body.begin(), body.end());
    const auto bytes = std::as_bytes(std::span(out));
    return {bytes.begin(), bytes.end()};
}

static Task<Judgement> run(Probe& probe) {
    constexpr std::size_t kTypeOffset = 13;
    constexpr std::byte kHandshake{22};
    constexpr std::byte kAlert{21};
    constexpr std::byte kHelloVerifyRequest{3};
    constexpr int kCopies = 7;
    Peer& sender = probe.peer();
    const auto hello = client_hello(probe);
    for (int i = 0; i < kCopies; ++i) {
        sender.send(probe.target().endpoint.server, hello);
        const auto answer = co_await sender.receive(probe.now() + 2 * probe.silence());
        if (!answer) continue;
        if (answer->bytes.size() <= kTypeOffset)
            co_return undecided("It answered with too little.");
        if (answer->bytes.front() == kAlert) {
            co_return undecided("It refused the handshake with an alert.");
        }
        if (answer->bytes.front() != kHandshake) co_return undecided("It answered with no DTLS.");
        if (answer->bytes[kTypeOffset] == kHelloVerifyRequest) {
            co_return meets("It answered with HelloVerifyRequest.");
        }
        co_return violates("It went on with the handshake, with " +
                           std::to_string(answer->bytes.size()) + " octets to " +
                           std::to_string(hello.size()) + ".");
    }
    co_return undecided("Nothing answered the ClientHello.");
}

}  // namespace in_rfc7350_4_6_hello_verify

extern const Check rfc7350_4_6_hello_verify;
const Check rfc7350_4_6_hello_verify{
    .id = "rfc7350/4.6/hello-verify",
    .title = "Cookie before the handshake",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .transports = kDtls,
    .document = "RFC 7350",
    .section = "4.6",
    .requirement =
        "A server of DTLS asks for a cookie before it does anything for a client, so that nobody "
        "can have its certificates sent to somebody else.",
    .sends = "A ClientHello without a cookie.",
    .conformant = "Answers with HelloVerifyRequest.",
    .weakness = "CWE-406",
    .run = in_rfc7350_4_6_hello_verify::run,
};

}  // namespace portolan::conformance
