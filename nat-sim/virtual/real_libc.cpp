#include "nat-sim/virtual/real_libc.hpp"

#include <dlfcn.h>

namespace portolan::sim::real {

void* next_symbol(const char* name) {
    return dlsym(RTLD_NEXT, name);
}

int socket(int domain, int type, int protocol) {
    static const auto next = reinterpret_cast<int (*)(int, int, int)>(next_symbol("socket"));
    return next(domain, type, protocol);
}

int close(int fd) {
    static const auto next = reinterpret_cast<int (*)(int)>(next_symbol("close"));
    return next(fd);
}

int fcntl(int fd, int command, long argument) {
    static const auto next = reinterpret_cast<int (*)(int, int, ...)>(next_symbol("fcntl64"));
    return next(fd, command, argument);
}

int poll(pollfd* descriptors, nfds_t count, int timeout_ms) {
    static const auto next = reinterpret_cast<int (*)(pollfd*, nfds_t, int)>(next_symbol("poll"));
    return next(descriptors, count, timeout_ms);
}

}  // namespace portolan::sim::real
