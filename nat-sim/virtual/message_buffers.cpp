#include "nat-sim/virtual/message_buffers.hpp"

#include <algorithm>
#include <cstring>

namespace portolan::sim {

void gather(const msghdr& message, std::vector<std::byte>& out) {
    out.clear();
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) {
        const auto* from = static_cast<const std::byte*>(message.msg_iov[i].iov_base);
        out.insert(out.end(), from, from + message.msg_iov[i].iov_len);
    }
}

std::size_t scatter(std::span<const std::byte> data, const msghdr& message) {
    std::size_t done = 0;
    for (std::size_t i = 0; i < message.msg_iovlen && done < data.size(); ++i) {
        const std::size_t count = std::min(message.msg_iov[i].iov_len, data.size() - done);
        if (count == 0) continue;
        std::memcpy(message.msg_iov[i].iov_base, data.data() + done, count);
        done += count;
    }
    return done;
}

void ControlWriter::add(int level, int type, const void* data, std::size_t size) {
    if (message_.msg_control == nullptr || used_ + CMSG_LEN(0) > room_) {
        message_.msg_flags |= MSG_CTRUNC;
        return;
    }
    std::size_t length = CMSG_LEN(size);
    if (used_ + length > room_) {
        message_.msg_flags |= MSG_CTRUNC;
        length = room_ - used_;
    }
    cmsghdr header{};
    header.cmsg_len = length;
    header.cmsg_level = level;
    header.cmsg_type = type;
    auto* at = static_cast<std::byte*>(message_.msg_control) + used_;
    std::memcpy(at, &header, sizeof header);
    std::memcpy(at + CMSG_LEN(0), data, length - CMSG_LEN(0));
    used_ += std::min(CMSG_SPACE(size), room_ - used_);
}

}  // namespace portolan::sim
