#pragma once

#include <ifaddrs.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <ctime>

// The C library behind the seam: what this executable's own definitions hide.
namespace portolan::sim::real {

int socket(int domain, int type, int protocol);
int close(int fd);
int fcntl(int fd, int command, long argument);
int poll(pollfd* descriptors, nfds_t count, int timeout_ms);

/// The next definition of a symbol after this executable's, looked up once.
void* next_symbol(const char* name);

}  // namespace portolan::sim::real
