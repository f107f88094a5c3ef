#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sdp-lint/sdp/document.hpp"
#include "sdp-lint/sdp/views.hpp"

namespace portolan::sdp {

class Description;

/// An m= line and what follows it, or, as Description::session(), what comes before the first.
/// Every list is in the order of the lines.
class Section {
  public:
    std::int32_t index = kSession;
    std::uint32_t first_line = 0;  ///< the m= line; for the session the first of all
    std::uint32_t end_line = 0;    ///< one past the last
    MediaLine media;               ///< not for the session

    std::span<const Attribute> attributes;
    std::span<const Connection> connections;
    std::span<const Bandwidth> bandwidths;
    std::span<const Candidate> candidates;
    std::span<const Fingerprint> fingerprints;
    std::span<const RtpMap> rtpmaps;
    std::span<const Fmtp> fmtps;
    std::span<const Codec> codecs;  ///< one for each fmt of an RTP section, repetitions left out
    std::span<const RtcpFeedback> feedback;
    std::span<const Extmap> extmaps;
    std::span<const Ssrc> ssrcs;
    std::span<const SsrcGroup> ssrc_groups;
    std::span<const Msid> msids;
    std::span<const Rid> rids;
    std::span<const Simulcast> simulcasts;

    bool is_session() const { return index == kSession; }
    /// Constant time.
    bool has(Attr id) const { return present_.test(static_cast<std::size_t>(id)); }
    /// The first, or nullptr. Constant time.
    const Attribute* find(Attr id) const;
    /// The value of the first; nothing if there is none. A flag's is empty.
    std::optional<std::string_view> value(Attr id) const;

    /// Which kinds there are at all; rules skip a section that has none of theirs.
    const AttributeSet& present() const { return present_; }
    /// Which kinds there are more than once.
    const AttributeSet& repeated() const { return repeated_; }
    bool repeats(Attr id) const { return repeated_.test(static_cast<std::size_t>(id)); }

    /// Calls `visit(const Attribute&)` for each of that kind, in order.
    template <typename Visit>
    void each(Attr id, Visit visit) const {
        if (!has(id)) return;
        if (!repeats(id)) {
            visit(*find(id));
            return;
        }
        for (const Attribute& attribute : attributes) {
            if (attribute.id == id) visit(attribute);
        }
    }

    /// The codec of a payload type as written in this m= line, or nullptr. Constant time.
    const Codec* codec(std::optional<std::uint64_t> payload_type) const;
    const Codec* codec(std::string_view payload_type) const {
        return codec(parse_number(payload_type));
    }
    /// Whether any codec has that encoding name.
    const Codec* codec_named(std::string_view encoding) const;

    /// Port 0 without bundle-only (RFC 3264 s5.1, RFC 9143 s6): not for use.
    bool is_rejected() const {
        return !is_session() && media.port.value == 0U && !has(Attr::BundleOnly);
    }

  private:
    friend class DescriptionBuilder;
    AttributeSet present_;
    AttributeSet repeated_;
    /// Position of the first in attributes; nullptr where attributes are few enough to be searched.
    const std::array<std::uint32_t, kAttributeCount + 1>* first_positions_ = nullptr;
    /// Position + 1 in codecs by payload type, 0 for none; nullptr when there are no codecs.
    const std::array<std::uint32_t, 128>* codec_positions_ = nullptr;
};

/// A group with semantics BUNDLE and the sections that it names.
struct BundleGroup {
    const Group* group = nullptr;
    std::span<const std::int32_t> sections;  ///< in its order, unknown mids left out
    /// The offerer- or answerer-tagged section: the first (RFC 9143 s7.2.1); kSession for none.
    std::int32_t tagged = kSession;
};

/// What the one who sets it calls it.
enum class DescriptionKind : std::uint8_t { Unknown, Offer, Answer };

/// What the text is.
enum class DescriptionForm : std::uint8_t {
    Whole,  ///< a session description
    /// Trickled candidates: application/trickle-ice-sdpfrag (RFC 8840 s9). In this and the next
    /// two, lines "candidate:..." count as attributes.
    Fragment,
    Candidate,      ///< the candidate string of an RTCIceCandidate
    LostCandidate,  ///< ... of one that has neither sdpMid nor sdpMLineIndex
};

/// The whole of a description, every view computed once. It refers to the text, which has to
/// outlive it. It can be moved; pointers into it stay valid.
class Description {
  public:
    explicit Description(std::string_view text, DescriptionKind kind = DescriptionKind::Unknown,
                         DescriptionForm form = DescriptionForm::Whole);
    Description(Description&&) = default;
    Description& operator=(Description&&) = default;
    Description(const Description&) = delete;
    Description& operator=(const Description&) = delete;

    DescriptionKind kind() const { return kind_; }
    DescriptionForm form() const { return form_; }
    /// Of any form that is no whole description.
    bool is_fragment() const { return form_ != DescriptionForm::Whole; }

    const Document& document() const { return document_; }
    std::string_view text() const { return document_.text(); }
    std::span<const Line> lines() const { return document_.lines(); }
    const Line& line_of(const Attribute& attribute) const { return document_.line_of(attribute); }
    /// The first line of that type at session level, or nullptr.
    const Line* session_line(char type) const;

