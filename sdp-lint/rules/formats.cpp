#include "sdp-lint/rules/formats.hpp"

namespace portolan::lint {

namespace {

using sdp::Attr;

/// Whether the line's first word is this payload type.
bool is_about(const sdp::Attribute& attribute, std::string_view fmt) {
    switch (attribute.id) {
        case Attr::Rtpmap:
        case Attr::Fmtp:
        case Attr::RtcpFb:
        case Attr::Imageattr:
        case Attr::Packetization:
            return sdp::Cursor(attribute.value).word() == fmt;
        default:
            return false;
    }
}

/// The views of one token and the blank before it.
std::string_view with_blank(std::string_view token) {
    return {token.data() - 1, token.size() + 1};
}

}  // namespace

std::vector<ViewEdit> remove_format(const sdp::Description& description,
                                    const sdp::Section& section, const sdp::Codec& codec) {
    std::vector<ViewEdit> edits;
    if (section.codecs.size() < 2) return edits;
    edits.push_back(erase(with_blank(codec.fmt)));
    for (const sdp::Attribute& attribute : section.attributes) {
        if (is_about(attribute, codec.fmt)) edits.push_back(erase_line(description, attribute));
    }
    return edits;
}

ViewEdit remove_parameter(const sdp::Description& description, const sdp::Fmtp& fmtp,
                          const sdp::FormatParameter& parameter) {
    const auto& all = fmtp.parameters;
    const auto at = static_cast<std::size_t>(&parameter - all.data());
    if (all.size() == 1) return erase_line(description, *fmtp.attribute);
    const char* begin = parameter.text.data();
    const char* end = begin + parameter.text.size();
    if (at + 1 < all.size()) {
        end = all[at + 1].text.data();
    } else {
        begin = all[at - 1].text.data() + all[at - 1].text.size();
    }
    return erase({begin, static_cast<std::size_t>(end - begin)});
}

}  // namespace portolan::lint
