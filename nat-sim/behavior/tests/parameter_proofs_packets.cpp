// Parameters 11 to 23: what happens to packets, and when.

#include <algorithm>
#include <sstream>

#include "nat-sim/behavior/tests/parameter_proofs.hpp"
#include "nat-sim/behavior/tests/proof.hpp"

namespace portolan::nat::test::proofs {

std::string exhaustion(Sabotage sabotage) {
    Proof proof;
    const auto third = [&](Exhaustion reaction) {
        Parameters p;
        p.exhaustion = reaction;
        p.capacity.max_mappings_count = 2;
        Lab lab(p, box_addresses(), sabotage);
        lab.map("192.168.1.2:1001", kX);
        lab.map("192.168.1.2:1002", kX);
        lab.map("192.168.1.2:1001", kX);
        const Fate fate = lab.out(udp(kHost, kX));
        std::ostringstream text;
        text << to_string(fate.outcome.reason);
        for (const Emission& extra : fate.outcome.extra) {
            const View v = view(extra.bytes);
            text << " " << int{v.icmp_type} << "/" << int{v.icmp_code} << " to " << v.to.ip;
        }
        const bool first_lives = lab.reach(kX, "198.51.100.1:1001").has_value();
        const bool second_lives = lab.reach(kX, "198.51.100.1:1002").has_value();
        if (!first_lives) text << " first gone";
        if (!second_lives) text << " second gone";
        proof.holds(lab.nat.invariants_hold() && lab.broken == 0, "tables or packets are broken");
        return text.str();
    };
    proof.equal(third(Exhaustion::Silent), "capacity", "silent");
    proof.equal(third(Exhaustion::HostUnreachable), "capacity 3/1 to 192.168.1.2", "3/1");
    proof.equal(third(Exhaustion::AdminProhibited), "capacity 3/13 to 192.168.1.2", "3/13");
    proof.equal(third(Exhaustion::EvictLru), "created second gone", "not the oldest goes");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

/// Measured on Linux 6.18: the peer's packet first, to a router whose INPUT chain accepts, and the
/// hole is punched from another port than the STUN server saw.
std::string inbound_first(Sabotage sabotage) {
    Proof proof;
    const auto punched = [&](InboundFirst mode) {
        Parameters p = rules(kApdm, kApdf);
        p.port_allocation.overlap = true;
        p.conflict.stickiness = Stickiness::Source;
        p.unsolicited.inbound_first = mode;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        const Fate early = lab.in(udp(kY, kOutside));
        proof.holds(!early.passed(), "the stranger got in");
        const auto got = lab.map(kHost, kY);
        proof.holds(lab.nat.invariants_hold(), "the tables contradict each other");
        return got ? got->port : 0;
    };
    proof.equal(punched(InboundFirst::Off), 5000, "the port changed");
    const int moved = punched(InboundFirst::Accept);
    proof.holds(moved != 0 && moved != 5000, "the port did not change");
    // Where one mapping serves all remotes, the tuple is the mapping's from the first.
    Parameters shared = rules(kEim, kAdf);
    shared.unsolicited.inbound_first = InboundFirst::Accept;
    for (const auto filtering : {kAdf, kApdf}) {
        shared.filtering.udp = filtering;
        Lab eim(shared, box_addresses(), sabotage);
        eim.map(kHost, kX);
        proof.equal(eim.in(udp(kY, kOutside)).outcome.reason, Reason::Filtered,
                    "the box takes what is the mapping's");
        proof.equal(eim.map(kHost, kY), kOutside, "the mapping moved");
        proof.equal(eim.reach(kY, kOutside), kHost, "the answer is kept out");
    }
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string unsolicited_answer(Sabotage sabotage) {
    Proof proof;
    const auto box = [&](UdpAnswer udp_answer, TcpAnswer tcp_answer, Time wait = Time{0}) {
        Parameters p = rules(kEim, kApdf);
        p.unsolicited.udp_answer = udp_answer;
        p.unsolicited.tcp_answer = tcp_answer;
        p.timers.tcp_unsolicited_syn = wait;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        lab.out(tcp(kHost, kX, kSyn));
        return lab;
    };
    const auto heard = [&](const std::vector<Emission>& sent, const Bytes& about) {
        std::ostringstream text;
        for (const Emission& each : sent) {
            const View v = view(each.bytes);
            const View asked = view(about);
            proof.holds(v.valid, "an answer is damaged");
            proof.holds(
                each.out == Side::Outside && v.to.ip == asked.from.ip && v.from.ip == asked.to.ip,
                "the answer goes elsewhere");
            if (v.protocol == 6) {
                proof.holds(v.from == asked.to && v.to == asked.from, "the RST is of another");
                text << "tcp " << int{v.tcp_flags};
            } else {
                const View quoted = view(v.payload, false);
                proof.holds(quoted.from == asked.from && quoted.to == asked.to,
                            "the answer quotes another packet");
                text << "icmp " << int{v.icmp_type} << "/" << int{v.icmp_code};
            }
        }
        return text.str();
    };
    const auto answer = [&](Lab& lab, const Bytes& packet) {
        const Fate fate = lab.in(packet);
        proof.holds(!fate.passed() && lab.broken == 0, "it got in, or the answer is damaged");
        return heard(fate.outcome.extra, packet);
    };
    const Bytes datagram = udp(kY, kOutside);
    const Bytes elsewhere = udp(kY, "198.51.100.1:9");
    const Bytes syn = tcp(kY, kOutside, kSyn);
    Lab silent = box(UdpAnswer::Silent, TcpAnswer::Silent);
    for (const Bytes& packet : {datagram, elsewhere, syn})
        proof.equal(answer(silent, packet), "", "it is not silent");
    Lab refuses = box(UdpAnswer::PortUnreachable, TcpAnswer::PortUnreachable);
    for (const Bytes& packet : {datagram, elsewhere, syn})
        proof.equal(answer(refuses, packet), "icmp 3/3", "no Port Unreachable");
    Lab resets = box(UdpAnswer::Silent, TcpAnswer::Reset);
    proof.equal(answer(resets, datagram), "", "UDP is answered as TCP is");
    proof.equal(answer(resets, syn), "tcp 20", "a SYN is not reset, or acknowledges nothing");
    proof.equal(answer(resets, tcp(kY, kOutside, kAck)), "tcp 4", "an ACK is not reset");
    proof.equal(answer(resets, tcp(kY, kOutside, kRst)), "", "an RST is answered");
    // RFC 5382 REQ-4: whatever the answer is, a SYN can be made to wait for it.
    Lab patient = box(UdpAnswer::Silent, TcpAnswer::Reset, 6s);
    proof.equal(answer(patient, syn), "", "the SYN was refused at once");
    patient.wait(6s);
    proof.equal(heard(patient.nat.take_due(patient.now), syn), "tcp 20", "no RST in the end");
    // What is somebody's own address is answered by nobody else.
    Parameters p = rules(kEim, kApdf);
    p.kind.ipv4 = Translation::OneToOne;
    p.unsolicited.udp_answer = UdpAnswer::PortUnreachable;
    Lab one_to_one(p, box_addresses(), sabotage);
    proof.equal(answer(one_to_one, datagram), "", "it speaks for a host");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string protocol_coupling(Sabotage sabotage) {
    Proof proof;
    const auto tcp_in = [&](bool coupled) {
        Parameters p = rules(kEim, kEif);
        p.protocol_coupling = coupled;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        const bool in = lab.in(tcp(kY, kOutside, kSyn)).passed();
        proof.holds(lab.nat.invariants_hold() && lab.broken == 0, "tables or packets are broken");
        return in;
    };
    proof.holds(!tcp_in(false), "TCP comes in by a UDP mapping");
    proof.holds(tcp_in(true), "TCP does not come in by a UDP mapping");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string icmp(Sabotage sabotage) {
    Proof proof;
    const auto error = [&](IcmpMode mode, bool* alive) {
        Parameters p;
        p.icmp = mode;
        Lab lab(p, box_addresses(), sabotage);
        const Fate sent = lab.out(udp(kHost, kX));
        Fate fate = lab.in(icmp_error("203.0.113.254", "198.51.100.1", 3, 3, sent.bytes));
        *alive = lab.reach(kX, kOutside).has_value();
        proof.holds(lab.broken == 0, "a packet left with a wrong checksum or length");
        return fate;
    };
    bool alive = false;
    Fate fate = error(IcmpMode::Translate, &alive);
    proof.equal(fate.outcome.reason, Reason::IcmpErrorTranslated, "errors are not translated");
    proof.holds(alive, "an error killed the mapping");
    proof.equal(fate.view.to.ip, kHost.ip, "the error does not reach the host");
    const View quoted = view(fate.view.payload, true);
    proof.holds(quoted.valid, "the quoted packet's checksums are wrong");
    proof.equal(quoted.from, kHost, "the quoted packet is not the one that was sent");
    fate = error(IcmpMode::Drop, &alive);
    proof.equal(fate.outcome.reason, Reason::IcmpDropped, "errors are not dropped");
    proof.holds(alive, "an error that was dropped killed the mapping");
    fate = error(IcmpMode::KillsMapping, &alive);
    proof.holds(fate.passed() && !alive, "the mapping survived");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string fragments_case(Sabotage sabotage) {
    Proof proof;
    const Bytes payload(1400, std::byte{'x'});
    const auto through = [&](FragmentMode mode, bool backwards) {
        Parameters p;
        p.fragments = mode;
        Lab lab(p, box_addresses(), sabotage);
        auto parts = fragments(udp(kHost, kX, payload), 480);
        if (backwards) std::reverse(parts.begin(), parts.end());
        std::size_t bytes = 0;
        for (const Bytes& part : parts) {
            const Fate fate = lab.out(part);
            if (!fate.passed()) continue;
            proof.equal(fate.view.from.ip, kOutside.ip, "a fragment kept its source");
            bytes += fate.bytes.size() - fate.view.header_size;
            for (const Emission& extra : fate.outcome.extra)
                bytes += extra.bytes.size() - 20;
        }
        proof.holds(lab.broken == 0, "a packet left with a wrong checksum or length");
        return bytes;
    };
    proof.equal(through(FragmentMode::Reassemble, false), 1408U, "fragments were lost");
    proof.equal(through(FragmentMode::Reassemble, true), 1408U, "late first fragments were lost");
    proof.equal(through(FragmentMode::Track, false), 1408U, "tracked fragments were lost");
    proof.holds(through(FragmentMode::Track, true) < 1408U, "tracking waits for first fragments");
    proof.equal(through(FragmentMode::Drop, false), 0U, "fragments were not dropped");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string alg(Sabotage sabotage) {
    Proof proof;
    const auto inbound = [&](Alg mode, const Address& server, const Bytes& payload) {
        Parameters p;
        p.alg = mode;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, server);
        const Fate fate = lab.in(udp(server, kOutside, payload));
        proof.holds(lab.broken == 0, "a packet left with a wrong checksum or length");
        return fate.view.payload;
    };
    // A Binding response whose MAPPED-ADDRESS is 198.51.100.1:5000.
    Bytes stun =
        bytes_of(std::string("\x01\x01\x00\x0c\x21\x12\xa4\x42", 8) + std::string(12, 't') +
                 std::string("\x00\x01\x00\x08\x00\x01\x13\x88\xc6\x33\x64\x01", 12));
    proof.equal(inbound(Alg::Off, kX, stun), stun, "a payload was changed");
    Bytes changed = stun;
    std::copy_n(bytes_of(std::string("\x13\x88\xc0\xa8\x01\x02", 6)).begin(), 6,
                changed.begin() + 26);
    proof.equal(inbound(Alg::Stun, kX, stun), changed, "MAPPED-ADDRESS was not rewritten");
    Parameters p;
    p.alg = Alg::Sip;
    Lab lab(p, box_addresses(), sabotage);
    const std::string body = "c=IN IP4 192.168.1.2\r\n";
    const Bytes invite = bytes_of(
        "INVITE sip:a SIP/2.0\r\nContact: <sip:b@192.168.1.2:5060>\r\n"
        "Via: 192.168.1.20\r\nContent-Length: 22\r\n\r\n" +
        body);
    const Bytes wanted = bytes_of(
        "INVITE sip:a SIP/2.0\r\nContact: <sip:b@198.51.100.1:5060>\r\n"
        "Via: 192.168.1.20\r\nContent-Length: 23\r\n\r\n"
        "c=IN IP4 198.51.100.1\r\n");
    const Fate fate = lab.out(udp("192.168.1.2:5060", "203.0.113.9:5060", invite));
    proof.equal(fate.view.payload, wanted, "SIP was not rewritten");
    return proof.result(lab);
}

std::string events(Sabotage sabotage) {
    Proof proof;
    {
        Parameters p;
        p.events.reboot_at = {10s, 20s};
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        proof.holds(lab.reach(kX, kOutside).has_value(), "it rebooted too early");
        lab.now = 10s;
        proof.equal(lab.in(udp(kX, kOutside)).outcome.reason, Reason::NoMapping, "no reboot");
        lab.map(kHost, kX);
        lab.now = 20s;
        proof.holds(!lab.reach(kX, kOutside), "no second reboot");
    }
    {
        Parameters p;
        p.events.address_change_at = {10s};
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        lab.now = 11s;
        proof.equal(lab.in(udp(kX, kOutside)).outcome.reason, Reason::NotOurs,
                    "the address stayed");
        proof.equal(lab.map(kHost, kX), Address("198.51.100.200:5000"), "it is no spare address");
    }
    Parameters p = rules(kEim, kApdf);
    p.events.overload_at_mappings_count = 3;
    Lab lab(p, box_addresses(), sabotage);
    const auto ports = [&](const Address& host) {
        const auto one = lab.map(host, kX);
        const auto two = lab.map(host, kY);
        return one == two;
    };
    proof.holds(ports("192.168.1.2:1001"), "the rule changed without load");
    proof.holds(ports("192.168.1.2:1002"), "the rule changed too early");
    proof.holds(!ports("192.168.1.2:1003"), "the rule did not change under load");
    return proof.result(lab);
}

/// A NAT-PMP request for UDP port 7000 (RFC 6886 s3.3), then a stranger's packet.
std::string port_control(Sabotage sabotage) {
    Proof proof;
    const auto ask = [&](PortControl mode, bool pcp) {
        Parameters p = rules(kApdm, kApdf);
        p.port_control = mode;
        Lab lab(p, box_addresses(), sabotage);
        Bytes request = bytes_of(std::string("\0\1\0\0\x1b\x58\x1f\x40\0\0\0\x64", 12));
        if (pcp) {
            request =
                bytes_of(std::string("\2\1\0\0\0\0\0\x64", 8) + std::string(10, '\0') +
                         std::string("\xff\xff\xc0\xa8\1\2", 6) + std::string(12, 'n') +
                         std::string("\x11\0\0\0\x1b\x58\x1f\x40", 8) + std::string(16, '\0'));
        }
        const Fate fate = lab.out(udp("192.168.1.2:9999", "192.168.1.1:5351", request));
        std::string text = fate.outcome.extra.empty() ? "silent" : "answered";
        if (!fate.outcome.extra.empty()) {
            const View v = view(fate.outcome.extra[0].bytes);
            const std::size_t at = pcp ? 42 : 10;
            if (v.valid && v.payload.size() > at + 1 && v.payload[3] == std::byte{0}) {
                text += " " + std::to_string(std::to_integer<int>(v.payload[at]) * 256 +
                                             std::to_integer<int>(v.payload[at + 1]));
            }
        }
        text += lab.reach(kY, "198.51.100.1:8000") ? " open" : " closed";
        const auto out = lab.map("192.168.1.2:7000", kX);
        if (out && out->port == 8000) text += " used";
        lab.wait(101s);
        text += lab.reach("203.0.113.11:1", "198.51.100.1:8000") ? " open" : " closed";
        proof.holds(lab.nat.invariants_hold() && lab.broken == 0, "tables or packets are broken");
        return text;
    };
    proof.equal(ask(PortControl::Off, false), "silent closed closed", "off answers");
    for (const bool pcp : {false, true}) {
        const std::string on = ask(PortControl::On, pcp);
        proof.equal(on, "answered 8000 open used closed", "on: " + on);
        proof.equal(ask(PortControl::Lies, pcp), "answered 8000 closed closed", "lies");
    }
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string forwarding(Sabotage sabotage) {
    Proof proof;
    const auto send = [&](const Parameters& p, const Bytes& packet) {
        Lab lab(p, box_addresses(), sabotage);
        Fate fate = lab.out(packet);
        proof.holds(lab.broken == 0, "a packet left with a wrong checksum or length");
        proof.holds(fate.passed() || lab.nat.statistics().mappings_count == 0,
                    "a packet that was not forwarded made a mapping");
        return fate;
    };
    Fate fate = send({}, udp(kHost, kX, bytes_of("x"), {.ttl = 1}));
    proof.equal(fate.outcome.reason, Reason::TtlExceeded, "TTL 1 was forwarded");
    proof.equal(fate.outcome.extra.size(), 1U, "nobody was told");
    if (!fate.outcome.extra.empty()) {
        const View v = view(fate.outcome.extra[0].bytes);
        proof.equal(v.icmp_type, 11, "it is not Time Exceeded");
        proof.equal(v.from, Address("192.168.1.1"), "it does not come from the inside address");
        proof.equal(view(v.payload, false).from, kHost, "it quotes a translated packet");
    }
    Parameters p;
    p.forwarding.decrement_ttl = false;
    fate = send(p, udp(kHost, kX, bytes_of("x"), {.ttl = 1}));
    proof.equal(fate.view.ttl, 1, "TTL was changed");
    p = {};
    p.forwarding.send_errors = false;
    fate = send(p, udp(kHost, kX, bytes_of("x"), {.ttl = 1}));
    proof.holds(fate.outcome.extra.empty(), "an error was sent");
    p = {};
    p.forwarding.mtu_outside_bytes = 600;
    const Bytes big(1000, std::byte{'x'});
    fate = send(p, udp(kHost, kX, big, {.dont_fragment = true}));
    proof.equal(fate.outcome.reason, Reason::TooBig, "DF was not honoured");
    if (!fate.outcome.extra.empty()) {
        const View v = view(fate.outcome.extra[0].bytes);
        proof.holds(v.icmp_type == 3 && v.icmp_code == 4, "it is not Fragmentation Needed");
        proof.equal(v.icmp_rest & 0xFFFF, 600U, "the MTU is not the next link's");
    }
    fate = send(p, udp(kHost, kX, big));
    proof.holds(fate.passed() && fate.outcome.extra.size() == 1 && fate.view.more_fragments,
                "it was not fragmented");
    p.forwarding.honour_dont_fragment = false;
    fate = send(p, udp(kHost, kX, big, {.dont_fragment = true}));
    proof.holds(fate.passed() && !fate.view.dont_fragment, "DF was not cleared");
    fate = send({}, udp(kHost, kX));
    proof.equal(fate.view.ttl, 63, "TTL was not counted");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string realms(Sabotage sabotage) {
    Proof proof;
    const auto reason = [&](Realms mode) {
        Parameters p;
        p.realms = mode;
        BoxAddresses a = box_addresses();
        a.outside_v4 = {*parse_ipv4("192.168.1.77")};  // behind another NAT with the same network
        Lab lab(p, a, sabotage);
        return lab.out(udp(kHost, "192.168.1.99:53")).outcome.reason;
    };
    proof.equal(reason(Realms::Separate), Reason::Created, "equal networks are not kept apart");
    proof.equal(reason(Realms::Confused), Reason::RealmConflict, "equal networks are kept apart");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string seed(Sabotage sabotage) {
    Proof proof;
    const auto ports = [&](std::uint64_t parameter, std::uint64_t run) {
        Parameters p;
        p.seed = parameter;
        p.port_allocation.strategy = PortStrategy::Random;
        Lab lab(p, box_addresses(), sabotage, run);
        std::string text;
        for (std::uint16_t i = 0; i < 8; ++i) {
            text += std::to_string(
                        lab.map({"192.168.1.2", static_cast<std::uint16_t>(5000 + i)}, kX)->port) +
                    " ";
        }
        return text;
    };
    proof.equal(ports(1, 1), ports(1, 1), "equal seeds, other ports");
    proof.holds(ports(1, 1) != ports(2, 1), "the parameter does not count");
    proof.holds(ports(1, 1) != ports(1, 2), "the seed of the run does not count");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string kind(Sabotage sabotage) {
    Proof proof;
    {
        Parameters p;
        p.kind.ipv4 = Translation::OneToOne;
        Lab lab(p, box_addresses(4), sabotage);
        proof.equal(lab.map("192.168.1.2:5000", kX), Address("198.51.100.2:5000"), "1:1 out");
        proof.equal(lab.map("192.168.1.3:5000", kX), Address("198.51.100.3:5000"), "1:1 another");
        proof.equal(lab.reach(kX, "198.51.100.2:5000"), kHost, "1:1 in");
        proof.holds(!lab.reach(kY, "198.51.100.2:5000"), "1:1 does not filter");
        proof.holds(!lab.map("192.168.1.9:5000", kX), "1:1 has more hosts than addresses");
    }
    {
        Parameters p;
        p.kind.ipv4 = Translation::Off;
        Lab lab(p, box_addresses(), sabotage);
        proof.equal(lab.out(udp(kHost, kX)).outcome.reason, Reason::Ipv4Off, "IPv4 goes out");
        proof.holds(!lab.reach(kX, "198.51.100.1:5000"), "IPv4 comes in");
    }
    Parameters p;
    p.kind.ipv4 = Translation::None;
    Lab lab(p, box_addresses(), sabotage);
    proof.equal(lab.map(kHost, kX), kHost, "a firewall translates");
    proof.equal(lab.reach(kX, kHost), kHost, "a firewall does not let answers in");
    proof.holds(!lab.reach(kY, kHost), "a firewall lets strangers in");
    return proof.result(lab);
}

std::string policy(Sabotage sabotage) {
    Proof proof;
    Parameters p = rules(kEim, kEif);
    p.policy.udp = false;
    p.policy.tcp_in = false;
    p.policy.web_only = true;
    Lab lab(p, box_addresses(), sabotage);
    proof.equal(lab.out(udp(kHost, kX)).outcome.reason, Reason::UdpBlocked, "UDP passes");
    proof.equal(lab.in(udp(kX, kOutside)).outcome.reason, Reason::UdpBlocked, "UDP comes in");
    proof.equal(lab.out(tcp(kHost, "203.0.113.9:3478", kSyn)).outcome.reason, Reason::WebOnly,
                "TCP to other ports passes");
    proof.holds(lab.out(tcp(kHost, "203.0.113.9:443", kSyn)).passed(), "TCP to 443 does not pass");
    proof.equal(lab.in(tcp(kY, kOutside, kSyn)).outcome.reason, Reason::TcpInBlocked,
                "connections come in");
    proof.holds(lab.in(tcp("203.0.113.9:443", kOutside, kSyn | kAck)).passed(),
                "the server cannot answer");
    Parameters open;
    open.kind.ipv4 = Translation::OneToOne;
    open.policy.open_inbound = true;
    Lab static_nat(open, box_addresses(4), sabotage);
    proof.equal(static_nat.reach(kY, "198.51.100.2:777"), Address("192.168.1.2:777"),
                "open_inbound does not let in");
    Parameters answering = rules(kEim, kEif);
    answering.policy.web_only = true;
    for (const bool is_open : {false, true}) {
        answering.kind.ipv4 = is_open ? Translation::None : Translation::AddressAndPort;
        answering.policy.open_inbound = is_open;
        Lab web(answering, box_addresses(), sabotage);
        web.out(tcp(kHost, "203.0.113.9:443", kSyn));
        proof.holds(web.in(tcp(kY, is_open ? kHost : kOutside, kSyn)).passed(),
                    "a connection does not come in");
        proof.holds(web.out(tcp(kHost, kY, kSyn | kAck)).passed(),
                    "web_only drops the answer to what was let in");
        proof.equal(web.out(tcp(kHost, kX, kSyn)).outcome.reason, Reason::WebOnly,
                    "web_only lets a connection out");
    }
    Parameters loose = rules(kEim, kApdf);
    Lab strict(loose, box_addresses(), sabotage);
    proof.equal(strict.out(tcp(kHost, kX, kAck)).outcome.reason, Reason::TcpWithoutSession,
                "an unknown connection passes");
    loose.policy.tcp_pick_up = true;
    Lab again(loose, box_addresses(), sabotage);
    proof.holds(again.out(tcp(kHost, kX, kAck)).passed(), "tcp_pick_up does not let out");
    again.wait(loose.timers.tcp_opening + 1s);
    proof.holds(again.in(tcp(kX, kOutside, kAck)).passed(), "tcp_pick_up does not let answers in");
    proof.equal(strict.out(tcp(kHost, kY, kFin | kAck)).outcome.reason, Reason::TcpWithoutSession,
                "the end of an unknown connection passes");
    return proof.result(lab);
}

}  // namespace portolan::nat::test::proofs
