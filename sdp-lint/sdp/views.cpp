#include "sdp-lint/sdp/views.hpp"

#include <algorithm>
#include <array>

namespace portolan::sdp {

namespace {

constexpr std::array<StaticPayloadType, 24> kStaticPayloadTypes{{
    {0, "PCMU", 8000, 1},   {3, "GSM", 8000, 1},    {4, "G723", 8000, 1},   {5, "DVI4", 8000, 1},
    {6, "DVI4", 16000, 1},  {7, "LPC", 8000, 1},    {8, "PCMA", 8000, 1},   {9, "G722", 8000, 1},
    {10, "L16", 44100, 2},  {11, "L16", 44100, 1},  {12, "QCELP", 8000, 1}, {13, "CN", 8000, 1},
    {14, "MPA", 90000, 1},  {15, "G728", 8000, 1},  {16, "DVI4", 11025, 1}, {17, "DVI4", 22050, 1},
    {18, "G729", 8000, 1},  {25, "CelB", 90000, 1}, {26, "JPEG", 90000, 1}, {28, "nv", 90000, 1},
    {31, "H261", 90000, 1}, {32, "MPV", 90000, 1},  {33, "MP2T", 90000, 1}, {34, "H263", 90000, 1},
}};

CandidateType candidate_type(std::string_view type) {
    if (equal_in_any_case(type, "host")) return CandidateType::Host;
    if (equal_in_any_case(type, "srflx")) return CandidateType::ServerReflexive;
    if (equal_in_any_case(type, "prflx")) return CandidateType::PeerReflexive;
    if (equal_in_any_case(type, "relay")) return CandidateType::Relayed;
    return CandidateType::Unknown;
}

void take_rids(std::string_view list, bool is_send, std::vector<SimulcastStream>& streams) {
    std::uint32_t position = 0;
    for (const std::string_view stream : split(list, ';')) {
        for (std::string_view rid : split(stream, ',')) {
            const bool paused = rid.starts_with('~');
            if (paused) rid.remove_prefix(1);
            streams.push_back({rid, paused, is_send, position});
        }
        ++position;
    }
}

/// "80:22:DD": as nearly all of them are.
bool is_pairs_with_colons(std::string_view digest) {
    if (digest.size() % 3 != 2) return false;
    for (std::size_t i = 0; i < digest.size(); i += 3) {
        if (!is_hex(digest[i]) || !is_hex(digest[i + 1])) return false;
        if (i + 2 < digest.size() && digest[i + 2] != ':') return false;
    }
    return true;
}

/// The semantics; the members behind them go to `tokens`.
template <typename AnyGroup>
AnyGroup with_members(const Attribute& attribute, std::vector<std::string_view>& tokens) {
    AnyGroup group;
    group.attribute = &attribute;
    Cursor cursor(attribute.value);
    group.semantics = cursor.word();
    for (const std::string_view member : words(cursor.rest()))
        tokens.push_back(member);
    return group;
}

}  // namespace

const StaticPayloadType* static_payload_type(std::uint64_t payload_type) {
    for (const StaticPayloadType& row : kStaticPayloadTypes) {
        if (row.payload_type == payload_type) return &row;
    }
    return nullptr;
}

std::string_view to_string(StreamDirection direction) {
    switch (direction) {
        case StreamDirection::SendReceive:
            return "sendrecv";
        case StreamDirection::SendOnly:
            return "sendonly";
        case StreamDirection::ReceiveOnly:
            return "recvonly";
        case StreamDirection::Inactive:
            return "inactive";
        case StreamDirection::None:
            break;
    }
    return "";
}

MediaKind media_kind(std::string_view media) {
    if (media == "audio") return MediaKind::Audio;
    if (media == "video") return MediaKind::Video;
    if (media == "application") return MediaKind::Application;
    if (media == "text") return MediaKind::Text;
    if (media == "image") return MediaKind::Image;
    if (media == "message") return MediaKind::Message;
    return MediaKind::Other;
}

void classify_proto(MediaLine& media) {
    for (const std::string_view part : split(media.proto, '/')) {
        if (part == "RTP") media.is_rtp = true;
        if (part == "AVPF" || part == "SAVPF") media.is_feedback = true;
        if (part == "SAVP" || part == "SAVPF") media.is_secure = true;
        if (part == "TLS" || part == "DTLS") media.is_dtls = true;
        if (part == "SCTP") media.is_sctp = true;
    }
}

MediaLine parse_media_line(std::string_view value, std::vector<std::string_view>& tokens) {
    MediaLine media;
    Cursor cursor(value);
    media.media = cursor.word();
    media.kind = media_kind(media.media);
    const std::string_view port = cursor.word();
    Cursor parts(port);
    media.port = number_of(parts.until('/'));
    media.has_port_count = media.port.text.size() != port.size();
    media.port_count = number_of(parts.rest());
    media.proto = cursor.word();
    classify_proto(media);
    cursor.skip_spaces();
    media.formats = cursor.rest();
    for (const std::string_view fmt : words(media.formats))
        tokens.push_back(fmt);
    return media;
}

Origin parse_origin(std::string_view value) {
    Origin origin;
    Cursor cursor(value);
    origin.username = cursor.word();
    origin.session_id = cursor.word();
    origin.session_version = cursor.word();
    origin.nettype = cursor.word();
    origin.addrtype = cursor.word();
    origin.address = parse_address(cursor.word());
    origin.field_count = static_cast<std::uint32_t>(count_words(value));
    return origin;
}

Connection parse_connection(std::string_view value) {
    Connection connection;
    Cursor cursor(value);
    connection.nettype = cursor.word();
    connection.addrtype = cursor.word();
    connection.address_text = cursor.word();
    Cursor parts(connection.address_text);
    connection.address = parse_address(parts.until('/'));
    connection.suffix = parts.rest();
    connection.field_count = static_cast<std::uint32_t>(count_words(value));
    return connection;
}

Bandwidth parse_bandwidth(std::string_view value) {
    Bandwidth bandwidth;
    Cursor cursor(value);
    bandwidth.type = cursor.until(':');
    bandwidth.has_value = bandwidth.type.size() != value.size();
    bandwidth.value = number_of(cursor.rest());
    return bandwidth;
}

Group parse_group(const Attribute& attribute, std::vector<std::string_view>& tokens) {
    return with_members<Group>(attribute, tokens);
}

Candidate parse_candidate(const Attribute& attribute, std::vector<CandidateExtension>& extensions) {
    Candidate candidate;
    candidate.attribute = &attribute;
    Cursor cursor(attribute.value);
    candidate.foundation = cursor.word();
    candidate.component = number_of(cursor.word());
    candidate.transport = cursor.word();
    candidate.is_udp = equal_in_any_case(candidate.transport, "udp");
    candidate.is_tcp = equal_in_any_case(candidate.transport, "tcp");
    candidate.priority = number_of(cursor.word());
    candidate.address = parse_address(cursor.word());
    candidate.port = number_of(cursor.word());
    candidate.typ = cursor.word();
    candidate.type = cursor.word();
    candidate.type_value = candidate_type(candidate.type);
    candidate.raddr = candidate.rport = candidate.tcptype = candidate.ufrag =
        end_of(attribute.value);
    candidate.related_port.text = candidate.raddr;
    candidate.token_count =
        static_cast<std::uint32_t>(count_words(span_of(attribute.value, candidate.type)));
    while (true) {
        const std::string_view name = cursor.word();
        if (name.empty()) break;
        const std::string_view value = cursor.word();
        candidate.token_count += value.empty() ? 1 : 2;
        extensions.push_back({name, value});
        if (name == "raddr") {
            candidate.raddr = name;
            candidate.related_address = parse_address(value);
        } else if (name == "rport") {
            candidate.rport = name;
            candidate.related_port = number_of(value);
        } else if (name == "tcptype") {
            candidate.has_tcptype = true;
            candidate.tcptype = value;
        } else if (name == "ufrag") {
            candidate.ufrag = value;
        }
    }
    return candidate;
}

Fingerprint parse_fingerprint(const Attribute& attribute) {
    Fingerprint fingerprint;
    fingerprint.attribute = &attribute;
    Cursor cursor(attribute.value);
    fingerprint.hash = cursor.word();
    cursor.skip_spaces();
    fingerprint.digest = cursor.rest();
    const std::string_view digest = fingerprint.digest;
    if (is_pairs_with_colons(digest)) {
        fingerprint.is_hex = true;
        fingerprint.has_colons = true;
        fingerprint.digest_bytes = static_cast<std::uint32_t>((digest.size() + 1) / 3);
        return fingerprint;
    }
    const auto colon_count =
        static_cast<std::size_t>(std::count(digest.begin(), digest.end(), ':'));
    const auto hex_count =
        static_cast<std::size_t>(std::count_if(digest.begin(), digest.end(), is_hex));
    fingerprint.is_hex = !digest.empty() && colon_count + hex_count == digest.size();
    // A colon after every two characters, and none elsewhere.
    bool in_place = digest.size() % 3 == 2 && colon_count == digest.size() / 3;
    for (std::size_t i = 2; i < digest.size() && in_place; i += 3)
        in_place = digest[i] == ':';
    fingerprint.has_colons = in_place;
    fingerprint.digest_bytes = static_cast<std::uint32_t>(hex_count / 2);
    return fingerprint;
}

RtpMap parse_rtpmap(const Attribute& attribute) {
    RtpMap map;
    map.attribute = &attribute;
    Cursor cursor(attribute.value);
    map.format = number_of(cursor.word());
    // Blanks around it are for the rules of the syntax.
    Cursor parts(trim(cursor.rest()));
    map.encoding = parts.until('/');
    map.clock_rate_hz = number_of(parts.until('/'));
    map.has_parameters =
        !parts.done() ||
        (map.clock_rate_hz.text.data() + map.clock_rate_hz.text.size() != parts.rest().data());
    map.parameters = number_of(parts.rest());
    return map;
}

const FormatParameter* Fmtp::find(std::string_view name) const {
    for (const FormatParameter& parameter : parameters) {
        if (equal_in_any_case(parameter.name, name)) return &parameter;
    }
    return nullptr;
}

bool is_auxiliary_encoding(std::string_view encoding) {
    const auto is = [&](std::string_view name) { return equal_in_any_case(encoding, name); };
    // By length first: it is asked of every codec.
    switch (encoding.size()) {
        case 2:
            return is("CN");
        case 3:
            return is("rtx") || is("red");
        case 6:
            return is("ulpfec");
        case 7:
            return is("flexfec");
        case 9:
            return is("parityfec");
        case 10:
            return is("flexfec-03");
        case 15:
            return is("telephone-event");
        default:
            return false;
    }
}

Fmtp parse_fmtp(const Attribute& attribute, std::vector<FormatParameter>& parameters) {
    Fmtp fmtp;
    fmtp.attribute = &attribute;
    Cursor cursor(attribute.value);
    fmtp.format = number_of(cursor.word());
    cursor.skip_spaces();
    fmtp.text = cursor.rest();
    for (const std::string_view part : split(fmtp.text, ';')) {
        FormatParameter parameter;
        parameter.text = trim(part);
        if (parameter.text.empty()) continue;
        const std::size_t equals = parameter.text.find('=');
        if (equals == std::string_view::npos) {
            parameter.name = start_of(parameter.text);
            parameter.value = parameter.text;
        } else {
            parameter.name = trim(parameter.text.substr(0, equals));
            parameter.value = trim(parameter.text.substr(equals + 1));
        }
        parameters.push_back(parameter);
    }
    return fmtp;
}

RtcpFeedback parse_rtcp_feedback(const Attribute& attribute) {
    RtcpFeedback feedback;
    feedback.attribute = &attribute;
    Cursor cursor(attribute.value);
    feedback.format = cursor.word();
    feedback.payload_type = parse_number(feedback.format);
    feedback.type = cursor.word();
    feedback.parameter = trim(cursor.rest());
    return feedback;
}

Extmap parse_extmap(const Attribute& attribute) {
    Extmap extmap;
    extmap.attribute = &attribute;
    extmap.section = attribute.section;
    Cursor cursor(attribute.value);
    const std::string_view first = cursor.word();
    Cursor parts(first);
    extmap.id = number_of(parts.until('/'));
    extmap.has_direction = extmap.id.text.size() != first.size();
    extmap.direction = parts.rest();
    extmap.uri = cursor.word();
    extmap.attributes = trim(cursor.rest());
    return extmap;
}

Ssrc parse_ssrc(const Attribute& attribute) {
    Ssrc ssrc;
    ssrc.attribute = &attribute;
    Cursor cursor(attribute.value);
    ssrc.id = number_of(cursor.word());
    cursor.skip_spaces();
    const std::string_view rest = cursor.rest();
    ssrc.name = cursor.until(':');
    ssrc.has_value = ssrc.name.size() != rest.size();
    ssrc.value = cursor.rest();
    return ssrc;
}

SsrcGroup parse_ssrc_group(const Attribute& attribute, std::vector<std::string_view>& tokens) {
    return with_members<SsrcGroup>(attribute, tokens);
}

Msid parse_msid(const Attribute& attribute) {
    Msid msid;
    msid.attribute = &attribute;
    Cursor cursor(attribute.value);
    msid.id = cursor.word();
    msid.appdata = cursor.word();
    msid.field_count = static_cast<std::uint32_t>(count_words(attribute.value));
    return msid;
}

Rid parse_rid(const Attribute& attribute) {
    Rid rid;
    rid.attribute = &attribute;
    Cursor cursor(attribute.value);
    rid.id = cursor.word();
    rid.direction = cursor.word();
    rid.restrictions = trim(cursor.rest());
    rid.payload_types = end_of(attribute.value);
    for (const std::string_view part : split(rid.restrictions, ';')) {
        const std::string_view restriction = trim(part);
        if (restriction.starts_with("pt=")) rid.payload_types = restriction.substr(3);
    }
    return rid;
}

Simulcast parse_simulcast(const Attribute& attribute, std::vector<SimulcastStream>& streams) {
    Simulcast simulcast;
    simulcast.attribute = &attribute;
    simulcast.send = simulcast.recv = end_of(attribute.value);
    Cursor cursor(attribute.value);
    std::uint32_t list_count = 0;
    bool well_formed = true;
    while (true) {
        const std::string_view direction = cursor.word();
        if (direction.empty()) break;
        const std::string_view list = cursor.word();
        const bool is_send = direction == "send";
        std::string_view& taken = is_send ? simulcast.send : simulcast.recv;
        // Drafts before RFC 8853 wrote "send rid=a;b".
        if ((!is_send && direction != "recv") || list.empty() || !taken.empty() ||
            list.find('=') != std::string_view::npos) {
            well_formed = false;
            continue;
        }
        taken = list;
        take_rids(list, is_send, streams);
        ++list_count;
    }
    simulcast.is_well_formed = well_formed && list_count > 0;
    return simulcast;
}

std::uint32_t Simulcast::stream_count(bool of_send) const {
    std::uint32_t count = 0;
    for (const SimulcastStream& stream : streams) {
        if (stream.is_send == of_send) count = stream.position + 1;
    }
    return count;
}

}  // namespace portolan::sdp
