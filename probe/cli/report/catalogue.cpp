#include "probe/cli/report/catalogue.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "ice-tests/precall/cause.hpp"

namespace portolan::nat_probe {
namespace {

std::string list_of_causes() {
    std::string out = "Reasons: network-blocks (the network explains it, see network/egress)";
    for (const precall::CauseRow& row : precall::cause_table()) {
        out += ", ";
        out += row.code.text();
    }
    return out + '.';
}

}  // namespace

std::span<const findings::FindingInfo> call_finding_table() {
    using report::Impact;
    using report::Severity;
    static const std::vector<findings::FindingInfo> kTable = {
        {"call/works",
         "Calls",
         Severity::Critical,
         Impact::BreaksCall,
         true,
         {{"RFC 8445", "2"}},
         {"Whether a call gets through at all: directly, or through a relay that gave an "
          "allocation and, where that was tried, carried data.",
          "It fails with severity critical where neither way is open, high where named relays "
          "cannot be used and only direct calls are left, and medium where no relay is named.",
          "Where the relay that a call takes first breaks calls (relay/quality is critical), one "
          "over another transport decides, if calls can be held through it; if through none, it "
          "fails (\"hardly-held\"), or is open where direct calls are possible.",
          "Servers on this computer show nothing of the way to others: with a relay there alone it "
          "is open (\"only-this-computer\")."}},
        {"call/expectation",
         "As expected",
         Severity::High,
         Impact::Cosmetic,
         false,
         {},
         {"With --expect: whether the network is what it is said to be. What is expected does not "
          "count as a failure elsewhere in the report, and says so (\"As expected\").",
          "relay-only: direct calls are not possible, and a relay works. no-udp: UDP does not get "
          "out, and a relay works over TCP or TLS. Open where that was not shown."}},
        {"network/names",
         "Names",
         Severity::High,
         Impact::BreaksCall,
         false,
         {{"RFC 8489", "8"}},
         {"Whether names can be looked up. One name that does not exist is that server's matter; "
          "a name service that does not answer is the network's. Names are asked three times "
          "within the time that is there, 3 s at most; less than 1 s shows nothing."}},
        {"network/egress",
         "Ways out",
         Severity::Medium,
         Impact::NeedsRelay,
         false,
         {{"RFC 8656", "3.1"}},
         {"What the network lets out, from all visits together. \"udp-blocked\" is said when "
          "nothing came back over UDP while a server that was asked over UDP answered STUN over "
          "TCP or TLS; \"only-443\" when also TCP to other ports than 80 and 443 came to nothing. "
          "What came back is named with a lone server: its own UDP may be broken. \"some-ports\", "
          "which is inconclusive: UDP comes back from servers, and the classification or a packet "
          "to a relay port that was lost speaks against its getting out to the ports of peers. "
          "\"preferred-way-dead\", with --all-interfaces: nothing comes back by the interface that "
          "the routing table sends by, and servers answer by another."}},
        {"network/ipv6",
         "IPv6",
         Severity::Low,
         Impact::Degrades,
         false,
         {{"RFC 8656", "3.9"}},
         {"Whether IPv6, where this host has a route for it, leads to the servers that have IPv6 "
          "addresses. One that leads nowhere makes calls begin later."}},
        {"network/captive-portal",
         "Login page",
         Severity::High,
         Impact::BreaksCall,
         false,
         {{"RFC 6585", "6"}},
         {"Whether the network wants a login first. Only a page that --check-url names is asked, "
          "one "
          "of the user's own that answers 204; nothing goes to hosts that nobody named. It fails "
          "where the answer is 511, which no origin server gives, or sends on to another host. Any "
          "other answer than 204 leaves it open: the page may not be made for this."}},
        {"network/clock",
         "Clock",
         Severity::Medium,
         Impact::NeedsRelay,
         false,
         {{"RFC 9110", "6.6.1"}},
         {"Whether this computer's clock and one that was seen agree within 60 s: the Date of the "
          "page that --check-url names. Certificates and time-limited credentials are judged by "
          "clocks. Which of the two is wrong is not said, because it cannot be known.",
          "Open where a server accepts a time-limited credential that by this clock has ended, or "
          "shows a certificate that by this clock is not valid yet."}},
        {"network/port-mapping",
         "Port mapping",
         Severity::Info,
         Impact::Cosmetic,
         false,
         {{"RFC 6886", "3.2"}, {"RFC 6887", "14.1"}},
         {"With --invasive: whether the router answers to UPnP IGD (by SSDP), NAT-PMP and PCP. "
          "Nothing "
          "is mapped: it is asked for its external address and to announce itself."}},
        {"ice/candidates",
         "Candidates",
         Severity::High,
         Impact::BreaksCall,
         false,
         {{"RFC 8445", "5.1"}},
         {"What libnice gathers here for a call: its own addresses, those that a STUN server sees "
          "(the first of the named servers that answered over UDP is asked), both by family and "
          "with their time, and relayed ones, of each relay in a trial of its own.",
          "Inconclusive where our own client has learnt an address outside of a NAT, and libnice "
          "has not: it asks in the form of RFC 3489, which servers need not answer."}},
        {"ice/sdp",
         "Descriptions",
         Severity::Low,
         Impact::Degrades,
         false,
         {{"RFC 8839", "5"}},
         {"Whether sdp-lint (profile sip: these are calls of plain RTP) has anything against the "
          "offers and answers that were made on the way. What it says of a description because of "
          "the addresses that this host has is left out here."}},
        {"server/reachable",
         "Reachable",
         Severity::Medium,
         Impact::Degrades,
         false,
         {{"RFC 8489", "6.2"}, {"RFC 8656", "3.1"}},
         {"Whether the server answers STUN over this transport, how long each step took, and if "
          "not, which step failed and why.",
          list_of_causes()}},
        {"relay/allocation",
         "Relay",
         Severity::Medium,
         Impact::NeedsRelay,
         false,
         {{"RFC 8656", "7"}},
         {"Whether the server gives an allocation for these credentials. High where no other named "
          "relay gives one.",
          "Open (quota-of-this-report) where the server refuses one more beside those that this "
          "report itself holds there. It fails (address-out-of-reach) where the relay's address is "
          "of the server's own host or network, and the server is reached from elsewhere."}},
        {"relay/credential",
         "Credential",
         Severity::Low,
         Impact::Degrades,
         false,
         {{"draft-uberti-behave-turn-rest-00", "2.2"}, {"RFC 8656", "3.2"}},
         {"Said of time-limited credentials that were accepted: when they end. Fails (ends-soon) "
          "where that is within ten minutes, which is how long an allocation lasts before it has "
          "to be prolonged: a call that begins later gets no relay with it."}},
        {"relay/from-outside",
         "From outside",
         Severity::Medium,
         Impact::NeedsRelay,
         false,
         {{"RFC 8656", "3.4"}},
         {"Whether a packet from a stranger, a fresh UDP socket of this host, reaches the relay. "
          "Binding requests on the same socket at the same times are the control. Where nothing "
          "arrives, either the relay ports are closed to the outside or this network lets UDP out "
          "to the server's own port alone: one server cannot tell these apart."}},
        {"relay/data",
         "Data",
         Severity::High,
         Impact::BreaksCall,
         false,
         {{"RFC 8656", "12"}},
         {"Whether media that goes out over one allocation comes back over another of the same "
          "server. A server may forbid that (403) and still serve calls, which a stranger's packet "
          "that reaches the relay shows; where nothing shows it, whether the relay serves calls "
          "is open. Medium where another named relay serves calls."}},
        {"relay/ice",
         "ICE",
         Severity::Medium,
         Impact::BreaksCall,
         false,
         {{"RFC 8445", "6.1"}, {"RFC 8656", "11"}},
         {"Two libnice agents on this host, which have nothing but a relay each on this server, "
          "exchange descriptions, connect, and send data both ways. libnice 0.1.21 has no TLS for "
          "TURN, so our own client carries its packets over TLS and DTLS, with verification.",
          "Where they fail, the cause is the one that our own client met on the same way; the "
          "severity is info then, because that is a finding of its own. libnice-fails: our own "
          "data gets through and libnice's does not."}},
        {"relay/quality",
         "Quality",
         Severity::Low,
         Impact::Degrades,
         false,
         {{"ITU-T G.107", "Annex B"}, {"RFC 3550", "6.4.1"}},
         {"How speech would sound if both sides reached the relay as this host does: 50 packets a "
          "second of G.711 out over one allocation and back over another, both ways at once.",
          "Thresholds: loss-high, when with 95 % confidence more than 1 % is lost; delay-high, "
          "when half of the packets take 150 ms or more there and back; jitter-high, when one in "
          "twenty takes 30 ms longer than the quickest; speech-poor, when R of the E-model is "
          "below 70 (many users dissatisfied). Severity: low with R from 70, medium from 60, high "
          "from 50, critical below. Over a transport that a call takes only when a better one "
          "fails it is info.",
          "Loss is that of the whole way; it is attributed only with controls: the same media over "
          "TCP through the same server, where nothing can be lost before the relay. Nothing here "
          "is a verdict on the server. Delays are not judged while this computer itself is late. "
          "Relays are measured one after the other; where the time is too short for that, what "
          "fails is left open (beside-others). In the loop both directions go up and down, so that "
          "a link needs twice what a call takes, 163 kbit/s each way; where packets over UDP then "
          "take 100 ms longer than the idle server's answer, what fails is left open (own-load)."}},
        {"relay/under-load",
         "Under load",
         Severity::Low,
         Impact::BreaksVideo,
         false,
         {},
         {"Audio and video through the relay that a call takes first, a megabit a second from "
          "either end of the loop, so that two go up and two come down: more than a call of one "
          "picture each way. How much of the video is lost, and how much later the audio comes "
          "than alone. Fails when with 95 % confidence more than 1 % of the video is lost while "
          "audio "
          "alone lost nothing like it, or when audio takes 100 ms longer."}},
        {"peers/reach",
         "Peers",
         Severity::Medium,
         Impact::NeedsRelay,
         false,
         {{"RFC 4787", "4.1"}, {"RFC 8445", "6.1"}},
         {"Who can be reached, and how: the NAT that was measured, and the relays that work, "
          "against every class of NAT that the other side may have, derived from the rules of RFC "
          "4787 and RFC 8445 alone. It is said of calls that this side makes: whoever answers "
          "checks "
          "first, and with a NAT that maps by the endpoint and lets everybody in, that may decide.",
          "The shares are those of the rows, weighted by how common networks are that give each "
          "destination another port: 11 % of peers (Halkes and Pouwelse, 2011), under 2 % of home "
          "routers and about 40 % of mobile networks (Richter et al., IMC 2016). All others are "
          "taken to filter by address and port, the least friendly assumption. They are shares of "
          "peers whose network lets UDP out: no figure of how many networks block it was found, so "
          "that such peers have a row and no share."}},
        {"peers/simulated",
         "Simulated",
         Severity::Low,
         Impact::Cosmetic,
         false,
         {{"RFC 8445", "8.1.1"}},
         {"Whether unmodified libnice, in nat-sim behind a NAT that maps and filters as was "
          "measured "
          "here, reaches the same kinds of peers as the rules say, with relays over the same "
          "transport. nat-sim is run as a process of its own when it is found beside this program. "
          "A network without UDP is no NAT, and is left out.",
          "An agent may nominate a relay before a direct pair is valid (RFC 8445 s8.1.1): that is "
          "counted, and differs from nothing."}},
        {"nat/simulated",
         "Simulated NAT",
         Severity::Info,
         Impact::Cosmetic,
         false,
         {{"RFC 4787", "4.1"}},
         {"Where no server is named: what this program's classification finds behind a home router "
          "that nat-sim simulates, with a STUN server beyond it. It is nobody's network."}},
    };
    return kTable;
}

report::Finding call_finding(std::string_view id, report::Verdict verdict, std::string value,
                             std::string summary) {
    const auto table = call_finding_table();
    const auto row = std::ranges::find(table, id, &findings::FindingInfo::id);
    assert(row != table.end());
    report::Finding out{
        .id = std::string(id), .title = std::string(row->title), .verdict = std::move(verdict)};
    out.severity = row->severity;
    out.impact = row->impact;
    out.decides = row->decides;
    out.references = row->references;
    out.value = std::move(value);
    out.summary = std::move(summary);
    return out;
}

report::Finding call_not_tested(std::string_view id, std::string_view why, std::string sentence) {
    auto reason = report::Reason::parse(why, std::move(sentence));
    return call_finding(
        id, report::Verdict::not_tested(reason ? *reason : report::Reason("unknown", "")), "", "");
}

std::vector<cli::CatalogueEntry> call_catalogue() {
    std::vector<cli::CatalogueEntry> out;
    for (const findings::FindingInfo& row : call_finding_table())
        out.push_back(findings::catalogue_entry(row));
    for (cli::CatalogueEntry& entry : findings::catalogue()) {
        if (!entry.id.starts_with("audit/")) out.push_back(std::move(entry));
    }
    return out;
}

}  // namespace portolan::nat_probe
