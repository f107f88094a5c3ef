
#include <algorithm>

#include "nat-sim/virtual/tests/semantics_support.hpp"

namespace portolan::socket_semantics {
namespace {

struct ErrorEntry {
    int error_number = 0;  ///< of the call itself
    sock_extended_err error{};
    std::string offender;
    std::string data;
    Name destination;
    int flags = 0;
};

ErrorEntry read_error(const Fd& fd) {
    ErrorEntry out;
    char data[256];
    alignas(cmsghdr) char control[512];
    iovec part{data, sizeof data};
    msghdr message{};
    message.msg_name = &out.destination.storage;
    message.msg_namelen = sizeof out.destination.storage;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = ::recvmsg(fd.get(), &message, MSG_ERRQUEUE);
    out.error_number = outcome(got);
    if (got < 0) return out;
    out.data.assign(data, static_cast<std::size_t>(got));
    out.destination.length = message.msg_namelen;
    out.flags = message.msg_flags;
    for (cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr;
         item = CMSG_NXTHDR(&message, item)) {
        const bool v4 = item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_RECVERR;
        const bool v6 = item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_RECVERR;
        if (!v4 && !v6) continue;
        std::memcpy(&out.error, CMSG_DATA(item), sizeof out.error);
        Name offender;
        std::memcpy(
            &offender.storage, CMSG_DATA(item) + sizeof out.error,
            std::min(sizeof offender.storage, item->cmsg_len - CMSG_LEN(0) - sizeof out.error));
        if (offender.storage.ss_family != 0) out.offender = offender.ip();
    }
    return out;
}

void refusal_reaches_connected_sockets(Report& report) {
    const int port = unused_port(SOCK_DGRAM);
    const Fd a(udp());
    EXPECT_SAME(connect_to(a, "127.0.0.1", port), 0);
    EXPECT_SAME(send_on(a), 0);
    EXPECT_HOLDS((wait_for(a, POLLIN) & POLLERR) != 0);
    EXPECT_SAME(read_from(a).error_number, ECONNREFUSED);
    EXPECT_SAME(read_from(a).error_number, EAGAIN);  // told once
    EXPECT_SAME(send_on(a), 0);
    EXPECT_HOLDS((wait_for(a, POLLIN) & POLLERR) != 0);
    EXPECT_SAME(send_on(a), ECONNREFUSED);
    EXPECT_SAME(send_on(a), 0);
    EXPECT_HOLDS((wait_for(a, POLLIN) & POLLERR) != 0);
    EXPECT_SAME(get(a, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    EXPECT_SAME(get(a, SOL_SOCKET, SO_ERROR), 0);
}

void refusal_is_hidden_from_unconnected_sockets(Report& report) {
    const int port = unused_port(SOCK_DGRAM);
    const Fd a(udp());
    EXPECT_SAME(send_to(a, "127.0.0.1", port), 0);
    EXPECT_SAME(wait_for(a, POLLIN, 100), 0);
    EXPECT_SAME(get(a, SOL_SOCKET, SO_ERROR), 0);
    EXPECT_SAME(read_error(a).error_number, EAGAIN);
}

void error_queue_says_what_where_and_who(Report& report) {
    const int port = unused_port(SOCK_DGRAM);
    const Fd a(udp());
    EXPECT_SAME(set(a, IPPROTO_IP, IP_RECVERR, 1), 0);
    EXPECT_SAME(send_to(a, "127.0.0.1", port, "lost"), 0);
    EXPECT_HOLDS((wait_for(a, POLLIN) & POLLERR) != 0);
    const ErrorEntry entry = read_error(a);
    EXPECT_SAME(entry.error_number, 0);
    EXPECT_SAME(static_cast<int>(entry.error.ee_errno), ECONNREFUSED);
    EXPECT_SAME(static_cast<int>(entry.error.ee_origin), SO_EE_ORIGIN_ICMP);
    EXPECT_SAME(static_cast<int>(entry.error.ee_type), 3);
    EXPECT_SAME(static_cast<int>(entry.error.ee_code), 3);
    EXPECT_SAME(entry.offender, "127.0.0.1");
    EXPECT_SAME(entry.destination.ip(), "127.0.0.1");
    EXPECT_SAME(entry.destination.port(), port);
    EXPECT_SAME(entry.data, "lost");
    EXPECT_HOLDS((entry.flags & MSG_ERRQUEUE) != 0);
    EXPECT_SAME(read_error(a).error_number, EAGAIN);
    EXPECT_SAME(get(a, SOL_SOCKET, SO_ERROR), 0);  // reading the queue has cleared it
    EXPECT_SAME(wait_for(a, POLLIN, 50), 0);
}

void error_queue_of_v6(Report& report) {
    const int port = unused_port(SOCK_DGRAM, "::1");
    const Fd a(udp(AF_INET6));
    EXPECT_SAME(set(a, IPPROTO_IPV6, IPV6_RECVERR, 1), 0);
    EXPECT_SAME(send_to(a, "::1", port), 0);
    EXPECT_HOLDS((wait_for(a, POLLIN) & POLLERR) != 0);
    const ErrorEntry entry = read_error(a);
    EXPECT_SAME(static_cast<int>(entry.error.ee_errno), ECONNREFUSED);
    EXPECT_SAME(static_cast<int>(entry.error.ee_origin), SO_EE_ORIGIN_ICMP6);
    EXPECT_SAME(static_cast<int>(entry.error.ee_type), 1);
    EXPECT_SAME(static_cast<int>(entry.error.ee_code), 4);
    EXPECT_SAME(entry.offender, "::1");
    EXPECT_SAME(entry.destination.port(), port);
}

void pending_error_blocks_one_send(Report& report) {
    const int port = unused_port(SOCK_DGRAM);
    const Fd a(udp());
    const Fd listener(udp());
    bind_to(listener, "127.0.0.1", 0);
    EXPECT_SAME(set(a, IPPROTO_IP, IP_RECVERR, 1), 0);
    EXPECT_SAME(send_to(a, "127.0.0.1", port), 0);
    EXPECT_HOLDS((wait_for(a, POLLIN) & POLLERR) != 0);
    // udp(7): the error of the earlier datagram comes out of the next call, whomever it is for.
    EXPECT_SAME(send_to(a, "127.0.0.1", local_name(listener).port()), ECONNREFUSED);
    EXPECT_SAME(send_to(a, "127.0.0.1", local_name(listener).port()), 0);
    EXPECT_SAME(read_error(a).error_number, 0);  // the entry is still in the queue
}

void refusal_from_another_machine(Report& report) {
    const Fd a(udp());
    EXPECT_SAME(set(a, IPPROTO_IP, IP_RECVERR, 1), 0);
    EXPECT_SAME(send_to(a, kNeighbourV4, 9), 0);
    EXPECT_HOLDS((wait_for(a, POLLIN) & POLLERR) != 0);
    const ErrorEntry entry = read_error(a);
    EXPECT_SAME(static_cast<int>(entry.error.ee_errno), ECONNREFUSED);
    EXPECT_SAME(entry.offender, kNeighbourV4);
    EXPECT_SAME(entry.destination.port(), 9);
    const Fd b(udp(AF_INET6));
    EXPECT_SAME(set(b, IPPROTO_IPV6, IPV6_RECVERR, 1), 0);
    EXPECT_SAME(send_to(b, kNeighbourV6, 9), 0);
    EXPECT_HOLDS((wait_for(b, POLLIN) & POLLERR) != 0);
    EXPECT_SAME(read_error(b).offender, kNeighbourV6);
}

void silence_of_a_neighbour_is_host_unreachable(Report& report) {
    const Fd a(udp());
    EXPECT_SAME(connect_to(a, "192.0.2.77", 9), 0);
    EXPECT_SAME(set(a, IPPROTO_IP, IP_RECVERR, 1), 0);
    EXPECT_SAME(send_on(a), 0);
    EXPECT_HOLDS((wait_for(a, POLLIN, 10000) & POLLERR) != 0);
    const ErrorEntry entry = read_error(a);
    EXPECT_SAME(static_cast<int>(entry.error.ee_errno), EHOSTUNREACH);
    EXPECT_SAME(static_cast<int>(entry.error.ee_type), 3);
    EXPECT_SAME(static_cast<int>(entry.error.ee_code), 1);
    EXPECT_SAME(entry.offender, kLocalV4);
}

void too_big_goes_to_the_error_queue_with_the_mtu(Report& report) {
    const Fd a(udp());
    EXPECT_SAME(set(a, IPPROTO_IP, IP_RECVERR, 1), 0);
    EXPECT_SAME(set(a, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
    EXPECT_SAME(send_to(a, kNeighbourV4, 9, std::string(2000, 'x')), EMSGSIZE);
    const ErrorEntry entry = read_error(a);
    EXPECT_SAME(entry.error_number, 0);
    EXPECT_SAME(static_cast<int>(entry.error.ee_origin), SO_EE_ORIGIN_LOCAL);
    EXPECT_SAME(static_cast<int>(entry.error.ee_errno), EMSGSIZE);
    EXPECT_SAME(static_cast<int>(entry.error.ee_info), 1500);
}

}  // namespace

const std::vector<Case>& error_cases() {
    static const std::vector<Case> all = {
        {"refusal_reaches_connected_sockets", false, refusal_reaches_connected_sockets},
        {"refusal_is_hidden_from_unconnected_sockets", false,
         refusal_is_hidden_from_unconnected_sockets},
        {"error_queue_says_what_where_and_who", false, error_queue_says_what_where_and_who},
        {"error_queue_of_v6", false, error_queue_of_v6},
        {"pending_error_blocks_one_send", false, pending_error_blocks_one_send},
        {"refusal_from_another_machine", true, refusal_from_another_machine},
        {"silence_of_a_neighbour_is_host_unreachable", true,
         silence_of_a_neighbour_is_host_unreachable},
        {"too_big_goes_to_the_error_queue_with_the_mtu", true,
         too_big_goes_to_the_error_queue_with_the_mtu},
    };
    return all;
}

}  // namespace portolan::socket_semantics
