#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "probe/stun/transport_address.hpp"
#include "probe/transport/bytes.hpp"
#include "probe/transport/fault.hpp"

// sendmsg() and recvmsg() with their ancillary data.
namespace portolan::transport {

struct ReceivedMessage {
    int error_number = 0;        ///< errno; then nothing else is set
    std::size_t size_bytes = 0;  ///< of the whole datagram, also when it was truncated
    bool is_truncated = false;
    std::optional<TransportAddress> source;  ///< from the error queue: the original destination
    std::optional<IpAddress> local_ip;
    std::optional<std::uint8_t> traffic_class;  ///< where the socket asks for it
    std::optional<FaultReport> fault;           ///< from the error queue
};

/// One datagram, or with MSG_ERRQUEUE one error.
ReceivedMessage receive_message(int fd, std::span<std::byte> buffer, int flags);

/// 0 or errno.
int send_message(int fd, const TransportAddress& to, std::uint32_t scope_id, Bytes bytes);

}  // namespace portolan::transport
