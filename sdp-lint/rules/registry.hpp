#pragma once

#include <span>
#include <vector>

#include "sdp-lint/rules/rule.hpp"

namespace portolan::lint {

// One function a file of rules, in GROUP*.cpp.
std::span<const Rule> syntax_rules();
std::span<const Rule> session_rules();
std::span<const Rule> media_rules();
std::span<const Rule> media_msrp_rules();
std::span<const Rule> media_t38_rules();
std::span<const Rule> jsep_rules();
std::span<const Rule> ice_rules();
std::span<const Rule> dtls_rules();
std::span<const Rule> bundle_rules();
std::span<const Rule> rtcp_mux_rules();
std::span<const Rule> feedback_rules();
std::span<const Rule> extmap_rules();
std::span<const Rule> simulcast_rules();
std::span<const Rule> msid_rules();
std::span<const Rule> data_rules();
std::span<const Rule> codec_rules();
std::span<const Rule> audio_rules();
std::span<const Rule> audio_amr_rules();
std::span<const Rule> video_rules();
std::span<const Rule> security_rules();
std::span<const Rule> security_crypto_rules();
std::span<const Rule> pair_rules();
std::span<const Rule> renegotiation_rules();
std::span<const Rule> munging_rules();
std::span<const Rule> target_rules();

using RuleGroup = std::span<const Rule> (*)();
/// All groups.
std::span<const RuleGroup> rule_groups();

}  // namespace portolan::lint
