#include <sys/ioctl.h>

#include "nat-sim/virtual/tests/semantics_support.hpp"

namespace portolan::socket_semantics {
namespace {

void bind_twice_is_refused(Report& report) {
    const Fd a(udp());
    EXPECT_SAME(bind_to(a, "127.0.0.1", 0), 0);
    const int port = local_name(a).port();
    const Fd same(udp());
    EXPECT_SAME(bind_to(same, "127.0.0.1", port), EADDRINUSE);
    const Fd wildcard(udp());
    EXPECT_SAME(bind_to(wildcard, "0.0.0.0", port), EADDRINUSE);
    const Fd other_address(udp());
    EXPECT_SAME(bind_to(other_address, "127.0.0.2", port), 0);
    EXPECT_SAME(bind_to(a, "127.0.0.1", 0), EINVAL);  // bound already
}

void reuse_address_shares_when_both_ask(Report& report) {
    const Fd a(udp());
    EXPECT_SAME(set(a, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    EXPECT_SAME(bind_to(a, "127.0.0.1", 0), 0);
    const int port = local_name(a).port();
    const Fd without(udp());
    EXPECT_SAME(bind_to(without, "127.0.0.1", port), EADDRINUSE);
    const Fd with(udp());
    EXPECT_SAME(set(with, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    EXPECT_SAME(bind_to(with, "127.0.0.1", port), 0);
}

void foreign_address_cannot_be_bound(Report& report) {
    const Fd a(udp());
    EXPECT_SAME(bind_to(a, kUnroutedV4, 0), EADDRNOTAVAIL);
    const Fd b(udp(AF_INET6));
    EXPECT_SAME(bind_to(b, kUnroutedV6, 0), EADDRNOTAVAIL);
    const Fd c(udp());
    EXPECT_SAME(bind_to(c, "::1", 0), EAFNOSUPPORT);
}

void families_share_ports_only_with_v6only(Report& report) {
    const Fd dual(udp(AF_INET6));
    EXPECT_SAME(get(dual, IPPROTO_IPV6, IPV6_V6ONLY), 0);
    EXPECT_SAME(bind_to(dual, "::", 0), 0);
    const int port = local_name(dual).port();
    const Fd v4(udp());
    EXPECT_SAME(bind_to(v4, "0.0.0.0", port), EADDRINUSE);
    EXPECT_SAME(set(dual, IPPROTO_IPV6, IPV6_V6ONLY, 1), EINVAL);  // too late

    const Fd only(udp(AF_INET6));
    EXPECT_SAME(set(only, IPPROTO_IPV6, IPV6_V6ONLY, 1), 0);
    EXPECT_SAME(bind_to(only, "::", 0), 0);
    const Fd beside(udp());
    EXPECT_SAME(bind_to(beside, "0.0.0.0", local_name(only).port()), 0);
    EXPECT_SAME(send_to(only, "::ffff:127.0.0.1", 9), ENETUNREACH);
    const Fd mapped(udp(AF_INET6));
    EXPECT_SAME(set(mapped, IPPROTO_IPV6, IPV6_V6ONLY, 1), 0);
    EXPECT_SAME(bind_to(mapped, "::ffff:127.0.0.1", 0), EINVAL);
}

void names_of_sockets(Report& report) {
    const Fd a(udp());
    EXPECT_SAME(local_name(a).ip(), "0.0.0.0");
    EXPECT_SAME(local_name(a).port(), 0);
    EXPECT_SAME(bind_to(a, "0.0.0.0", 0), 0);
    EXPECT_SAME(local_name(a).ip(), "0.0.0.0");
    EXPECT_HOLDS(local_name(a).port() >= 1024);
    Name peer;
    peer.length = sizeof peer.storage;
    EXPECT_SAME(outcome(::getpeername(a.get(), peer.get(), &peer.length)), ENOTCONN);
    EXPECT_SAME(connect_to(a, "127.0.0.1", 9), 0);
    EXPECT_SAME(local_name(a).ip(), "127.0.0.1");
    EXPECT_SAME(outcome(::getpeername(a.get(), peer.get(), &peer.length)), 0);
    EXPECT_SAME(peer.port(), 9);
    // Dissolving the association gives back what it had chosen.
    sockaddr none{};
    none.sa_family = AF_UNSPEC;
    EXPECT_SAME(outcome(::connect(a.get(), &none, sizeof none)), 0);
    EXPECT_SAME(local_name(a).ip(), "0.0.0.0");
    EXPECT_SAME(send_on(a), EDESTADDRREQ);
    const Fd six(udp(AF_INET6));
    EXPECT_SAME(local_name(six).ip(), "::");
}

void datagrams_keep_their_edges(Report& report) {
    const Fd a(udp());
    const Fd b(udp());
    bind_to(a, "127.0.0.1", 0);
    bind_to(b, "127.0.0.1", 0);
    EXPECT_SAME(read_from(b).error_number, EAGAIN);
    EXPECT_SAME(wait_for(b, POLLIN, 50), 0);
    EXPECT_SAME(wait_for(b, POLLOUT), POLLOUT);
    EXPECT_SAME(send_to(a, "127.0.0.1", local_name(b).port(), "first"), 0);
    EXPECT_SAME(send_to(a, "127.0.0.1", local_name(b).port(), ""), 0);
    EXPECT_SAME(send_to(a, "127.0.0.1", local_name(b).port(), "third"), 0);
    EXPECT_SAME(wait_for(b, POLLIN), POLLIN);
    EXPECT_SAME(read_from(b, MSG_PEEK).data, "first");
    int available = 0;
    EXPECT_SAME(outcome(::ioctl(b.get(), FIONREAD, &available)), 0);
    EXPECT_SAME(available, 5);
    const Read first = read_from(b);
    EXPECT_SAME(first.data, "first");
    EXPECT_SAME(first.from.ip(), "127.0.0.1");
    EXPECT_SAME(first.from.port(), local_name(a).port());
    EXPECT_SAME(wait_for(b, POLLIN), POLLIN);
    const Read second = read_from(b);
    EXPECT_SAME(second.error_number, 0);
    EXPECT_SAME(second.data, "");
    EXPECT_SAME(wait_for(b, POLLIN), POLLIN);
    EXPECT_SAME(read_from(b).data, "third");
}

void long_datagrams_are_cut_and_say_so(Report& report) {
    const Fd a(udp());
    const Fd b(udp());
    bind_to(b, "127.0.0.1", 0);
    send_to(a, "127.0.0.1", local_name(b).port(), "0123456789");
    EXPECT_SAME(wait_for(b, POLLIN), POLLIN);
    char room[4];
    iovec part{room, sizeof room};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    EXPECT_SAME(static_cast<int>(::recvmsg(b.get(), &message, MSG_TRUNC)), 10);
    EXPECT_HOLDS((message.msg_flags & MSG_TRUNC) != 0);
    EXPECT_SAME(std::string(room, 4), "0123");
    EXPECT_SAME(read_from(b).error_number, EAGAIN);  // the rest is gone
    EXPECT_SAME(send_to(a, "127.0.0.1", local_name(b).port(), std::string(65508, 'x')), EMSGSIZE);
}

void connected_sockets_hear_their_peer_only(Report& report) {
    const Fd a(udp());
    const Fd b(udp());
    const Fd stranger(udp());
    bind_to(a, "127.0.0.1", 0);
    bind_to(b, "127.0.0.1", 0);
    EXPECT_SAME(connect_to(b, "127.0.0.1", local_name(a).port()), 0);
    send_to(stranger, "127.0.0.1", local_name(b).port(), "stranger");
    send_to(a, "127.0.0.1", local_name(b).port(), "friend");
    EXPECT_SAME(wait_for(b, POLLIN), POLLIN);
    EXPECT_SAME(read_from(b).data, "friend");
    EXPECT_SAME(read_from(b).error_number, EAGAIN);
    EXPECT_SAME(send_on(b, "answer"), 0);
    EXPECT_SAME(wait_for(a, POLLIN), POLLIN);
    EXPECT_SAME(read_from(a).data, "answer");
}

void dual_stack_sockets_speak_v4(Report& report) {
    const Fd dual(udp(AF_INET6));
    bind_to(dual, "::", 0);
    const Fd v4(udp());
    bind_to(v4, "127.0.0.1", 0);
    send_to(v4, "127.0.0.1", local_name(dual).port(), "in");
    EXPECT_SAME(wait_for(dual, POLLIN), POLLIN);
    const Read in = read_from(dual);
    EXPECT_SAME(in.from.ip(), "::ffff:127.0.0.1");
    EXPECT_SAME(send_to(dual, "::ffff:127.0.0.1", local_name(v4).port(), "out"), 0);
    EXPECT_SAME(wait_for(v4, POLLIN), POLLIN);
    EXPECT_SAME(read_from(v4).data, "out");
}

void packet_info_tells_the_destination(Report& report) {
    const Fd wildcard(udp());
    EXPECT_SAME(set(wildcard, IPPROTO_IP, IP_PKTINFO, 1), 0);
    EXPECT_SAME(set(wildcard, IPPROTO_IP, IP_RECVTTL, 1), 0);
    bind_to(wildcard, "0.0.0.0", 0);
    const Fd sender(udp());
    EXPECT_SAME(set(sender, IPPROTO_IP, IP_TTL, 7), 0);
    send_to(sender, "127.0.0.1", local_name(wildcard).port());
    EXPECT_SAME(wait_for(wildcard, POLLIN), POLLIN);
    char data[16];
    alignas(cmsghdr) char control[256];
    iovec part{data, sizeof data};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    EXPECT_SAME(static_cast<int>(::recvmsg(wildcard.get(), &message, 0)), 1);
    std::string destination;
    int ttl = 0;
    for (cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr;
         item = CMSG_NXTHDR(&message, item)) {
        if (item->cmsg_level != IPPROTO_IP) continue;
        if (item->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(item), sizeof info);
            char text[INET_ADDRSTRLEN];
            destination = inet_ntop(AF_INET, &info.ipi_addr, text, sizeof text);
            EXPECT_SAME(static_cast<int>(info.ipi_ifindex), 1);  // the loopback interface
        } else if (item->cmsg_type == IP_TTL) {
            std::memcpy(&ttl, CMSG_DATA(item), sizeof ttl);
        }
    }
    EXPECT_SAME(destination, "127.0.0.1");
    EXPECT_SAME(ttl, 7);
}

void several_messages_in_one_call(Report& report) {
    const Fd a(udp());
    const Fd b(udp());
    bind_to(b, "127.0.0.1", 0);
    connect_to(a, "127.0.0.1", local_name(b).port());
    char one[] = "one";
    char two[] = "two";
    iovec parts[2] = {{one, 3}, {two, 3}};
    mmsghdr out[2]{};
    for (int i = 0; i < 2; ++i) {
        out[i].msg_hdr.msg_iov = &parts[i];
        out[i].msg_hdr.msg_iovlen = 1;
    }
    EXPECT_SAME(::sendmmsg(a.get(), out, 2, 0), 2);
    EXPECT_SAME(static_cast<int>(out[1].msg_len), 3);
    EXPECT_SAME(wait_for(b, POLLIN), POLLIN);
    char rooms[3][8];
    iovec in_parts[3];
    mmsghdr in[3]{};
    for (int i = 0; i < 3; ++i) {
        in_parts[i] = {rooms[i], sizeof rooms[i]};
        in[i].msg_hdr.msg_iov = &in_parts[i];
        in[i].msg_hdr.msg_iovlen = 1;
    }
    EXPECT_SAME(::recvmmsg(b.get(), in, 3, MSG_DONTWAIT, nullptr), 2);
    EXPECT_SAME(std::string(rooms[1], in[1].msg_len), "two");
    EXPECT_SAME(outcome(::recvmmsg(b.get(), in, 3, MSG_DONTWAIT, nullptr)), EAGAIN);
}

void wrong_calls_say_what_is_wrong(Report& report) {
    const Fd a(udp());
    EXPECT_SAME(send_on(a), EDESTADDRREQ);
    EXPECT_SAME(send_to(a, "127.0.0.1", 0), EINVAL);
    EXPECT_SAME(outcome(::listen(a.get(), 1)), EOPNOTSUPP);
    EXPECT_SAME(outcome(::accept(a.get(), nullptr, nullptr)), EOPNOTSUPP);
    EXPECT_SAME(outcome(::shutdown(a.get(), SHUT_WR)), ENOTCONN);
    EXPECT_SAME(get(a, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
    EXPECT_SAME(get(a, SOL_SOCKET, SO_DOMAIN), AF_INET);
    EXPECT_SAME(get(a, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDP);
    EXPECT_SAME(set(a, IPPROTO_IPV6, IPV6_V6ONLY, 1), ENOPROTOOPT);
    EXPECT_SAME(set(a, IPPROTO_IP, IP_TTL, 256), EINVAL);
    EXPECT_SAME(outcome(::setsockopt(a.get(), SOL_SOCKET, SO_BINDTODEVICE, "nowhere", 8)), ENODEV);
}

void source_follows_the_route(Report& report) {
    const Fd a(udp());
    EXPECT_SAME(connect_to(a, kNeighbourV4, 9), 0);
    EXPECT_SAME(local_name(a).ip(), kLocalV4);
    const Fd b(udp());
    EXPECT_SAME(connect_to(b, kNeighbourOfSecondV4, 9), 0);
    EXPECT_SAME(local_name(b).ip(), kSecondV4);
    const Fd c(udp(AF_INET6));
    EXPECT_SAME(connect_to(c, kNeighbourV6, 9), 0);
    EXPECT_SAME(local_name(c).ip(), kLocalV6);
    const Fd to_oneself(udp());
    EXPECT_SAME(connect_to(to_oneself, kSecondV4, 9), 0);
    EXPECT_SAME(local_name(to_oneself).ip(), kSecondV4);
}

void own_addresses_loop_back(Report& report) {
    const Fd a(udp());
    EXPECT_SAME(bind_to(a, kLocalV4, 0), 0);
    const Fd b(udp());
    EXPECT_SAME(send_to(b, kLocalV4, local_name(a).port(), "home"), 0);
    EXPECT_SAME(wait_for(a, POLLIN), POLLIN);
    const Read got = read_from(a);
    EXPECT_SAME(got.data, "home");
    EXPECT_SAME(got.from.ip(), kLocalV4);
}

void nowhere_is_unreachable_at_once(Report& report) {
    const Fd a(udp());
    EXPECT_SAME(send_to(a, kUnroutedV4, 9), ENETUNREACH);
    EXPECT_SAME(connect_to(a, kUnroutedV4, 9), ENETUNREACH);
    const Fd b(udp(AF_INET6));
    EXPECT_SAME(send_to(b, kUnroutedV6, 9), ENETUNREACH);
    const Fd c(tcp());
    EXPECT_SAME(connect_to(c, kUnroutedV4, 9), ENETUNREACH);
    const Fd bound(udp());
    EXPECT_SAME(outcome(::setsockopt(bound.get(), SOL_SOCKET, SO_BINDTODEVICE, "lan0", 5)), 0);
    EXPECT_SAME(connect_to(bound, kNeighbourV4, 9), 0);
    EXPECT_SAME(local_name(bound).ip(), kLocalV4);
    EXPECT_SAME(send_to(a, "255.255.255.255", 9), ENETUNREACH);
    EXPECT_SAME(send_to(bound, "255.255.255.255", 9), EACCES);  // no SO_BROADCAST
}

void path_mtu_decides_with_dont_fragment(Report& report) {
    const Fd a(udp());
    EXPECT_SAME(set(a, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
    EXPECT_SAME(send_to(a, kNeighbourV4, 9, std::string(1473, 'x')), EMSGSIZE);
    EXPECT_SAME(send_to(a, kNeighbourV4, 9, std::string(1472, 'x')), 0);
    const Fd fragmenting(udp());
    EXPECT_SAME(send_to(fragmenting, kNeighbourV4, 9, std::string(1473, 'x')), 0);
    const Fd six(udp(AF_INET6));
    EXPECT_SAME(set(six, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO), 0);
    EXPECT_SAME(send_to(six, kNeighbourV6, 9, std::string(1453, 'x')), EMSGSIZE);
    EXPECT_SAME(send_to(six, kNeighbourV6, 9, std::string(1452, 'x')), 0);
}

}  // namespace

const std::vector<Case>& udp_cases() {
    static const std::vector<Case> all = {
        {"bind_twice_is_refused", false, bind_twice_is_refused},
        {"reuse_address_shares_when_both_ask", false, reuse_address_shares_when_both_ask},
        {"foreign_address_cannot_be_bound", false, foreign_address_cannot_be_bound},
        {"families_share_ports_only_with_v6only", false, families_share_ports_only_with_v6only},
        {"names_of_sockets", false, names_of_sockets},
        {"datagrams_keep_their_edges", false, datagrams_keep_their_edges},
        {"long_datagrams_are_cut_and_say_so", false, long_datagrams_are_cut_and_say_so},
        {"connected_sockets_hear_their_peer_only", false, connected_sockets_hear_their_peer_only},
        {"dual_stack_sockets_speak_v4", false, dual_stack_sockets_speak_v4},
        {"packet_info_tells_the_destination", false, packet_info_tells_the_destination},
        {"several_messages_in_one_call", false, several_messages_in_one_call},
        {"wrong_calls_say_what_is_wrong", false, wrong_calls_say_what_is_wrong},
        {"source_follows_the_route", true, source_follows_the_route},
        {"own_addresses_loop_back", true, own_addresses_loop_back},
        {"nowhere_is_unreachable_at_once", true, nowhere_is_unreachable_at_once},
        {"path_mtu_decides_with_dont_fragment", true, path_mtu_decides_with_dont_fragment},
    };
    return all;
}

}  // namespace portolan::socket_semantics
