#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace portolan::sim {

/// What sendmsg(2) was given, in one piece.
void gather(const msghdr& message, std::vector<std::byte>& out);
/// Copies into the message's buffers; how much fitted.
std::size_t scatter(std::span<const std::byte> data, const msghdr& message);

/// Writes ancillary data into msg_control. When there is no room, sets MSG_CTRUNC, as put_cmsg() of
/// the kernel does.
class ControlWriter {
  public:
    explicit ControlWriter(msghdr& message) : message_(message), room_(message.msg_controllen) {}
    void add(int level, int type, const void* data, std::size_t size);
    /// Sets msg_controllen to what was written.
    void finish() { message_.msg_controllen = used_; }

  private:
    msghdr& message_;
    std::size_t room_;
    std::size_t used_ = 0;
};

}  // namespace portolan::sim
