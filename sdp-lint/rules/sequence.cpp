#include "sdp-lint/rules/sequence.hpp"

namespace portolan::lint {

namespace {

/// How much two origins have in common.
enum class Likeness : std::uint8_t { None, SessionId, Whole };

/// RFC 8866 s5.2: all of o= but the version identifies a session; an id may be anybody's.
Likeness likeness(const Description& a, const Description& b) {
    const sdp::Origin* x = a.origin();
    const sdp::Origin* y = b.origin();
    if (x == nullptr || y == nullptr || x->session_id != y->session_id) return Likeness::None;
    const bool is_whole = x->username == y->username && x->nettype == y->nettype &&
                          x->addrtype == y->addrtype && x->address.text == y->address.text;
    return is_whole ? Likeness::Whole : Likeness::SessionId;
}

}  // namespace

Session::Session(const Sequence& sequence) : descriptions_(sequence.descriptions) {
    sides_.reserve(descriptions_.size());
    for (std::size_t i = 0; i < descriptions_.size(); ++i) {
        if (i < 2 || !is_offer(i)) {
            sides_.push_back(i == 0 ? Side{0} : static_cast<Side>(1 - sides_[i - 1]));
            continue;
        }
        const bool is_of_answerer = likeness(*descriptions_[i], *descriptions_[i - 1]) >
                                    likeness(*descriptions_[i], *descriptions_[i - 2]);
        sides_.push_back(is_of_answerer ? sides_[i - 1] : sides_[i - 2]);
    }
}

const Description* Session::previous_of_same_side(std::size_t index) const {
    for (std::size_t i = index; i-- > 0;) {
        if (sides_[i] == sides_[index]) return descriptions_[i];
    }
    return nullptr;
}

const Description* Session::previous_answer(std::size_t index) const {
    const std::size_t back = is_offer(index) ? 1 : 2;
    return index < back ? nullptr : descriptions_[index - back];
}

const Description* Session::previous_offer(std::size_t index) const {
    const std::size_t back = is_offer(index) ? 2 : 1;
    return index < back ? nullptr : descriptions_[index - back];
}

const Section* same_stream(const Description& before, const Description& now,
                           const Section& section) {
    const auto index = static_cast<std::size_t>(section.index);
    if (index >= before.sections().size()) return nullptr;
    const Section& candidate = before.sections()[index];
    if (candidate.is_rejected() || section.is_rejected() ||
        candidate.media.media != section.media.media ||
        before.mid_of(candidate) != now.mid_of(section)) {
        return nullptr;
    }
    return &candidate;
}

const Section* same_transport(const Description& before, const Description& now,
                              const Section& section) {
    const Section* candidate = same_stream(before, now, section);
    if (candidate == nullptr || now.is_bundled_untagged(section) ||
        before.is_bundled_untagged(*candidate)) {
        return nullptr;
    }
    return candidate;
}

Credentials compare_credentials(const Description& before, const Section& section_before,
                                const Description& now, const Section& section) {
    const std::string_view ufrag_before = before.transport_value(section_before, Attr::IceUfrag);
    const std::string_view pwd_before = before.transport_value(section_before, Attr::IcePwd);
    const std::string_view ufrag = now.transport_value(section, Attr::IceUfrag);
    const std::string_view pwd = now.transport_value(section, Attr::IcePwd);
    if (ufrag_before.empty() || pwd_before.empty() || ufrag.empty() || pwd.empty())
        return Credentials::Unknown;
    const bool new_ufrag = ufrag != ufrag_before;
    const bool new_pwd = pwd != pwd_before;
    if (new_ufrag && new_pwd) return Credentials::Restarted;
    return new_ufrag || new_pwd ? Credentials::HalfRestarted : Credentials::Kept;
}

}  // namespace portolan::lint
