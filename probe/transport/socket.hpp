#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "probe/stun/transport_address.hpp"
#include "reports/model/result.hpp"

struct ifaddrs;
struct sockaddr_storage;

// What UDP and TCP sockets have in common. Plain system calls only: in the simulated world they are
// emulated one by one.
namespace portolan::transport {

/// Owns a descriptor.
class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() { reset(); }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
    void reset();

  private:
    int fd_ = -1;
};

struct FreeInterfaceList {
    void operator()(::ifaddrs* list) const;
};
/// What getifaddrs() gave.
using InterfaceList = std::unique_ptr<::ifaddrs, FreeInterfaceList>;

/// Non-blocking, close-on-exec, IPV6_V6ONLY, bound to the interface if one is named. `type` is
/// SOCK_DGRAM or SOCK_STREAM. Errors as UdpSocket::open; the errno of the failed call goes to
/// `error_number` if that is wanted.
Result<FileDescriptor> open_socket(AddressFamily family, int type, const std::string& interface,
                                   int* error_number = nullptr);

/// The scope that a link-local IPv6 address needs to be usable: the named interface, or else the
/// one that has `local_ip`; 0 if there is none.
std::uint32_t scope_id(const std::optional<IpAddress>& local_ip, const std::string& interface);

/// As TransportAddress::to_sockaddr, with the scope id on link-local IPv6.
unsigned to_scoped_sockaddr(const TransportAddress& address, std::uint32_t scope_id,
                            ::sockaddr_storage& out);

/// 0 or errno.
int bind_socket(int fd, const TransportAddress& address, std::uint32_t scope_id);

/// getsockname(); nothing if that fails.
std::optional<TransportAddress> bound_address(int fd);

/// The Error for a failed bind.
Error bind_error(int error_number, const TransportAddress& address);

}  // namespace portolan::transport
