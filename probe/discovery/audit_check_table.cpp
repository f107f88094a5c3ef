#include "probe/discovery/server_check.hpp"

namespace portolan::discovery {

namespace {

using report::Requirement;

constexpr auto kMust = Requirement::Must;
constexpr auto kShould = Requirement::Should;
constexpr auto kMay = Requirement::May;

constexpr AuditCheckInfo kTable[] = {
    {"audit/answers", "Answers", kMust, "RFC 8489", "6.3.1.2",
     "Whether a Binding request is answered at all, by the address that was asked and with the "
     "transaction id of the request."},
    {"audit/success-response", "Success response", kMust, "RFC 8489", "6.3.1.1",
     "Whether a plain Binding request without credentials is answered with success. A server may "
     "ask "
     "for credentials (RFC 5780 s5.2), but then only those who have them can use it."},
    {"audit/replies-well-formed", "Replies are STUN", kMust, "RFC 8489", "5",
     "Whether everything that comes from the server is a STUN response to a Binding request. What "
     "is garbage, cut off, longer than it says, or no response is counted here."},
    {"audit/replies-agree", "Replies agree", kMust, "RFC 8489", "6.3.1",
     "Whether one request has one answer. Two that differ contradict each other, and no client can "
     "tell which of them is true."},
    {"audit/known-attributes", "Attributes are known", kMust, "RFC 8489", "6.3.3",
     "Whether responses have only comprehension-required attributes that some document defines. "
     "Clients must discard a response with an unknown one."},
    {"audit/xor-mapped-address", "XOR-MAPPED-ADDRESS", kMust, "RFC 8489", "6.3.1.1",
     "Whether every success response has XOR-MAPPED-ADDRESS."},
    {"audit/mapped-address", "MAPPED-ADDRESS", kMust, "RFC 5780", "6.1",
     "Whether a server of the discovery usage sends MAPPED-ADDRESS beside XOR-MAPPED-ADDRESS; "
     "comparing the two shows what rewrites addresses on the way."},
    {"audit/mapped-address-possible", "Mapped addresses are possible", kMust, "RFC 8489", "6.3.1.1",
     "Whether the mapped addresses are such that a request can have come from them: a port other "
     "than 0, the address of one host, the family that was asked over."},
    {"audit/response-origin-present", "RESPONSE-ORIGIN", kMust, "RFC 5780", "6.1",
     "Whether every success response of a server of the discovery usage has RESPONSE-ORIGIN."},
    {"audit/response-origin-true", "RESPONSE-ORIGIN is true", kMust, "RFC 5780", "7.3",
     "Whether RESPONSE-ORIGIN is the address that the response came from, on all four addresses."},
    {"audit/other-address-present", "OTHER-ADDRESS", kShould, "RFC 5780", "6",
     "Whether the server names an alternate address. Without one it is a plain STUN server, which "
     "is "
     "no fault."},
    {"audit/other-address-distinct", "OTHER-ADDRESS differs", kMust, "RFC 5780", "6.1",
     "Whether the alternate address differs from the server's own in IP address and in port. With "
     "the "
     "same IP address every NAT looks as if it let everything in."},
    {"audit/other-address-public", "OTHER-ADDRESS is public", kShould, "RFC 5780", "6",
     "Whether the alternate address is as public as the server's own. A private one is the inside "
     "of "
     "a NAT before the server."},
    {"audit/other-address-answers", "Alternate addresses answer", kShould, "RFC 5780", "6",
     "Whether the other three combinations of address and port answer plain requests. One that "
     "does "
     "not makes clients report an address-dependent NAT."},
    {"audit/other-address-consistent", "OTHER-ADDRESS from all sides", kMust, "RFC 5780", "6.1",
     "Whether OTHER-ADDRESS, asked from each of the four, names the one with the other address and "
     "the other port (Table 1)."},
    {"audit/change-request-none", "CHANGE-REQUEST without flags", kMust, "RFC 5780", "6.1",
     "Whether CHANGE-REQUEST with neither flag is answered from where it was asked."},
    {"audit/change-request-ip", "CHANGE-REQUEST, IP", kMust, "RFC 5780", "6.1",
     "Whether the response comes from the other IP address and the same port."},
    {"audit/change-request-port", "CHANGE-REQUEST, port", kMust, "RFC 5780", "6.1",
     "Whether the response comes from the same IP address and the other port."},
    {"audit/change-request-both", "CHANGE-REQUEST, both", kMust, "RFC 5780", "6.1",
     "Whether the response comes from the other IP address and the other port."},
    {"audit/change-request-refused", "CHANGE-REQUEST is refused", kMust, "RFC 5780", "6",
     "Whether a server without an alternate address refuses CHANGE-REQUEST with 420. One that "
     "ignores it makes every NAT look as if it let everything in."},
    {"audit/response-port", "RESPONSE-PORT", kMay, "RFC 5780", "7.5",
     "Whether the response goes to the port that RESPONSE-PORT names. Support is optional; it is "
     "needed to measure how long a NAT keeps a binding."},
    {"audit/padding", "PADDING", kMust, "RFC 5780", "6.1",
     "Whether a request with PADDING is answered with PADDING. Silence proves nothing: the "
     "response "
     "may be longer than the path carries in one piece."},
    {"audit/response-port-with-padding-refused", "RESPONSE-PORT with PADDING", kMust, "RFC 5780",
     "6.1",
     "Whether a request with both is refused with 400. Otherwise the server can be made to send "
     "long "
     "packets to others."},
    {"audit/unknown-attribute-420", "Unknown attribute", kMust, "RFC 8489", "6.3.1",
     "Whether an unknown comprehension-required attribute is refused with 420 and named in "
     "UNKNOWN-ATTRIBUTES."},
    {"audit/no-alternate-server", "ALTERNATE-SERVER", kMust, "RFC 5780", "6.1",
     "Whether ALTERNATE-SERVER is kept out of responses with attributes of the discovery usage."},
    {"audit/fingerprint", "FINGERPRINT", kMust, "RFC 8489", "7",
     "Whether a request with FINGERPRINT is answered, and whether every FINGERPRINT in a response "
     "is right. Clients must discard a response with a wrong one."},
    {"audit/rfc3489-form", "RFC 3489 clients", kMay, "RFC 8489", "11",
     "Whether a request without magic cookie is answered. For information: nobody has to."},
    {"audit/tcp", "TCP", kMay, "RFC 5780", "6",
     "Whether the server accepts TCP connections. Only that: nothing is asked over them."},
    {"audit/usable-for-mapping", "Usable for mapping", kShould, "RFC 5780", "4.3",
     "Whether this server alone can show how a NAT maps: four addresses that answer with the "
     "address "
     "they see."},
    {"audit/usable-for-filtering", "Usable for filtering", kShould, "RFC 5780", "4.4",
     "Whether this server can show what a NAT lets in: true addresses, and CHANGE-REQUEST "
     "honoured."},
    {"audit/usable-for-lifetime", "Usable for lifetime", kShould, "RFC 5780", "4.6",
     "Whether this server can show how long a NAT keeps a binding: it honours RESPONSE-PORT."},
};

}  // namespace

std::span<const AuditCheckInfo> audit_check_table() {
    return kTable;
}

std::string_view to_string(AuditStep step) {
    switch (step) {
        case AuditStep::Primary:
            return "primary";
        case AuditStep::SecondSocket:
            return "second-socket";
        case AuditStep::AlternatePort:
            return "alternate-port";
        case AuditStep::AlternateAddress:
            return "alternate-address";
        case AuditStep::Alternate:
            return "alternate";
        case AuditStep::ResponsePort:
            return "response-port";
        case AuditStep::ResponsePortPadding:
            return "response-port-padding";
        case AuditStep::ChangeNone:
            return "change-none";
        case AuditStep::UnknownAttribute:
            return "unknown-attribute";
        case AuditStep::Padding:
            return "padding";
        case AuditStep::Fingerprint:
            return "fingerprint";
        case AuditStep::Classic:
            return "rfc3489";
        case AuditStep::ChangeIp:
            return "change-ip";
        case AuditStep::ChangePort:
            return "change-port";
        case AuditStep::ChangeBoth:
            return "change-both";
    }
    return "";
}

}  // namespace portolan::discovery
