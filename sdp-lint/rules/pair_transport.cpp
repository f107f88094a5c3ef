// Pair rules about ICE, DTLS and BUNDLE.
#include <algorithm>
#include <vector>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/pair_checks.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;

std::string_view value_of(const Attribute& attribute) {
    return attribute.value.empty() ? attribute.name : attribute.value;
}

/// Whether the section's lines are those of its transport: in a bundle the tagged one's are.
bool speaks_for_transport(const Description& description, const Section& section) {
    return !description.is_bundled_untagged(section);
}

void check_role(const Attribute& attribute, bool is_dtls, Reporter& reporter) {
    if (attribute.value == "actpass") {
        reporter
            .report(Code::OA014, attribute.value,
                    is_dtls ? "an answer cannot leave the DTLS role open"
                            : "an answer cannot leave open who connects")
            .fix("answer active", replace(attribute.value, "active"));
    } else if (attribute.value == "holdconn" && is_dtls) {
        // RFC 4145 s4.1 lets it answer anything where there is no DTLS.
        reporter.report(Code::OA015, attribute.value,
                        "holdconn means that no DTLS connection is made");
    }
}

void check_roles(const Description& answer, Reporter& reporter) {
    bool any_dtls = false;
    for (const Section& section : answer.sections()) {
        if (section.is_rejected()) continue;
        any_dtls = any_dtls || section.media.is_dtls;
        section.each(Attr::Setup, [&](const Attribute& attribute) {
            check_role(attribute, section.media.is_dtls, reporter);
        });
    }
    answer.session().each(Attr::Setup, [&](const Attribute& attribute) {
        check_role(attribute, any_dtls, reporter);
    });
}

}  // namespace

void check_answered_roles(const Description& description, Reporter& reporter) {
    if (description.kind() == sdp::DescriptionKind::Answer) check_roles(description, reporter);
}

void check_answered_roles_in_pair(const Pair& pair, Reporter& reporter) {
    if (pair.answer.kind() != sdp::DescriptionKind::Answer) check_roles(pair.answer, reporter);
}

void check_setup(const Pair& pair, Reporter& reporter) {
    each_accepted(pair, [&](const Section& offered, const Section& answered) {
        if (!answered.media.is_dtls || !speaks_for_transport(pair.answer, answered)) return;
        const std::string_view offer = pair.offer.transport_value(offered, Attr::Setup);
        const Attribute* answer = pair.answer.find_transport(answered, Attr::Setup);
        if (answer == nullptr) {
            const std::string_view role = offer == "active" ? "passive" : "active";
            reporter
                .report(Code::OA016, pair.answer.head_of(answered), "the answer has no DTLS role")
                .fix("add a=setup", append_line(pair.answer, answered, text("a=setup:", role)));
        } else if ((offer == "active" || offer == "passive") && answer->value == offer) {
            reporter.report(Code::OA017, answer->value, text("both sides are ", offer))
                .related(pair.offer.find_transport(offered, Attr::Setup)->value,
                         "the offered role");
        }
    });
}

namespace {

void check_rtcp_mux(const Pair& pair, const Section& offered, const Section& answered,
                    Reporter& reporter) {
    answered.each(Attr::RtcpMuxOnly, [&](const Attribute& attribute) {
        reporter
            .report(Code::OA019, pair.answer.line_of(attribute).text,
                    "rtcp-mux-only is for offers alone")
            .fix("remove the line", erase_line(pair.answer, attribute));
    });
    if (!answered.media.is_rtp || !pair.answer.is_bundled(answered) ||
        !speaks_for_transport(pair.answer, answered) ||
        pair.answer.find_transport(answered, Attr::RtcpMux) != nullptr) {
        return;
    }
    auto draft = reporter.report(Code::OA018, pair.answer.head_of(answered),
                                 "the section is bundled and has no rtcp-mux");
    if (const Attribute* offer = pair.offer.find_transport(offered, Attr::RtcpMux))
        draft.related(pair.offer.line_of(*offer).text, "offered here");
}

void check_ice(const Pair& pair, const Section& offered, const Section& answered,
               Reporter& reporter) {
    const Attribute* offer_ufrag = pair.offer.find_transport(offered, Attr::IceUfrag);
    const Attribute* offer_pwd = pair.offer.find_transport(offered, Attr::IcePwd);
    if (offer_ufrag == nullptr || offer_pwd == nullptr) return;
    const Attribute* ufrag = pair.answer.find_transport(answered, Attr::IceUfrag);
    const Attribute* pwd = pair.answer.find_transport(answered, Attr::IcePwd);
    if (ufrag == nullptr && pwd == nullptr) {
        reporter
            .report(Code::OA021, pair.answer.head_of(answered),
                    "the answer has no ice-ufrag and no ice-pwd")
            .related(pair.offer.line_of(*offer_ufrag).text, "ICE is offered here");
        return;
    }
    // IC001, IC002
    if (ufrag == nullptr || pwd == nullptr) return;
    if (ufrag->value == offer_ufrag->value && pwd->value == offer_pwd->value) {
        reporter.report(Code::OA022, value_of(*ufrag), "the answer has the offer's ICE credentials")
            .related(value_of(*offer_ufrag), "the same in the offer");
    }
}

/// A tls-id that applies to the section, its bundle or all.
bool has_tls_id(const Description& description, const Section& section) {
    return description.find_transport(section, Attr::TlsId) != nullptr;
}

}  // namespace