    const Section& session() const { return all_sections_.front(); }
    std::span<const Section> sections() const {
        return std::span<const Section>(all_sections_).subspan(1);
    }
    /// Session or section, by index.
    const Section& section(std::int32_t index) const {
        return all_sections_[static_cast<std::size_t>(std::int64_t{index} + 1)];
    }
    const Line& media_line(const Section& section) const { return lines()[section.first_line]; }
    /// "m=audio 9 ...": where to point when a section lacks something; for the session the first
    /// line.
    std::string_view head_of(const Section& section) const;

    /// The first o= line, or nullptr.
    const Origin* origin() const { return origins_.empty() ? nullptr : &origins_.front(); }

    /// In all sections and the session, in order of the lines.
    std::span<const Candidate> candidates() const { return candidates_; }
    std::span<const Fingerprint> fingerprints() const { return fingerprints_; }
    std::span<const Codec> codecs() const { return codecs_; }
    std::span<const Extmap> extmaps() const { return extmaps_; }
    std::span<const Ssrc> ssrcs() const { return ssrcs_; }

    std::span<const Group> groups() const { return groups_; }
    std::span<const BundleGroup> bundle_groups() const { return bundle_groups_; }
    /// The first BUNDLE group that names this section's mid, or nullptr.
    const BundleGroup* bundle_of(const Section& section) const;
    bool is_bundled(const Section& section) const { return bundle_of(section) != nullptr; }
    /// In a BUNDLE group, and not its tagged section.
    bool is_bundled_untagged(const Section& section) const;

    /// The section whose transport this one uses: the tagged one of its bundle, else itself.
    const Section& transport_of(const Section& section) const;

    /// The mid, or empty.
    std::string_view mid_of(const Section& section) const;
    /// The first section with that mid, or nullptr. Logarithmic.
    const Section* section_with_mid(std::string_view mid) const;

    /// Of the section, else of the session.
    const Attribute* find_effective(const Section& section, Attr id) const;
    /// Of the section, else of the session, else, when bundled, of the tagged section (RFC 9143
    /// s7.1.3: attributes of category TRANSPORT and IDENTICAL).
    const Attribute* find_transport(const Section& section, Attr id) const;
    /// What that one says; empty where there is none.
    std::string_view transport_value(const Section& section, Attr id) const {
        const Attribute* attribute = find_transport(section, id);
        return attribute == nullptr ? std::string_view{} : attribute->value;
    }
    /// The same for fingerprints: those that apply to the section.
    std::span<const Fingerprint> fingerprints_for(const Section& section) const;
    /// Extmaps of the section, else of the session.
    std::span<const Extmap> extmaps_for(const Section& section) const;
    /// Of the section, else of the session, else sendrecv (RFC 8866 s6.7).
    StreamDirection direction_of(const Section& section) const;
    /// The section's first c= line, else the session's, or nullptr.
    const Connection* connection_for(const Section& section) const;
    /// The first a=setup of the sections, else the session's, or nullptr.
    const Attribute* first_setup() const { return first_setup_; }
    /// Any credential or candidate in the whole description.
    bool uses_ice() const { return uses_ice_; }
    /// ice-lite at session level.
    bool is_ice_lite() const { return session().has(Attr::IceLite); }

  private:
    friend class DescriptionBuilder;

    Document document_;
    DescriptionKind kind_;
    DescriptionForm form_;
    const Attribute* first_setup_ = nullptr;
    bool uses_ice_ = false;
    std::vector<Section> all_sections_;  ///< the session's part first
    std::vector<Origin> origins_;
    std::vector<std::string_view> tokens_;
    std::vector<Connection> connections_;
    std::vector<Bandwidth> bandwidths_;
    std::vector<Group> groups_;
    std::vector<BundleGroup> bundle_groups_;
    std::vector<std::int32_t> bundle_sections_;
    std::vector<std::int32_t> bundle_of_section_;  ///< index of the group + 1; 0 for none
    std::vector<std::pair<std::string_view, std::int32_t>> mids_;  ///< sorted
    std::vector<Candidate> candidates_;
    std::vector<CandidateExtension> candidate_extensions_;
    std::vector<Fingerprint> fingerprints_;
    std::vector<RtpMap> rtpmaps_;
    std::vector<Fmtp> fmtps_;
    std::vector<FormatParameter> format_parameters_;
    std::vector<Codec> codecs_;
    std::vector<std::array<std::uint32_t, 128>> codec_positions_;
    std::vector<std::array<std::uint32_t, kAttributeCount + 1>> attribute_positions_;
    std::vector<RtcpFeedback> feedback_;
    std::vector<Extmap> extmaps_;
    std::vector<Ssrc> ssrcs_;
    std::vector<SsrcGroup> ssrc_groups_;
    std::vector<Msid> msids_;
    std::vector<Rid> rids_;
    std::vector<Simulcast> simulcasts_;
    std::vector<SimulcastStream> simulcast_streams_;
};

}  // namespace portolan::sdp
