#include "sdp-lint/rules/negotiation.hpp"

#include <algorithm>

#include "sdp-lint/rules/codec_format.hpp"
#include "sdp-lint/rules/codec_kind.hpp"
#include "sdp-lint/rules/sequence.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;
using sdp::Codec;
using sdp::StreamDirection;

bool sends(StreamDirection direction) {
    return direction == StreamDirection::SendReceive || direction == StreamDirection::SendOnly;
}
bool receives(StreamDirection direction) {
    return direction == StreamDirection::SendReceive || direction == StreamDirection::ReceiveOnly;
}

/// RFC 3264 s6.1: the offerer sends if it offered to and the answerer receives.
StreamDirection agreed(StreamDirection offered, StreamDirection answered) {
    const bool to_answerer = sends(offered) && receives(answered);
    const bool to_offerer = receives(offered) && sends(answered);
    if (to_answerer && to_offerer) return StreamDirection::SendReceive;
    if (to_answerer) return StreamDirection::SendOnly;
    if (to_offerer) return StreamDirection::ReceiveOnly;
    return StreamDirection::Inactive;
}

std::string_view parameter(const Codec& codec, std::string_view name, std::string_view otherwise) {
    const auto* found = codec.parameter(name);
    return found != nullptr ? found->value : otherwise;
}

bool same_codec(const Section& in_offer, const Codec& offered, const Section& in_answer,
                const Codec& answered) {
    if (offered.name.empty() || !is_same_kind(offered, answered)) return false;
    if (offered.is("rtx")) {
        // RFC 4588 s8.1: it is what it repeats.
        const Codec* first = in_offer.codec(parameter(offered, "apt", ""));
        const Codec* second = in_answer.codec(parameter(answered, "apt", ""));
        return first != nullptr && second != nullptr && !first->is("rtx") && !second->is("rtx") &&
               same_codec(in_offer, *first, in_answer, *second);
    }
    return is_same_format(offered, answered);
}

std::vector<NegotiatedCodec> common_codecs(const Section& offer, const Section& answer) {
    std::vector<NegotiatedCodec> out;
    // A payload type is one of 128; more fmts than that are not worth comparing.
    const auto offered = offer.codecs.first(std::min<std::size_t>(offer.codecs.size(), 128));
    const auto answered = answer.codecs.first(std::min<std::size_t>(answer.codecs.size(), 128));
    for (const Codec& mine : answered) {
        if (!mine.payload_type || *mine.payload_type > 127) continue;
        const Codec* match = nullptr;
        for (const Codec& theirs : offered) {
            if (!theirs.payload_type || *theirs.payload_type > 127) continue;
            if (!same_codec(offer, theirs, answer, mine)) continue;
            // Of several that fit, the one with the same number is meant.
            if (match == nullptr || theirs.payload_type == mine.payload_type) match = &theirs;
        }
        if (match == nullptr) continue;
        out.push_back({mine.name, mine.clock_rate_hz, mine.channels,
                       static_cast<std::uint8_t>(*match->payload_type),
                       static_cast<std::uint8_t>(*mine.payload_type)});
    }
    return out;
}

/// RFC 8842 s5.3: the answerer's choice; actpass in an answer, or nothing, leaves it open.
DtlsRole offerer_role(const Pair& pair, const Section& offer, const Section& answer) {
    const Attribute* theirs = pair.answer.find_transport(answer, Attr::Setup);
    if (theirs != nullptr && theirs->value == "active") return DtlsRole::Server;
    if (theirs != nullptr && theirs->value == "passive") return DtlsRole::Client;
    const Attribute* mine = pair.offer.find_transport(offer, Attr::Setup);
    if (mine != nullptr && mine->value == "active") return DtlsRole::Client;
    if (mine != nullptr && mine->value == "passive") return DtlsRole::Server;
    return DtlsRole::Unknown;
}

/// What both list of the streams that go one way, as the offer orders them; each with those of its
/// alternatives that were answered.
std::vector<std::string> streams_in_both(const Section& offer, bool offer_sends,
                                         const Section& answer) {
    std::vector<std::string> out;
    if (offer.simulcasts.empty() || answer.simulcasts.empty()) return out;
    std::vector<std::pair<std::string_view, bool>> answered;  // rid, paused
    for (const auto& stream : answer.simulcasts.front().streams) {
        if (stream.is_send != offer_sends) answered.emplace_back(stream.rid, stream.paused);
    }
    std::sort(answered.begin(), answered.end());
    std::optional<std::uint32_t> position;
    for (const auto& stream : offer.simulcasts.front().streams) {
        if (stream.is_send != offer_sends) continue;
        const auto found =
            std::lower_bound(answered.begin(), answered.end(), std::pair(stream.rid, false));
        if (found == answered.end() || found->first != stream.rid) continue;
        // RFC 8853 s5.2: either side can have it begin paused.
        std::string rid = (stream.paused || found->second ? "~" : "") + std::string(stream.rid);
        if (position == stream.position) {
            out.back() += "," + rid;
        } else {
            out.push_back(std::move(rid));
            position = stream.position;
        }
    }
    return out;
}

