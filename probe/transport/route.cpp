#include "probe/transport/route.hpp"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "probe/transport/fault.hpp"
#include "probe/transport/socket.hpp"

namespace portolan::transport {
namespace {

struct Request {
    nlmsghdr header{};
    rtmsg route{};
    std::array<char, 128> attributes{};
};

Error cannot_ask(int error_number) {
    return {.culprit = Culprit::Environment,
            .code = "transport.route",
            .message = "cannot ask for a route: " + errno_text(error_number)};
}

void append(Request& request, unsigned short type, const void* value, std::size_t size_bytes) {
    const std::size_t at = NLMSG_ALIGN(request.header.nlmsg_len);
    rtattr attribute{};
    attribute.rta_type = type;
    attribute.rta_len = static_cast<unsigned short>(RTA_LENGTH(size_bytes));
    char* out = reinterpret_cast<char*>(&request) + at;
    std::memcpy(out, &attribute, sizeof attribute);
    std::memcpy(out + RTA_LENGTH(0), value, size_bytes);
    request.header.nlmsg_len = static_cast<std::uint32_t>(at + RTA_SPACE(size_bytes));
}

Request request_for(const RouteQuestion& question) {
    const bool is_v4 = question.to.family() == AddressFamily::IPv4;
    Request request;
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.route);
    request.header.nlmsg_type = RTM_GETROUTE;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.route.rtm_family = is_v4 ? AF_INET : AF_INET6;
    // The entry that matches: without this flag an interface alone is taken for a route.
    if (!question.by.empty()) request.route.rtm_flags = RTM_F_FIB_MATCH;
    const auto to = question.to.octets();
    request.route.rtm_dst_len = static_cast<unsigned char>(8 * to.size());
    append(request, RTA_DST, to.data(), to.size());
    if (question.from) {
        const auto from = question.from->octets();
        request.route.rtm_src_len = static_cast<unsigned char>(8 * from.size());
        append(request, RTA_SRC, from.data(), from.size());
    }
    if (!question.by.empty()) {
        const std::uint32_t index = if_nametoindex(question.by.c_str());
        append(request, RTA_OIF, &index, sizeof index);
    }
    return request;
}

std::optional<std::uint32_t> outgoing_interface(const nlmsghdr& header) {
    auto left = static_cast<int>(header.nlmsg_len) - static_cast<int>(NLMSG_LENGTH(sizeof(rtmsg)));
    const char* at = reinterpret_cast<const char*>(&header) + NLMSG_LENGTH(sizeof(rtmsg));
    while (left >= static_cast<int>(sizeof(rtattr))) {
        rtattr attribute{};
        std::memcpy(&attribute, at, sizeof attribute);
        const auto length = static_cast<int>(attribute.rta_len);
        if (length < static_cast<int>(sizeof attribute) || length > left) break;
        std::uint32_t index = 0;
        if (attribute.rta_type == RTA_OIF && length >= static_cast<int>(RTA_LENGTH(sizeof index))) {
            std::memcpy(&index, at + RTA_LENGTH(0), sizeof index);
            return index;
        }
        const int step = static_cast<int>(RTA_ALIGN(length));
        at += step;
        left -= step;
    }
    return std::nullopt;
}

}  // namespace

Result<std::optional<std::string>> route_interface(const RouteQuestion& question) {
    const FileDescriptor fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!fd.is_open()) return cannot_ask(errno);
    // The kernel answers within the call; this is for a sandbox that swallows the question.
    const timeval patience{.tv_sec = 0, .tv_usec = 200'000};
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const Request request = request_for(question);
    if (::send(fd.get(), &request, request.header.nlmsg_len, 0) < 0) return cannot_ask(errno);
    alignas(nlmsghdr) std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (size < 0) return cannot_ask(errno);
    const auto& header = *reinterpret_cast<const nlmsghdr*>(buffer.data());
    if (static_cast<std::size_t>(size) < sizeof header || header.nlmsg_len > size) {
        return cannot_ask(EBADMSG);
    }
    if (header.nlmsg_type == NLMSG_ERROR) {
        if (header.nlmsg_len < NLMSG_LENGTH(sizeof(nlmsgerr))) return cannot_ask(EBADMSG);
        nlmsgerr error{};
        std::memcpy(&error, buffer.data() + NLMSG_LENGTH(0), sizeof error);
        const bool no_route = error.error == -ENETUNREACH || error.error == -EHOSTUNREACH;
        if (no_route) return std::optional<std::string>();
        return cannot_ask(-error.error);
    }
    if (header.nlmsg_type != RTM_NEWROUTE) return cannot_ask(EBADMSG);
    const auto index = outgoing_interface(header);
    std::array<char, IF_NAMESIZE> name{};
    if (!index || if_indextoname(*index, name.data()) == nullptr) {
        return std::optional<std::string>();
    }
    return std::optional<std::string>(name.data());
}

}  // namespace portolan::transport
