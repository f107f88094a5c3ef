#include "probe/stun/describe_value.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "probe/stun/password_algorithms.hpp"
#include "probe/stun/printable.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    append_escaped(out, text);
    return out += '"';
}

std::string error_text(const ErrorCode& error) {
    return std::to_string(error.code) + ' ' + quoted(error.reason);
}

std::string family_name(std::uint8_t family) {
    if (family == 1 || family == 2) {
        return std::string(to_string(static_cast<AddressFamily>(family)));
    }
    return "family " + std::to_string(family);
}

std::string transport_name(std::uint8_t protocol) {
    if (protocol == 17) return "UDP";
    if (protocol == 6) return "TCP";
    return "protocol " + std::to_string(protocol);
}

std::string algorithm_name(PasswordAlgorithm algorithm) {
    switch (algorithm) {
        case PasswordAlgorithm::Md5:
            return "MD5";
        case PasswordAlgorithm::Sha256:
            return "SHA-256";
    }
    return hex_number(static_cast<std::uint16_t>(algorithm));
}

std::string type_name(std::uint16_t type) {
    const auto name = name_of(static_cast<AttributeType>(type));
    return name.empty() ? hex_number(type) : std::string(name);
}

std::string hex_u64(std::uint64_t value) {
    std::array<std::byte, 8> octets{};
    wire::store_u64(octets.data(), value);
    return "0x" + to_hex(octets);
}

std::string hex_u32(std::uint32_t value) {
    std::array<std::byte, 4> octets{};
    wire::store_u32(octets.data(), value);
    return "0x" + to_hex(octets);
}

template <typename Append>
void for_each_algorithm(Bytes entries, Append append) {
    while (const auto entry = take_password_algorithm(entries))
        append(*entry);
}

void append_item(std::string& list, std::string_view item) {
    if (!list.empty()) list += ", ";
    list += item;
}

// A list in a hostile message may have 32,000 entries; people read the first few.
constexpr std::size_t kMaxListed = 32;

struct TextOf {
    const AttributeInfo& info;

    std::string operator()(const OpaqueValue&) const { return {}; }
    std::string operator()(const TransportAddress& v) const { return v.to_string(); }
    std::string operator()(std::uint16_t v) const { return std::to_string(v); }
    std::string operator()(std::uint32_t v) const {
        std::string out = std::to_string(v);
        if (!info.unit.empty()) out.append(1, ' ').append(info.unit);
        return out;
    }
    std::string operator()(std::uint64_t v) const { return hex_u64(v); }
    std::string operator()(std::string_view v) const { return quoted(v); }
    std::string operator()(const Flag&) const { return {}; }
    std::string operator()(const ChangeRequest& v) const {
        if (v.change_ip && v.change_port) return "change IP and port";
        if (v.change_ip) return "change IP";
        return v.change_port ? "change port" : "change nothing";
    }
    std::string operator()(const ErrorCode& v) const { return error_text(v); }
    std::string operator()(const AddressErrorCode& v) const {
        return family_name(v.family) + ' ' + error_text(v.error);
    }
    std::string operator()(const TypeList& v) const {
        std::string out;
        for (std::size_t i = 0; i < v.size() && i < kMaxListed; ++i) {
            append_item(out, type_name(v[i]));
        }
        if (v.size() > kMaxListed) out += ", ...";
        return out;
    }
    std::string operator()(const PasswordAlgorithmsValue& v) const {
        std::string out;
        std::size_t count = 0;
        for_each_algorithm(v.entries, [&](const PasswordAlgorithmEntry& entry) {
            if (++count <= kMaxListed) append_item(out, algorithm_name(entry.algorithm));
        });
        if (count > kMaxListed) out += ", ...";
        return out;
    }
    std::string operator()(const ChannelNumberValue& v) const { return hex_number(v.number); }
    std::string operator()(const RequestedTransportValue& v) const {
        return transport_name(v.protocol);
    }
    std::string operator()(const AddressFamilyValue& v) const { return family_name(v.family); }
    std::string operator()(const EvenPortValue& v) const {
        return v.reserve_next ? "reserve the next port" : "no reservation";
    }
    std::string operator()(const IcmpValue& v) const {
        return "type " + std::to_string(v.type) + ", code " + std::to_string(v.code) +
               ", error data " + std::to_string(v.error_data);
    }
    std::string operator()(const EcnCheckValue& v) const {
        return v.valid ? "ECN field " + std::to_string(v.ecn) : "not valid";
    }
    std::string operator()(const FingerprintValue& v) const { return hex_u32(v.value); }
};