/// RFC 3264 s8.4: the old way of putting a stream on hold is an address that nothing can be sent
/// to. With ICE it only says that there is no default candidate.
StreamDirection without_hold(const Description& description, const Section& section,
                             bool with_ice) {
    const StreamDirection direction = description.direction_of(section);
    const sdp::Connection* at = description.connection_for(section);
    if (at == nullptr || at->address_text != "0.0.0.0" || with_ice) return direction;
    return sends(direction) ? StreamDirection::SendOnly : StreamDirection::Inactive;
}

std::vector<std::string_view> common_formats(const Section& offer, const Section& answer) {
    std::vector<std::string_view> offered(offer.media.fmts.begin(), offer.media.fmts.end());
    std::sort(offered.begin(), offered.end());
    std::vector<std::string_view> out;
    for (const std::string_view fmt : answer.media.fmts) {
        if (std::binary_search(offered.begin(), offered.end(), fmt)) out.push_back(fmt);
    }
    return out;
}

std::vector<std::string_view> common_extensions(const Pair& pair, const Section& offer,
                                                const Section& answer) {
    std::vector<std::string_view> offered;
    for (const auto& extmap : pair.offer.extmaps_for(offer))
        offered.push_back(extmap.uri);
    std::sort(offered.begin(), offered.end());
    std::vector<std::string_view> out;
    for (const auto& extmap : pair.answer.extmaps_for(answer)) {
        if (std::binary_search(offered.begin(), offered.end(), extmap.uri))
            out.push_back(extmap.uri);
    }
    return out;
}

void describe_data(NegotiatedSection& out, const Section& answer) {
    if (const auto port = answer.value(Attr::SctpPort)) out.sctp_port = sdp::parse_number(*port);
    constexpr std::uint64_t kDefaultBytes = 65536;
    const auto size = answer.value(Attr::MaxMessageSize);
    out.max_message_size_bytes = size ? sdp::parse_number(*size) : kDefaultBytes;
}

NegotiatedSection negotiate_section(const Pair& pair, const Section& offer, const Section& answer,
                                    bool with_ice) {
    NegotiatedSection out;
    out.index = answer.index;
    out.media = answer.media.media;
    out.protocol = answer.media.proto;
    out.mid = pair.answer.mid_of(answer);
    if (out.mid.empty()) out.mid = pair.offer.mid_of(offer);
    if (offer.is_rejected() || answer.media.port.value == 0U) {
        // In an answer port 0 is a rejection, bundle-only or not (RFC 9143 s7.3).
        out.rejected = true;
        out.rejected_by = offer.is_rejected() ? "offer" : "answer";
        return out;
    }
    const sdp::BundleGroup* bundle = pair.answer.bundle_of(answer);
    if (bundle != nullptr && bundle->tagged != answer.index && bundle->tagged != sdp::kSession) {
        out.bundled_with = bundle->tagged;
    }
    // A bundle has one transport: that of its tagged section, on both sides.
    const auto tagged = out.bundled_with ? static_cast<std::size_t>(*out.bundled_with) : 0;
    const bool is_bundled = out.bundled_with && tagged < pair.offer.sections().size();
    out.offerer_dtls = is_bundled ? offerer_role(pair, pair.offer.sections()[tagged],
                                                 pair.answer.sections()[tagged])
                                  : offerer_role(pair, offer, answer);
    if (answer.media.is_sctp) {
        describe_data(out, answer);
        return out;
    }
    out.is_rtp = answer.media.is_rtp;
    out.direction = agreed(without_hold(pair.offer, offer, with_ice),
                           without_hold(pair.answer, answer, with_ice));
    if (!out.is_rtp) {
        out.formats = common_formats(offer, answer);
        return out;
    }
    out.codecs = common_codecs(offer, answer);
    out.rtcp_mux = offer.has(Attr::RtcpMux) && answer.has(Attr::RtcpMux);
    out.header_extensions = common_extensions(pair, offer, answer);
    out.simulcast_send = streams_in_both(offer, true, answer);
    out.simulcast_recv = streams_in_both(offer, false, answer);
    return out;
}

std::string codec_words(const NegotiatedCodec& codec) {
    std::string out(codec.name);
    out += "/" + std::to_string(codec.clock_rate_hz);
    if (codec.channels > 1) out += "/" + std::to_string(codec.channels);
    out += " (" + std::to_string(codec.offer_payload_type);
    if (codec.answer_payload_type != codec.offer_payload_type) {
        out += " to the offerer, " + std::to_string(codec.answer_payload_type) + " to the answerer";
    }
    return out + ")";
}

template <typename List, typename Words>
std::string join(const List& list, Words words) {
    std::string out;
    for (const auto& element : list) {
        if (!out.empty()) out += ", ";
        out += words(element);
    }
    return out;
}

std::string_view direction_words(StreamDirection direction) {
    switch (direction) {
        case StreamDirection::SendReceive:
            return "both send";
        case StreamDirection::SendOnly:
            return "only the offerer sends";
        case StreamDirection::ReceiveOnly:
            return "only the answerer sends";
        default:
            return "nobody sends";
    }
}

