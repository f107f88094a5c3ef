#include "sdp-lint/rules/registry.hpp"

#include <array>

namespace portolan::lint {

std::span<const RuleGroup> rule_groups() {
    static constexpr std::array kGroups = {
        syntax_rules,          session_rules,   media_rules,         media_msrp_rules,
        media_t38_rules,       jsep_rules,      ice_rules,           dtls_rules,
        bundle_rules,          rtcp_mux_rules,  feedback_rules,      extmap_rules,
        simulcast_rules,       msid_rules,      data_rules,          codec_rules,
        audio_rules,           audio_amr_rules, video_rules,         security_rules,
        security_crypto_rules, pair_rules,      renegotiation_rules, munging_rules,
        target_rules};
    return kGroups;
}

}  // namespace portolan::lint
