#include "sdp-lint/sdp/description.hpp"

#include <algorithm>

#include "sdp-lint/sdp/description_builder.hpp"

namespace portolan::sdp {

const Attribute* Section::find(Attr id) const {
    if (!has(id)) return nullptr;
    if (first_positions_ != nullptr)
        return &attributes[(*first_positions_)[static_cast<std::size_t>(id)]];
    for (const Attribute& attribute : attributes) {
        if (attribute.id == id) return &attribute;
    }
    return nullptr;
}

std::optional<std::string_view> Section::value(Attr id) const {
    const Attribute* attribute = find(id);
    if (attribute == nullptr) return std::nullopt;
    return attribute->value;
}

const Codec* Section::codec(std::optional<std::uint64_t> payload_type) const {
    if (codec_positions_ == nullptr || !payload_type || *payload_type >= codec_positions_->size()) {
        return nullptr;
    }
    const std::uint32_t position = (*codec_positions_)[*payload_type];
    return position == 0 ? nullptr : &codecs[position - 1];
}

const Codec* Section::codec_named(std::string_view encoding) const {
    for (const Codec& codec : codecs) {
        if (codec.is(encoding)) return &codec;
    }
    return nullptr;
}

Description::Description(std::string_view text, DescriptionKind kind, DescriptionForm form)
    : document_(text, form != DescriptionForm::Whole), kind_(kind), form_(form) {
    DescriptionBuilder(*this).build();
}

const Line* Description::session_line(char type) const {
    const auto all = lines();
    for (std::uint32_t i = 0; i < session().end_line; ++i) {
        if (all[i].type == type) return &all[i];
    }
    return nullptr;
}

std::string_view Description::head_of(const Section& section) const {
    if (section.first_line >= lines().size()) return start_of(text());
    return lines()[section.first_line].text;
}

const BundleGroup* Description::bundle_of(const Section& section) const {
    if (section.is_session()) return nullptr;
    const std::int32_t index = bundle_of_section_[static_cast<std::size_t>(section.index)];
    return index == 0 ? nullptr : &bundle_groups_[static_cast<std::size_t>(index - 1)];
}

bool Description::is_bundled_untagged(const Section& section) const {
    const BundleGroup* bundle = bundle_of(section);
    return bundle != nullptr && bundle->tagged != section.index;
}

const Section& Description::transport_of(const Section& section) const {
    const BundleGroup* bundle = bundle_of(section);
    return bundle == nullptr || bundle->tagged == kSession ? section
                                                           : this->section(bundle->tagged);
}

std::string_view Description::mid_of(const Section& section) const {
    return section.value(Attr::Mid).value_or(std::string_view{});
}

const Section* Description::section_with_mid(std::string_view mid) const {
    const auto found = std::lower_bound(
        mids_.begin(), mids_.end(), mid,
        [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
    if (found == mids_.end() || found->first != mid) return nullptr;
    return &section(found->second);
}

const Attribute* Description::find_effective(const Section& section, Attr id) const {
    const Attribute* own = section.find(id);
    return own != nullptr ? own : session().find(id);
}

const Attribute* Description::find_transport(const Section& section, Attr id) const {
    if (const Attribute* found = find_effective(section, id)) return found;
    const BundleGroup* bundle = bundle_of(section);
    if (bundle == nullptr || bundle->tagged == kSession) return nullptr;
    return this->section(bundle->tagged).find(id);
}

std::span<const Fingerprint> Description::fingerprints_for(const Section& section) const {
    if (!section.fingerprints.empty()) return section.fingerprints;
    if (!session().fingerprints.empty()) return session().fingerprints;
    const BundleGroup* bundle = bundle_of(section);
    if (bundle == nullptr || bundle->tagged == kSession) return {};
    return this->section(bundle->tagged).fingerprints;
}

std::span<const Extmap> Description::extmaps_for(const Section& section) const {
    return section.extmaps.empty() ? session().extmaps : section.extmaps;
}

StreamDirection Description::direction_of(const Section& section) const {
    const auto of = [](const Section& where) {
        constexpr std::array kDirections = {Attr::Sendrecv, Attr::Sendonly, Attr::Recvonly,
                                            Attr::Inactive};
        const Attribute* first = nullptr;
        for (const Attr direction : kDirections) {
            const Attribute* found = where.find(direction);
            if (found != nullptr && (first == nullptr || found->line < first->line)) first = found;
        }
        return first == nullptr ? StreamDirection::None : direction_from(first->id);
    };
    const StreamDirection own = of(section);
    if (own != StreamDirection::None) return own;
    const StreamDirection of_session = of(session());
    return of_session != StreamDirection::None ? of_session : StreamDirection::SendReceive;
}

const Connection* Description::connection_for(const Section& section) const {
    if (!section.connections.empty()) return &section.connections.front();
    return session().connections.empty() ? nullptr : &session().connections.front();
}

}  // namespace portolan::sdp