/// "~h,m" for people.
std::string as_stream(const std::string& rids) {
    std::string out;
    for (const std::string_view rid : sdp::split(rids, ',')) {
        if (!out.empty()) out += " or ";
        const bool is_paused = rid.starts_with('~');
        out += rid.substr(is_paused ? 1 : 0);
        if (is_paused) out += " (paused)";
    }
    return out;
}

/// Whether the offer has new credentials for any stream that went on.
bool is_restart(const Session& session, std::size_t index) {
    const Description* before = session.previous_of_same_side(index);
    if (before == nullptr) return false;
    const Description& now = session.at(index);
    return std::any_of(now.sections().begin(), now.sections().end(), [&](const Section& section) {
        const Section* earlier = same_stream(*before, now, section);
        return earlier != nullptr &&
               compare_credentials(*before, *earlier, now, section) == Credentials::Restarted;
    });
}

}  // namespace

Negotiation negotiate(const Pair& pair) {
    Negotiation out;
    // RFC 8445 s6.1.1: a full agent controls a lite one; otherwise the offerer does.
    const bool with_ice = pair.offer.uses_ice() && pair.answer.uses_ice();
    if (with_ice) out.offerer_ice = IceRole::Controlling;
    if (out.offerer_ice && pair.offer.is_ice_lite() && !pair.answer.is_ice_lite())
        out.offerer_ice = IceRole::Controlled;
    const auto offered = pair.offer.sections();
    const auto answered = pair.answer.sections();
    for (std::size_t i = 0; i < std::min(offered.size(), answered.size()); ++i)
        out.sections.push_back(negotiate_section(pair, offered[i], answered[i], with_ice));
    return out;
}

std::vector<Negotiation> negotiate_all(const Sequence& sequence) {
    std::vector<Negotiation> out;
    const Session session(sequence);
    Side controlling = 0;
    for (std::size_t i = 0; i + 1 < session.size(); i += 2) {
        out.push_back(negotiate({session.at(i), session.at(i + 1)}));
        Negotiation& latest = out.back();
        if (!latest.offerer_ice) continue;
        const Side offerer = session.side_of(i);
        if (i == 0 || is_restart(session, i)) {
            const bool offerer_controls = latest.offerer_ice == IceRole::Controlling;
            controlling = offerer_controls ? offerer : static_cast<Side>(1 - offerer);
        }
        latest.offerer_ice = offerer == controlling ? IceRole::Controlling : IceRole::Controlled;
    }
    return out;
}

std::string_view to_string(DtlsRole role) {
    switch (role) {
        case DtlsRole::Client:
            return "client";
        case DtlsRole::Server:
            return "server";
        case DtlsRole::Unknown:
            break;
    }
    return "unknown";
}

std::string_view to_string(IceRole role) {
    return role == IceRole::Controlling ? "controlling" : "controlled";
}

std::string_view to_string(std::optional<IceRole> role) {
    return role ? to_string(*role) : "none";
}

std::string describe(const Negotiation& negotiation) {
    std::string out = "negotiated:";
    out += negotiation.offerer_ice
               ? " the offerer is ICE-" + std::string(to_string(*negotiation.offerer_ice)) + "\n"
               : " without ICE\n";
    const auto as_text = [](std::string_view text) { return std::string(text); };
    for (const NegotiatedSection& section : negotiation.sections) {
        out += "  " + std::to_string(section.index) + " " + std::string(section.media);
        if (!section.mid.empty()) out += " (mid " + std::string(section.mid) + ")";
        if (section.rejected) {
            out += ": rejected by the " + std::string(section.rejected_by) + "\n";
            continue;
        }
        out += ": ";
        if (section.max_message_size_bytes) {
            out += "data channels";
            if (section.sctp_port) out += ", SCTP port " + std::to_string(*section.sctp_port);
            out += *section.max_message_size_bytes == 0
                       ? ", messages of any size"
                       : ", messages up to " + std::to_string(*section.max_message_size_bytes) +
                             " bytes";
        } else if (!section.is_rtp) {
            out += std::string(section.protocol) + ", ";
            out += section.formats.empty() ? "no common format" : join(section.formats, as_text);
        } else {
            out += section.codecs.empty() ? "no common codec" : join(section.codecs, codec_words);
            out += "\n      " + std::string(direction_words(section.direction));
        }
        if (section.offerer_dtls != DtlsRole::Unknown) {
            out += "; the offerer is DTLS " + std::string(to_string(section.offerer_dtls));
        }
        if (section.bundled_with) {
            out += "; bundled with section " + std::to_string(*section.bundled_with);
        }
        if (section.rtcp_mux) out += "; RTCP on the same port";
        if (!section.simulcast_send.empty())
            out += "; simulcast sent: " + join(section.simulcast_send, as_stream);
        if (!section.simulcast_recv.empty())
            out += "; simulcast received: " + join(section.simulcast_recv, as_stream);
        out += "\n";
    }
    return out;
}

}  // namespace portolan::lint