void check_transport(const Pair& pair, Reporter& reporter) {
    if (pair.offer.is_ice_lite() && pair.answer.is_ice_lite()) {
        const Attribute& offer = *pair.offer.session().find(Attr::IceLite);
        const Attribute& answer = *pair.answer.session().find(Attr::IceLite);
        reporter
            .report(Code::OA023, pair.answer.line_of(answer).text,
                    "both sides are lite, so nobody checks connectivity")
            .related(pair.offer.line_of(offer).text, "the offerer is lite too");
    }
    each_accepted(pair, [&](const Section& offered, const Section& answered) {
        check_rtcp_mux(pair, offered, answered, reporter);
        if (!has_tls_id(pair.offer, offered)) {
            answered.each(Attr::TlsId, [&](const Attribute& attribute) {
                reporter.report(Code::OA031, pair.answer.line_of(attribute).text,
                                "the offer has no tls-id");
            });
        }
        if (!speaks_for_transport(pair.answer, answered)) return;
        if (answered.media.is_dtls && pair.answer.fingerprints_for(answered).empty()) {
            reporter.report(Code::OA020, pair.answer.head_of(answered),
                            "the answer has no fingerprint");
        }
        check_ice(pair, offered, answered, reporter);
    });
}

namespace {

/// The mid and a blank beside it.
std::string_view with_blank(std::string_view mid) {
    return {mid.data() - 1, mid.size() + 1};
}

void check_group(const Pair& pair, const sdp::BundleGroup& group, Reporter& reporter) {
    const sdp::BundleGroup* offered_group = nullptr;
    for (const std::string_view mid : group.group->mids) {
        const Section* offered = pair.offer.section_with_mid(mid);
        const sdp::BundleGroup* its_group =
            offered == nullptr ? nullptr : pair.offer.bundle_of(*offered);
        if (offered_group == nullptr) offered_group = its_group;
        if (its_group == nullptr || its_group != offered_group) {
            reporter.report(Code::OA010, mid,
                            text("mid ", quoted(mid), " was not offered in this bundle"));
        }
    }
    bool any_accepted = false;
    for (const std::int32_t index : group.sections)
        any_accepted = any_accepted || !pair.answer.section(index).is_rejected();
    for (const std::string_view mid : group.group->mids) {
        const Section* answered = pair.answer.section_with_mid(mid);
        if (answered == nullptr || !answered->is_rejected()) continue;
        if (answered->index == group.tagged && any_accepted) {
            reporter
                .report(Code::OA025, answered->media.port.text,
                        "the section whose transport the bundle uses is rejected")
                .related(mid, "the first of the group");
        } else {
            reporter
                .report(Code::OA024, mid,
                        text("section ", quoted(mid), " is rejected and still in the bundle"))
                .related(pair.answer.head_of(*answered), "rejected here")
                .fix("take it out of the group", erase(with_blank(mid)));
        }
    }
}

}  // namespace

void check_bundle(const Pair& pair, Reporter& reporter) {
    std::vector<const sdp::BundleGroup*> answered;
    for (const sdp::BundleGroup& group : pair.answer.bundle_groups()) {
        check_group(pair, group, reporter);
        const Section* offered = group.group->mids.empty()
                                     ? nullptr
                                     : pair.offer.section_with_mid(group.group->mids.front());
        const sdp::BundleGroup* its_group =
            offered == nullptr ? nullptr : pair.offer.bundle_of(*offered);
        if (its_group == nullptr) continue;
        if (std::find(answered.begin(), answered.end(), its_group) != answered.end()) {
            reporter.report(Code::OA037, group.group->mids.front(),
                            "a second group of sections that were offered as one");
        }
        answered.push_back(its_group);
    }
}

}  // namespace portolan::lint
