#include "probe/transport/dns_records.hpp"

#include <cstdint>
#include <cstdlib>
#include <span>

// Any message: an error, or records of the type that was asked for alone.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using portolan::transport::RecordType;
    const auto message = std::as_bytes(std::span(data, size));
    for (const auto type : {RecordType::Srv, RecordType::Naptr}) {
        const auto records = portolan::transport::parse_records(message, type);
        if (!records) continue;
        if (!(type == RecordType::Srv ? records->naptr.empty() : records->srv.empty()))
            std::abort();
    }
    return 0;
}
