#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "probe/stun/attribute_value.hpp"

// One decoded value as text and as JSON. Internal to the descriptions.
namespace portolan::stun {

/// "192.0.2.1:32853", "600 s", "change IP", "401 \"Unauthenticated\""; empty when the bytes say it
/// all.
std::string value_text(const AttributeInfo& info, const AttributeValue& value);

/// Adds value, value_s or value_hex to the attribute's object.
void add_value_json(nlohmann::json& out, const AttributeInfo& info, const AttributeValue& value);

/// "0x8022"
std::string hex_number(std::uint16_t number);

}  // namespace portolan::stun
