#include <glib.h>

#include "ice-tests/conformance/headline.hpp"
#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_tls_certificate_days {

static Task<Judgement> run(Probe& probe) {
    constexpr std::int64_t kDay = 86'400;
    constexpr std::int64_t kFewDays = 14;
    Client* client = co_await probe.client();
    const auto facts = client->wire().tls_facts();
    if (!facts || facts->expires_at_s == 0) co_return undecided("Its end is not known.");
    const std::int64_t days = (facts->expires_at_s - g_get_real_time() / G_USEC_PER_SEC) / kDay;
    const std::string came = "The certificate is good for " +
                             (days <= 0 ? std::string("less than a day")
                                        : count_text(static_cast<std::size_t>(days), "day")) +
                             '.';
    co_return days < kFewDays ? violates(came) : meets(came);
}

}  // namespace in_tls_certificate_days

extern const Check tls_certificate_days;
const Check tls_certificate_days{
    .id = "tls/certificate-days",
    .title = "End of the certificate",
    .level = Level::Should,
    .axis = Axis::Security,
    .danger = Danger::Medium,
    .transports = kSecure,
    .document = "RFC 5280",
    .section = "4.1.2.5",
    .requirement = "A certificate is renewed in time: two weeks before its end it is late.",
    .sends = "A handshake.",
    .conformant = "Shows a certificate that is good for at least 14 days.",
    .weakness = "CWE-298",
    .run = in_tls_certificate_days::run,
};

}  // namespace portolan::conformance
