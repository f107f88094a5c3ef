#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sdp-lint/sdp/description.hpp"

namespace portolan::sdp {

/// Fills a Description from its document: one pass over the lines, then the lists become spans.
class DescriptionBuilder {
  public:
    explicit DescriptionBuilder(Description& description) : d_(description) {}
    void build();

  private:
    void reserve();
    void index_attributes(Section& section);
    /// The lists that every section has a part of.
    enum List {
        kAttributes,
        kConnections,
        kBandwidths,
        kCandidates,
        kFingerprints,
        kRtpMaps,
        kFmtps,
        kCodecs,
        kFeedback,
        kExtmaps,
        kSsrcs,
        kSsrcGroups,
        kMsids,
        kRids,
        kSimulcasts,
        kListCount,
    };
    using Starts = std::array<std::uint32_t, kListCount>;

    void begin_section(std::uint32_t line_index);
    void take_line(std::uint32_t line_index);
    void take_attribute(const Attribute& attribute);
    void add_codecs();
    Starts sizes() const;
    void attach_spans();
    void attach_section(Section& section, const Starts& from, const Starts& to);
    void attach_codecs(Section& section);
    void index_mids();
    void find_usage();
    void index_bundles();

    Description& d_;
    std::vector<Starts> starts_;
    // Where the part of each view in a flat list begins.
    std::vector<std::uint32_t> fmt_starts_;
    std::vector<std::uint32_t> group_starts_;
    std::vector<std::uint32_t> ssrc_group_starts_;
    std::vector<std::uint32_t> extension_starts_;
    std::vector<std::uint32_t> parameter_starts_;
    std::vector<std::uint32_t> stream_starts_;
    std::vector<std::uint32_t> fmt_counts_;
    std::vector<std::uint32_t> group_counts_;
    std::vector<std::uint32_t> ssrc_group_counts_;
};

}  // namespace portolan::sdp
