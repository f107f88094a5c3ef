#include <nlohmann/json.hpp>

#include "probe/stun/describe.hpp"
#include "probe/stun/describe_value.hpp"
#include "probe/stun/dissection.hpp"
#include "probe/stun/framing.hpp"
#include "probe/stun/printable.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

using nlohmann::json;

json error_json(const Error& error) {
    json out = {{"code", std::string(to_string(error.culprit)) + '.' + error.code},
                {"message", error.message}};
    if (error.byte_offset) out["offset_bytes"] = *error.byte_offset;
    return out;
}

json attribute_json(const DissectedAttribute& attribute, const DescribeOptions& options) {
    const AttributeView& view = attribute.view;
    const auto number = static_cast<std::uint16_t>(view.type);
    json out = {{"type", hex_number(number)},
                {"offset_bytes", view.offset_bytes},
                {"length_bytes", attribute.claimed_bytes},
                {"required", number < 0x8000},
                {"known", attribute.info != nullptr},
                {"ignored", attribute.ignored},
                {"malformed", !attribute.value.has_value()}};
    if (attribute.info != nullptr) {
        out["name"] = attribute.info->name;
        out["source"] = "RFC " + std::to_string(attribute.info->source.rfc) + " s" +
                        std::string(attribute.info->source.section);
    }
    if (attribute.secret() && !options.show_secrets) {
        out["redacted"] = true;
    } else if (attribute.info != nullptr && attribute.value) {
        add_value_json(out, *attribute.info, *attribute.value);
    } else {
        out["value_hex"] = to_hex(view.value);
    }
    return out;
}

void add_stun(json& out, Bytes datagram, const DescribeOptions& options) {
    const Dissection message = dissect(datagram);
    out["protocol"] = "stun";
    if (message.error) out["error"] = error_json(*message.error);
    if (message.has_header) {
        out["class"] = to_string(message.message_class);
        const auto name = name_of(message.method);
        out["method"] = name.empty() ? json(nullptr) : json(name);
        out["method_number"] = static_cast<std::uint16_t>(message.method);
        out["length_bytes"] = message.length_field_bytes;
        out["magic_cookie"] = message.id.has_magic_cookie();
        out["transaction_id"] = to_hex(message.id.octets);
        auto attributes = json::array();
        for (const auto& attribute : message.attributes) {
            attributes.push_back(attribute_json(attribute, options));
        }
        out["attributes"] = std::move(attributes);
    }
    if (!message.rest.empty()) out["rest_hex"] = to_hex(message.rest);
}

void add_channel_data(json& out, Bytes datagram) {
    out["protocol"] = to_string(Protocol::TurnChannel);
    const auto parsed = ChannelData::parse(datagram);
    if (!parsed) {
        out["error"] = error_json(parsed.error());
        out["rest_hex"] = to_hex(datagram);
        return;
    }
    out["channel"] = hex_number(parsed->channel);
    out["length_bytes"] = parsed->data.size();
    out["data_hex"] = to_hex(parsed->data);
    if (parsed->trailing_bytes > 0) out["rest_hex"] = to_hex(datagram.last(parsed->trailing_bytes));
}

}  // namespace

json describe_json(Bytes datagram, const DescribeOptions& options) {
    json out = {{"size_bytes", datagram.size()}};
    const Protocol protocol = demultiplex(datagram);
    if (looks_like_stun(datagram)) {
        add_stun(out, datagram, options);
    } else if (protocol == Protocol::TurnChannel) {
        add_channel_data(out, datagram);
    } else {
        out["protocol"] = to_string(protocol);
        out["rest_hex"] = to_hex(datagram);
    }
    return out;
}

}  // namespace portolan::stun