// nlohmann refuses to serialise text that is not UTF-8, and a peer must not be able to make it.
void put_text(nlohmann::json& out, const char* key, const char* hex_key, std::string_view text) {
    if (is_utf8(text)) {
        out[key] = text;
    } else {
        out[hex_key] = to_hex(wire::as_bytes(text));
    }
}

nlohmann::json error_json(const ErrorCode& error) {
    nlohmann::json out = {{"code", error.code}};
    put_text(out, "reason", "reason_hex", error.reason);
    return out;
}

struct JsonOf {
    nlohmann::json& out;
    const AttributeInfo& info;

    void operator()(const OpaqueValue& v) const { out["value_hex"] = to_hex(v.bytes); }
    void operator()(const TransportAddress& v) const {
        out["value"] = {
            {"family", to_string(v.family())}, {"address", v.ip.to_string()}, {"port", v.port}};
    }
    void operator()(std::uint16_t v) const { out["value"] = v; }
    void operator()(std::uint32_t v) const {
        out[info.unit.empty() ? "value" : "value_" + std::string(info.unit)] = v;
    }
    void operator()(std::uint64_t v) const { out["value"] = hex_u64(v); }
    void operator()(std::string_view v) const { put_text(out, "value", "value_hex", v); }
    void operator()(const Flag&) const { out["value"] = true; }
    void operator()(const ChangeRequest& v) const {
        out["value"] = {{"change_ip", v.change_ip}, {"change_port", v.change_port}};
    }
    void operator()(const ErrorCode& v) const { out["value"] = error_json(v); }
    void operator()(const AddressErrorCode& v) const {
        out["value"] = error_json(v.error);
        out["value"]["family"] = v.family;
    }
    void operator()(const TypeList& v) const {
        auto types = nlohmann::json::array();
        for (std::size_t i = 0; i < v.size(); ++i)
            types.push_back(hex_number(v[i]));
        out["value"] = std::move(types);
    }
    void operator()(const PasswordAlgorithmsValue& v) const {
        auto algorithms = nlohmann::json::array();
        for_each_algorithm(v.entries, [&](const PasswordAlgorithmEntry& entry) {
            algorithms.push_back({{"algorithm", static_cast<std::uint16_t>(entry.algorithm)},
                                  {"name", algorithm_name(entry.algorithm)},
                                  {"parameters_hex", to_hex(entry.parameters)}});
        });
        out["value"] = std::move(algorithms);
    }
    void operator()(const ChannelNumberValue& v) const { out["value"] = hex_number(v.number); }
    void operator()(const RequestedTransportValue& v) const { out["value"] = v.protocol; }
    void operator()(const AddressFamilyValue& v) const { out["value"] = v.family; }
    void operator()(const EvenPortValue& v) const {
        out["value"] = {{"reserve_next", v.reserve_next}};
    }
    void operator()(const IcmpValue& v) const {
        out["value"] = {{"type", v.type}, {"code", v.code}, {"error_data", v.error_data}};
    }
    void operator()(const EcnCheckValue& v) const {
        out["value"] = {{"valid", v.valid}, {"ecn", v.ecn}};
    }
    void operator()(const FingerprintValue& v) const { out["value"] = hex_u32(v.value); }
};

}  // namespace

std::string hex_number(std::uint16_t number) {
    std::array<std::byte, 2> octets{};
    wire::store_u16(octets.data(), number);
    return "0x" + to_hex(octets);
}

std::string value_text(const AttributeInfo& info, const AttributeValue& value) {
    return std::visit(TextOf{info}, value);
}

void add_value_json(nlohmann::json& out, const AttributeInfo& info, const AttributeValue& value) {
    std::visit(JsonOf{out, info}, value);
}

}  // namespace portolan::stun
