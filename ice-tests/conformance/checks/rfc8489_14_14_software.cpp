#include "ice-tests/conformance/steps.hpp"
#include "probe/stun/printable.hpp"

namespace portolan::conformance {
namespace in_rfc8489_14_14_software {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    std::string shown;
    for (const Request& request : {turn::binding(), probe.allocate()}) {
        const Reply reply = co_await client->exchange(request);
        if (!reply.has_come()) continue;
        const auto software = reply.view().find(AttributeType::Software);
        if (!software) continue;
        if (software->value.size() > 763) {
            co_return violates("SOFTWARE has " + std::to_string(software->value.size()) +
                               " octets.");
        }
        shown.clear();
        stun::append_escaped(shown,
                             std::string_view(reinterpret_cast<const char*>(software->value.data()),
                                              software->value.size()));
    }
    co_return meets(shown.empty() ? "It does not name its software."
                                  : "It calls itself \"" + shown + "\".");
}

}  // namespace in_rfc8489_14_14_software

extern const Check rfc8489_14_14_software;
const Check rfc8489_14_14_software{
    .id = "rfc8489/14.14/software",
    .title = "SOFTWARE",
    .level = Level::Information,
    .requirement =
        "A server should name its software (SOFTWARE), and the operator may want it not "
        "to be too precise.",
    .sends = "A Binding request and an Allocate request without credentials.",
    .conformant = "Answers with a SOFTWARE of less than 128 characters, or with none.",
    .run = in_rfc8489_14_14_software::run,
};

}  // namespace portolan::conformance
