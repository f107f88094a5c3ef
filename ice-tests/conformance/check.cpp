#include "ice-tests/conformance/check.hpp"

#include <utility>

namespace portolan::conformance {

Judgement meets(std::string came) {
    return {.status = Status::Meets, .came = std::move(came)};
}
Judgement violates(std::string came) {
    return {.status = Status::Violates, .came = std::move(came)};
}
Judgement not_applicable(std::string why) {
    return {.status = Status::NotApplicable, .came = std::move(why)};
}
Judgement undecided(std::string why) {
    return {.status = Status::Undecided, .came = std::move(why)};
}

std::string_view to_string(Level level) {
    switch (level) {
        case Level::Must:
            return "must";
        case Level::Should:
            return "should";
        case Level::Information:
            return "information";
    }
    return "information";
}

std::string_view to_string(CheckClass check_class) {
    switch (check_class) {
        case CheckClass::Fast:
            return "fast";
        case CheckClass::Wait:
            return "wait";
        case CheckClass::Long:
            return "long";
        case CheckClass::Intrusive:
            return "intrusive";
    }
    return "intrusive";
}

std::string_view to_string(Status status) {
    switch (status) {
        case Status::Meets:
            return "meets";
        case Status::Violates:
            return "violates";
        case Status::NotApplicable:
            return "not-applicable";
        case Status::Undecided:
            return "undecided";
    }
    return "undecided";
}

std::string document_of(const Check& check) {
    if (!check.document.empty()) return std::string(check.document);
    if (!check.id.starts_with("rfc")) return {};
    return "RFC " + std::string(check.id.substr(3, check.id.find('/') - 3));
}

std::string section_of(const Check& check) {
    if (!check.document.empty()) return std::string(check.section);
    if (!check.id.starts_with("rfc")) return {};
    const std::size_t begin = check.id.find('/') + 1;
    return std::string(check.id.substr(begin, check.id.find('/', begin) - begin));
}

}  // namespace portolan::conformance
