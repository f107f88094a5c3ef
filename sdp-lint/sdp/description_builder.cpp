#include "sdp-lint/sdp/description_builder.hpp"

#include <algorithm>
#include <bitset>
#include <optional>

namespace portolan::sdp {

namespace {

/// So many attributes are searched faster than an index of them is made.
constexpr std::size_t kMostSearched = 200;

template <typename List>
std::uint32_t size_of(const List& list) {
    return static_cast<std::uint32_t>(list.size());
}

template <typename T>
std::span<const T> part(const std::vector<T>& list, std::uint32_t from, std::uint32_t to) {
    return std::span<const T>(list).subspan(from, to - from);
}

/// `views[i].*member` becomes flat[starts[i], starts[i + 1]).
template <typename View, typename T>
void attach(std::vector<View>& views, std::span<const T> View::*member, const std::vector<T>& flat,
            const std::vector<std::uint32_t>& starts) {
    for (std::size_t i = 0; i < views.size(); ++i) {
        const std::uint32_t end = i + 1 < views.size() ? starts[i + 1] : size_of(flat);
        views[i].*member = part(flat, starts[i], end);
    }
}

}  // namespace

/// Lists that grow move what they hold again and again; these are known beforehand.
void DescriptionBuilder::reserve() {
    std::array<std::uint32_t, kAttributeCount + 1> counts{};
    for (const Attribute& attribute : d_.document_.attributes())
        ++counts[static_cast<std::size_t>(attribute.id)];
    const auto count = [&](Attr id) { return counts[static_cast<std::size_t>(id)]; };
    const std::size_t section_count = d_.document_.media_lines().size() + 1;
    d_.all_sections_.reserve(section_count);
    starts_.reserve(section_count);
    fmt_starts_.reserve(section_count);
    fmt_counts_.reserve(section_count);
    d_.connections_.reserve(section_count);
    d_.groups_.reserve(count(Attr::Group));
    d_.candidates_.reserve(count(Attr::Candidate));
    d_.fingerprints_.reserve(count(Attr::Fingerprint));
    d_.rtpmaps_.reserve(count(Attr::Rtpmap));
    d_.codecs_.reserve(count(Attr::Rtpmap));
    d_.tokens_.reserve(2 * std::size_t{count(Attr::Rtpmap)} + section_count);
    d_.fmtps_.reserve(count(Attr::Fmtp));
    d_.format_parameters_.reserve(2 * std::size_t{count(Attr::Fmtp)});
    parameter_starts_.reserve(count(Attr::Fmtp));
    d_.feedback_.reserve(count(Attr::RtcpFb));
    d_.extmaps_.reserve(count(Attr::Extmap));
    d_.ssrcs_.reserve(count(Attr::Ssrc));
    d_.ssrc_groups_.reserve(count(Attr::SsrcGroup));
    d_.msids_.reserve(count(Attr::Msid));
    d_.rids_.reserve(count(Attr::Rid));
}

void DescriptionBuilder::build() {
    const auto lines = d_.lines();
    reserve();
    begin_section(0);
    std::size_t next_attribute = 0;
    const auto attributes = d_.document_.attributes();
    for (std::uint32_t i = 0; i < size_of(lines); ++i) {
        if (lines[i].type == 'm') begin_section(i);
        if (next_attribute < attributes.size() && attributes[next_attribute].line == i) {
            take_attribute(attributes[next_attribute++]);
        } else {
            take_line(i);
        }
    }
    d_.all_sections_.back().end_line = size_of(lines);
    add_codecs();
    attach_spans();
    index_mids();
    index_bundles();
    find_usage();
}

void DescriptionBuilder::begin_section(std::uint32_t line_index) {
    if (!d_.all_sections_.empty()) {
        d_.all_sections_.back().end_line = line_index;
        add_codecs();
    }
    starts_.push_back(sizes());
    Section& section = d_.all_sections_.emplace_back();
    section.index = static_cast<std::int32_t>(d_.all_sections_.size()) - 2;
    section.first_line = line_index;
    fmt_starts_.push_back(size_of(d_.tokens_));
    if (section.index != kSession) {
        section.media = parse_media_line(d_.lines()[line_index].value(), d_.tokens_);
    }
    fmt_counts_.push_back(size_of(d_.tokens_) - fmt_starts_.back());
}

void DescriptionBuilder::take_line(std::uint32_t line_index) {
    const Line& line = d_.lines()[line_index];
    switch (line.type) {
        case 'o':
            d_.origins_.push_back(parse_origin(line.value()));
            d_.origins_.back().line = line_index;
            break;
        case 'c':
            d_.connections_.push_back(parse_connection(line.value()));
            d_.connections_.back().line = line_index;
            d_.connections_.back().section = line.section;
            break;
        case 'b':
            d_.bandwidths_.push_back(parse_bandwidth(line.value()));
            d_.bandwidths_.back().line = line_index;
            d_.bandwidths_.back().section = line.section;
            break;
        default:
            break;
    }
}

void DescriptionBuilder::take_attribute(const Attribute& attribute) {
    Section& section = d_.all_sections_.back();
    const auto id = static_cast<std::size_t>(attribute.id);
    if (section.present_.test(id)) section.repeated_.set(id);
    section.present_.set(id);
    switch (attribute.id) {
        case Attr::Group:
            group_starts_.push_back(size_of(d_.tokens_));
            d_.groups_.push_back(parse_group(attribute, d_.tokens_));
            group_counts_.push_back(size_of(d_.tokens_) - group_starts_.back());
            break;
        case Attr::Candidate:
            extension_starts_.push_back(size_of(d_.candidate_extensions_));
            d_.candidates_.push_back(parse_candidate(attribute, d_.candidate_extensions_));
            break;
        case Attr::Fingerprint:
            d_.fingerprints_.push_back(parse_fingerprint(attribute));
            break;
        case Attr::Rtpmap:
            d_.rtpmaps_.push_back(parse_rtpmap(attribute));
            break;
        case Attr::Fmtp:
            parameter_starts_.push_back(size_of(d_.format_parameters_));
            d_.fmtps_.push_back(parse_fmtp(attribute, d_.format_parameters_));
            break;
        case Attr::RtcpFb:
            d_.feedback_.push_back(parse_rtcp_feedback(attribute));
            break;
        case Attr::Extmap:
            d_.extmaps_.push_back(parse_extmap(attribute));
            break;
        case Attr::Ssrc:
            d_.ssrcs_.push_back(parse_ssrc(attribute));
            break;
        case Attr::SsrcGroup:
            ssrc_group_starts_.push_back(size_of(d_.tokens_));
            d_.ssrc_groups_.push_back(parse_ssrc_group(attribute, d_.tokens_));
            ssrc_group_counts_.push_back(size_of(d_.tokens_) - ssrc_group_starts_.back());
            break;
        case Attr::Msid:
            d_.msids_.push_back(parse_msid(attribute));
            break;
        case Attr::Rid:
            d_.rids_.push_back(parse_rid(attribute));
            break;
        case Attr::Simulcast:
            stream_starts_.push_back(size_of(d_.simulcast_streams_));
            d_.simulcasts_.push_back(parse_simulcast(attribute, d_.simulcast_streams_));
            break;
        default:
            break;
    }
}

/// One for each fmt of the section that has just ended; what belongs to them is attached later. Of
/// a payload type that is listed again, only the first: else a line could make one fmtp line a
/// thousand times as long.
void DescriptionBuilder::add_codecs() {
    const Section& section = d_.all_sections_.back();
    if (!section.media.is_rtp) return;
    std::bitset<128> seen;
    for (std::uint32_t i = 0; i < fmt_counts_.back(); ++i) {
        const std::string_view fmt = d_.tokens_[fmt_starts_.back() + i];
        const std::optional<std::uint64_t> payload_type = parse_number(fmt);
        if (payload_type && *payload_type < seen.size()) {
            if (seen.test(*payload_type)) continue;
            seen.set(*payload_type);
        }
        Codec& codec = d_.codecs_.emplace_back();
        codec.fmt = fmt;
        codec.section = section.index;
        codec.payload_type = payload_type;
    }
}

DescriptionBuilder::Starts DescriptionBuilder::sizes() const {
    Starts sizes{};
    sizes[kConnections] = size_of(d_.connections_);
    sizes[kBandwidths] = size_of(d_.bandwidths_);
    sizes[kCandidates] = size_of(d_.candidates_);
    sizes[kFingerprints] = size_of(d_.fingerprints_);
    sizes[kRtpMaps] = size_of(d_.rtpmaps_);
    sizes[kFmtps] = size_of(d_.fmtps_);
    sizes[kCodecs] = size_of(d_.codecs_);
    sizes[kFeedback] = size_of(d_.feedback_);
    sizes[kExtmaps] = size_of(d_.extmaps_);
    sizes[kSsrcs] = size_of(d_.ssrcs_);
    sizes[kSsrcGroups] = size_of(d_.ssrc_groups_);
    sizes[kMsids] = size_of(d_.msids_);
    sizes[kRids] = size_of(d_.rids_);
    sizes[kSimulcasts] = size_of(d_.simulcasts_);
    return sizes;
}

void DescriptionBuilder::attach_spans() {
    attach(d_.candidates_, &Candidate::extensions, d_.candidate_extensions_, extension_starts_);
    attach(d_.fmtps_, &Fmtp::parameters, d_.format_parameters_, parameter_starts_);
    attach(d_.simulcasts_, &Simulcast::streams, d_.simulcast_streams_, stream_starts_);
    for (std::size_t i = 0; i < d_.groups_.size(); ++i)
        d_.groups_[i].mids =
            part(d_.tokens_, group_starts_[i], group_starts_[i] + group_counts_[i]);
    for (std::size_t i = 0; i < d_.ssrc_groups_.size(); ++i)
        d_.ssrc_groups_[i].ssrcs =
            part(d_.tokens_, ssrc_group_starts_[i], ssrc_group_starts_[i] + ssrc_group_counts_[i]);

    std::size_t with_codecs = 0;
    const Starts ends = sizes();
    for (std::size_t i = 0; i < d_.all_sections_.size(); ++i) {
        const bool last = i + 1 == d_.all_sections_.size();
        const std::uint32_t codec_end = last ? ends[kCodecs] : starts_[i + 1][kCodecs];
        if (codec_end > starts_[i][kCodecs]) ++with_codecs;
    }
    d_.codec_positions_.reserve(with_codecs);
    d_.attribute_positions_.reserve(d_.document_.attributes().size() / kMostSearched);

    std::uint32_t attribute = 0;
    const auto attributes = d_.document_.attributes();
    for (std::size_t i = 0; i < d_.all_sections_.size(); ++i) {
        Section& section = d_.all_sections_[i];
        section.media.fmts = part(d_.tokens_, fmt_starts_[i], fmt_starts_[i] + fmt_counts_[i]);
        Starts from = starts_[i];
        Starts to = i + 1 < starts_.size() ? starts_[i + 1] : ends;
        from[kAttributes] = attribute;
        while (attribute < attributes.size() && attributes[attribute].section == section.index)
            ++attribute;
        to[kAttributes] = attribute;
        attach_section(section, from, to);
        attach_codecs(section);
        index_attributes(section);
    }
}

/// What all sections look up in the session, or in the tagged section, has to be found at once.
void DescriptionBuilder::index_attributes(Section& section) {
    if (section.attributes.size() <= kMostSearched) return;
    auto& positions = d_.attribute_positions_.emplace_back();
    for (std::uint32_t i = size_of(section.attributes); i-- > 0;)
        positions[static_cast<std::size_t>(section.attributes[i].id)] = i;
    section.first_positions_ = &positions;
}

void DescriptionBuilder::attach_section(Section& section, const Starts& from, const Starts& to) {
    const auto in = [&](const auto& list, List which) {
        return part(list, from[which], to[which]);
    };
    section.attributes =
        d_.document_.attributes().subspan(from[kAttributes], to[kAttributes] - from[kAttributes]);
    section.connections = in(d_.connections_, kConnections);
    section.bandwidths = in(d_.bandwidths_, kBandwidths);
    section.candidates = in(d_.candidates_, kCandidates);
    section.fingerprints = in(d_.fingerprints_, kFingerprints);
    section.rtpmaps = in(d_.rtpmaps_, kRtpMaps);
    section.fmtps = in(d_.fmtps_, kFmtps);
    section.codecs = in(d_.codecs_, kCodecs);
    section.feedback = in(d_.feedback_, kFeedback);
    section.extmaps = in(d_.extmaps_, kExtmaps);
    section.ssrcs = in(d_.ssrcs_, kSsrcs);
    section.ssrc_groups = in(d_.ssrc_groups_, kSsrcGroups);
    section.msids = in(d_.msids_, kMsids);
    section.rids = in(d_.rids_, kRids);
    section.simulcasts = in(d_.simulcasts_, kSimulcasts);
}

void DescriptionBuilder::attach_codecs(Section& section) {
    if (section.codecs.empty()) return;
    std::array<const RtpMap*, 128> rtpmaps{};
    for (const RtpMap& map : section.rtpmaps) {
        if (map.format.value && *map.format.value < rtpmaps.size() &&
            rtpmaps[*map.format.value] == nullptr) {
            rtpmaps[*map.format.value] = &map;
        }
    }
    std::array<const Fmtp*, 128> fmtps{};
    for (const Fmtp& fmtp : section.fmtps) {
        if (fmtp.format.value && *fmtp.format.value < fmtps.size() &&
            fmtps[*fmtp.format.value] == nullptr) {
            fmtps[*fmtp.format.value] = &fmtp;
        }
    }
    auto& positions = d_.codec_positions_.emplace_back();
    section.codec_positions_ = &positions;
    const auto offset = static_cast<std::size_t>(section.codecs.data() - d_.codecs_.data());
    for (std::uint32_t i = 0; i < size_of(section.codecs); ++i) {
        Codec& codec = d_.codecs_[offset + i];
        if (!codec.payload_type || *codec.payload_type >= positions.size()) continue;
        const std::size_t payload_type = *codec.payload_type;
        if (positions[payload_type] == 0) positions[payload_type] = i + 1;
        codec.rtpmap = rtpmaps[payload_type];
        codec.fmtp = fmtps[payload_type];
        if (codec.rtpmap != nullptr) {
            codec.name = codec.rtpmap->encoding;
            codec.clock_rate_hz =
                static_cast<std::uint32_t>(codec.rtpmap->clock_rate_hz.value.value_or(0));
            if (const auto& channels = codec.rtpmap->parameters.value) {
                codec.channels = static_cast<std::uint32_t>(*channels);
            }
        } else if (const StaticPayloadType* row = static_payload_type(payload_type)) {
            codec.name = row->encoding;
            codec.clock_rate_hz = row->clock_rate_hz;
            codec.channels = row->channels;
            codec.is_static_assignment = true;
        }
        codec.auxiliary = is_auxiliary_encoding(codec.name);
    }
}

void DescriptionBuilder::index_mids() {
    for (const Section& section : d_.sections()) {
        if (const Attribute* mid = section.find(Attr::Mid); mid != nullptr && !mid->value.empty()) {
            d_.mids_.emplace_back(mid->value, section.index);
        }
    }
    std::sort(d_.mids_.begin(), d_.mids_.end());
}

/// What rules ask about the whole while they look at a section.
void DescriptionBuilder::find_usage() {
    d_.uses_ice_ = !d_.candidates_.empty();
    for (const Section& section : d_.all_sections_) {
        d_.uses_ice_ = d_.uses_ice_ || section.has(Attr::IceUfrag) || section.has(Attr::IcePwd);
    }
    for (const Section& section : d_.sections()) {
        d_.first_setup_ = section.find(Attr::Setup);
        if (d_.first_setup_ != nullptr) return;
    }
    d_.first_setup_ = d_.session().find(Attr::Setup);
}

void DescriptionBuilder::index_bundles() {
    d_.bundle_of_section_.assign(d_.sections().size(), 0);
    std::vector<std::uint32_t> starts;
    for (const Group& group : d_.groups_) {
        if (!group.is_bundle() || group.attribute->section != kSession) continue;
        BundleGroup& bundle = d_.bundle_groups_.emplace_back();
        bundle.group = &group;
        starts.push_back(size_of(d_.bundle_sections_));
        for (const std::string_view mid : group.mids) {
            const Section* section = d_.section_with_mid(mid);
            if (section == nullptr) continue;
            d_.bundle_sections_.push_back(section->index);
            auto& of_section = d_.bundle_of_section_[static_cast<std::size_t>(section->index)];
            if (of_section == 0) of_section = static_cast<std::int32_t>(d_.bundle_groups_.size());
            if (bundle.tagged == kSession) bundle.tagged = section->index;
        }
    }
    attach(d_.bundle_groups_, &BundleGroup::sections, d_.bundle_sections_, starts);
}

}  // namespace portolan::sdp
