// The C library's clocks, interfaces and random numbers as a simulated process sees them; see
// libc_sockets.cpp.
#include <glib.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <list>

#include "nat-sim/virtual/kernel.hpp"
#include "nat-sim/virtual/real_libc.hpp"

#define PORTOLAN_NEXT(name) \
    static const auto next = reinterpret_cast<decltype(&::name)>(real::next_symbol(#name))

namespace real = portolan::sim::real;
using portolan::AddressFamily;
using portolan::IpAddress;
using portolan::sim::Process;

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

// One list as getifaddrs() returns it. The first member is what the caller sees, so that
// freeifaddrs() can tell ours from the C library's by its flag.
struct Entry {
    ifaddrs list{};
    char name[IFNAMSIZ]{};
    sockaddr_storage address{};
    sockaddr_storage netmask{};
};

struct List {
    std::list<Entry> entries;
};

// Lists that are out. A handful at most, and each only for as long as its caller looks at it.
thread_local std::list<List> lists_out;

void put_ip(const IpAddress& ip, unsigned scope, sockaddr_storage& out) {
    portolan::TransportAddress{ip, 0}.to_sockaddr(out);
    if (ip.family() == AddressFamily::IPv6 &&
        ip.address_class() == portolan::AddressClass::LinkLocal) {
        reinterpret_cast<sockaddr_in6*>(&out)->sin6_scope_id = scope;
    }
}

void put_mask(AddressFamily family, unsigned bits, sockaddr_storage& out) {
    unsigned char* octets = nullptr;
    if (family == AddressFamily::IPv4) {
        auto* v4 = reinterpret_cast<sockaddr_in*>(&out);
        v4->sin_family = AF_INET;
        octets = reinterpret_cast<unsigned char*>(&v4->sin_addr);
    } else {
        auto* v6 = reinterpret_cast<sockaddr_in6*>(&out);
        v6->sin6_family = AF_INET6;
        octets = v6->sin6_addr.s6_addr;
    }
    for (unsigned i = 0; i < bits; ++i)
        octets[i / 8] = static_cast<unsigned char>(octets[i / 8] | (0x80U >> (i % 8)));
}

void add_entry(List& list, const std::string& name, unsigned flags, const IpAddress* ip = nullptr,
               unsigned prefix_bits = 0, unsigned scope = 0) {
    Entry& entry = list.entries.emplace_back();
    std::strncpy(entry.name, name.c_str(), IFNAMSIZ - 1);
    entry.list.ifa_name = entry.name;
    entry.list.ifa_flags = flags;
    if (ip != nullptr) {
        put_ip(*ip, scope, entry.address);
        put_mask(ip->family(), prefix_bits, entry.netmask);
        entry.list.ifa_addr = reinterpret_cast<sockaddr*>(&entry.address);
        entry.list.ifa_netmask = reinterpret_cast<sockaddr*>(&entry.netmask);
    }
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) {
    Process* process = Process::current();
    const bool is_real =
        clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
    const bool is_monotonic = clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW ||
                              clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME;
    if (process == nullptr || (!is_real && !is_monotonic)) {
        PORTOLAN_NEXT(clock_gettime);
        return next(clock, out);
    }
    const std::int64_t time = (is_real ? process->realtime() : process->monotonic()).count();
    out->tv_sec = time / kNanosecondsPerSecond;
    out->tv_nsec = time % kNanosecondsPerSecond;
    return 0;
}

int gettimeofday(timeval* out, void* zone) noexcept {
    Process* process = Process::current();
    if (process == nullptr) {
        static const auto next =
            reinterpret_cast<int (*)(timeval*, void*)>(real::next_symbol("gettimeofday"));
        return next(out, zone);
    }
    const std::int64_t time = process->realtime().count();
    out->tv_sec = time / kNanosecondsPerSecond;
    out->tv_usec = time % kNanosecondsPerSecond / 1000;
    return 0;
}

time_t time(time_t* out) noexcept {
    Process* process = Process::current();
    if (process == nullptr) {
        PORTOLAN_NEXT(time);
        return next(out);
    }
    const time_t now = process->realtime().count() / kNanosecondsPerSecond;
    if (out != nullptr) *out = now;
    return now;
}

ssize_t getrandom(void* bytes, size_t count, unsigned flags) {
    Process* process = Process::current();
    if (process == nullptr) {
        PORTOLAN_NEXT(getrandom);
        return next(bytes, count, flags);
    }
    process->fill_random(bytes, count);
    return static_cast<ssize_t>(count);
}

int getentropy(void* bytes, size_t count) {
    Process* process = Process::current();
    if (process == nullptr) {
        PORTOLAN_NEXT(getentropy);
        return next(bytes, count);
    }
    process->fill_random(bytes, count);
    return 0;
}

// GnuTLS's random numbers, which libnice draws its transaction ids and tie-breakers from. GnuTLS
// itself keeps to its own: what it encrypts differs from run to run, in bytes and not in time.
int gnutls_rnd(int level, void* bytes, size_t count) {
    Process* process = Process::current();
    if (process == nullptr) {
        static const auto next =
            reinterpret_cast<int (*)(int, void*, size_t)>(real::next_symbol("gnutls_rnd"));
        return next(level, bytes, count);
    }
    process->fill_random(bytes, count);
    return 0;
}

// GLib's generator, which libnice draws its user fragments and passwords from. It is one for the
// whole process, seeded by the kernel on its first use.
guint32 g_random_int() {
    Process* process = Process::current();
    if (process == nullptr) {
        PORTOLAN_NEXT(g_random_int);
        return next();
    }
    guint32 value = 0;
    process->fill_random(&value, sizeof value);
    return value;
}

gint32 g_random_int_range(gint32 begin, gint32 end) {
    Process* process = Process::current();
    if (process == nullptr || end <= begin) {
        PORTOLAN_NEXT(g_random_int_range);
        return next(begin, end);
    }
    std::uint64_t value = 0;
    process->fill_random(&value, sizeof value);
    const auto count = static_cast<std::uint64_t>(std::int64_t{end} - begin);
    return static_cast<gint32>(begin + static_cast<std::int64_t>(value % count));
}

gdouble g_random_double() {
    Process* process = Process::current();
    if (process == nullptr) {
        PORTOLAN_NEXT(g_random_double);
        return next();
    }
    std::uint64_t value = 0;
    process->fill_random(&value, sizeof value);
    return static_cast<double>(value >> 11) * 0x1p-53;  // 53 bits, as many as fit: 0 <= x < 1
}

int getifaddrs(ifaddrs** out) {
    Process* process = Process::current();
    if (process == nullptr) {
        PORTOLAN_NEXT(getifaddrs);
        return next(out);
    }
    List& list = lists_out.emplace_back();
    const unsigned loopback_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
    const IpAddress loopback_v4 = IpAddress::v4({127, 0, 0, 1});
    add_entry(list, "lo", loopback_flags, &loopback_v4, 8);
    std::array<std::uint8_t, 16> octets{};
    octets[15] = 1;
    const IpAddress loopback_v6 = IpAddress::v6(octets);
    bool has_v6 = false;
    for (const auto& item : process->host().interfaces()) {
        // The link stays attached when an interface is taken down, but it does not run.
        const unsigned flags = item->is_up() ? IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST
                                             : IFF_BROADCAST | IFF_MULTICAST;
        if (item->addresses().empty()) add_entry(list, item->name(), flags);
        for (const auto& address : item->addresses()) {
            has_v6 = has_v6 || address.ip.family() == AddressFamily::IPv6;
            add_entry(list, item->name(), flags, &address.ip, address.prefix_bits, item->index());
        }
    }
    if (has_v6) add_entry(list, "lo", loopback_flags, &loopback_v6, 128);
    for (auto entry = list.entries.begin(); std::next(entry) != list.entries.end(); ++entry)
        entry->list.ifa_next = &std::next(entry)->list;
    *out = &list.entries.front().list;
    return 0;
}

void freeifaddrs(ifaddrs* list) noexcept {
    for (auto item = lists_out.begin(); item != lists_out.end(); ++item) {
        if (&item->entries.front().list != list) continue;
        lists_out.erase(item);
        return;
    }
    PORTOLAN_NEXT(freeifaddrs);
    next(list);
}

unsigned if_nametoindex(const char* name) noexcept {
    Process* process = Process::current();
    if (process == nullptr) {
        PORTOLAN_NEXT(if_nametoindex);
        return next(name);
    }
    if (std::strcmp(name, "lo") == 0) return 1;
    const auto* found = process->host().interface(name);
    if (found == nullptr) errno = ENODEV;
    return found == nullptr ? 0 : found->index();
}

char* if_indextoname(unsigned index, char* name) noexcept {
    Process* process = Process::current();
    if (process == nullptr) {
        PORTOLAN_NEXT(if_indextoname);
        return next(index, name);
    }
    if (index == 1) return std::strncpy(name, "lo", IFNAMSIZ);
    for (const auto& item : process->host().interfaces()) {
        if (item->index() != index) continue;
        std::strncpy(name, item->name().c_str(), IFNAMSIZ - 1);
        name[IFNAMSIZ - 1] = '\0';
        return name;
    }
    errno = ENXIO;
    return nullptr;
}

}  // extern "C"
