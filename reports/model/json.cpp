#include "reports/model/json.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

namespace portolan::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

Error json_error(std::string code, std::string message) {
    return {Culprit::Usage, "json." + std::move(code), std::move(message)};
}

std::string position_of(std::string_view text, std::size_t offset) {
    offset = std::min(offset, text.size());
    std::size_t line = 1;
    std::size_t column = 1;
    for (std::size_t i = 0; i < offset; ++i) {
        column = text[i] == '\n' ? 1 : column + 1;
        if (text[i] == '\n') ++line;
    }
    return "line " + std::to_string(line) + ", byte " + std::to_string(column) + " of it";
}

/// Where the string begins whose closing quote is the last byte before `end`: quotes inside it have
/// an odd number of backslashes in front.
std::size_t start_of_string(std::string_view text, std::size_t end) {
    if (end < 2) return 0;
    for (std::size_t at = end - 1; at-- > 0;) {
        if (text[at] != '"') continue;
        std::size_t backslash_count = 0;
        while (backslash_count < at && text[at - 1 - backslash_count] == '\\')
            ++backslash_count;
        if (backslash_count % 2 == 0) return at;
    }
    return 0;
}

/// Over characters, and tells how many have been passed.
class CountingIterator {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* first, const char* at, std::size_t* read_count)
        : first_(first), at_(at), read_count_(read_count) {}

    reference operator*() const { return *at_; }
    CountingIterator& operator++() {
        ++at_;
        *read_count_ = static_cast<std::size_t>(at_ - first_);
        return *this;
    }
    CountingIterator operator++(int) {
        const CountingIterator before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const CountingIterator& one, const CountingIterator& other) {
        return one.at_ == other.at_;
    }
    friend bool operator!=(const CountingIterator& one, const CountingIterator& other) {
        return !(one == other);
    }

  private:
    const char* first_;
    const char* at_;
    std::size_t* read_count_;
};

/// What the parser objects to, without the part of its message that quotes the input.
std::string without_quotation(std::string_view what) {
    if (const auto end = what.find("; last read"); end != std::string_view::npos) {
        what = what.substr(0, end);
    }
    if (const auto dash = what.find(" - "); dash != std::string_view::npos) {
        what = what.substr(dash + 3);
    }
    return std::string(what.substr(0, 160));
}

/// Builds the document while watching what nlohmann's own builder does not: depth, number of
/// values, duplicate keys.
class Builder final : public nlohmann::json_sax<Json> {
  public:
    Builder(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return false; }

    bool start_object(std::size_t) override { return open(Json::object()); }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        auto& object = open_.back()->get_ref<Json::object_t&>();
        auto [slot, is_new] = object.try_emplace(std::move(name));
        if (!is_new) {
            const std::size_t offset = start_of_string(text_, read_count_);
            refuse("duplicate-key", "the key \"" + cut(name) +
                                        "\" twice in one object, the second time at " +
                                        position_of(text_, offset));
            error_->byte_offset = offset;
            return false;
        }
        slot_ = &slot->second;
        return true;
    }

    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& problem) override {
        // The parser counts bytes read, so the offending byte is the one before.
        const std::size_t offset = position == 0 ? 0 : position - 1;
        const bool number = problem.id == 406;
        std::string what = number ? "a number too large" : without_quotation(problem.what());
        error_ = json_error(number ? "number" : "syntax",
                            "not JSON at " + position_of(text_, offset) + ": " + std::move(what));
        error_->byte_offset = offset;
        return false;
    }

    /// The text as the parser has to read it, so that what it has read is known at all times.
    [[nodiscard]] CountingIterator begin() { return {text_.data(), text_.data(), &read_count_}; }
    [[nodiscard]] CountingIterator end() {
        return {text_.data(), text_.data() + text_.size(), &read_count_};
    }

    Result<Json> take(bool accepted) {
        if (error_) return std::move(*error_);
        if (!accepted) return json_error("syntax", "not JSON");
        return std::move(root_);
    }

  private:
    bool add(Json value) { return place(std::move(value)) != nullptr; }

    bool open(Json container) {
        if (open_.size() >= limits_.max_depth_count) {
            return refuse("depth", "nested deeper than " + std::to_string(limits_.max_depth_count) +
                                       " levels");
        }
        Json* const placed = place(std::move(container));
        if (placed == nullptr) return false;
        open_.push_back(placed);
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    Json* place(Json value) {
        if (++count_ > limits_.max_value_count) {
            refuse("size", "more than " + std::to_string(limits_.max_value_count) + " values");
            return nullptr;
        }
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        Json& parent = *open_.back();
        if (parent.is_array()) {
            parent.push_back(std::move(value));
            return &parent.back();
        }
        *slot_ = std::move(value);
        return slot_;
    }

    bool refuse(std::string code, std::string what) {
        error_ = json_error(std::move(code),
                            "JSON refused inside \"" + pointer() + "\": " + std::move(what));
        return false;
    }

    /// Where the open container is. Keys are the caller's own structure, but they are cut: a
    /// hostile document must not fill the screen.
    static std::string cut(const std::string& key) { return to_valid_utf8(key.substr(0, 40)); }

    std::string pointer() const {
        std::string path;
        for (std::size_t i = 1; i < open_.size() && path.size() < 200; ++i) {
            const Json& parent = *open_[i - 1];
            if (parent.is_array()) {
                path += "/" + std::to_string(parent.size() - 1);
                continue;
            }
            for (const auto& [name, value] : parent.get_ref<const Json::object_t&>()) {
                if (&value == open_[i]) path += "/" + cut(name);
            }
        }
        return path;
    }

    std::string_view text_;
    std::size_t read_count_ = 0;
    const JsonLimits& limits_;
    Json root_;
    std::vector<Json*> open_;
    Json* slot_ = nullptr;
    std::size_t count_ = 0;
    std::optional<Error> error_;
};

/// Length of the valid UTF-8 sequence at the front (RFC 3629), or 0, and then `skip` is how many
/// bytes are one maximal invalid sequence.
std::size_t valid_sequence(std::string_view bytes, std::size_t& skip) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char lead = byte(0);
    skip = 1;
    if (lead < 0x80) return 1;
    std::size_t length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    } else {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (i >= bytes.size() || byte(i) < low || byte(i) > high) {
            skip = i;
            return 0;
        }
        low = 0x80;
        high = 0xBF;
    }
    return length;
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
    if (text.size() > limits.max_bytes) {
        return json_error("size", "larger than " + std::to_string(limits.max_bytes) + " bytes");
    }
    Builder builder(text, limits);
    try {
        const bool accepted = Json::sax_parse(builder.begin(), builder.end(), &builder);
        return builder.take(accepted);
    } catch (const std::exception&) {
        return json_error("memory", "too much to be held in memory");
    }
}

std::string to_valid_utf8(std::string_view bytes) {
    std::string valid;
    valid.reserve(bytes.size());
    while (!bytes.empty()) {
        std::size_t skip = 1;
        if (const std::size_t length = valid_sequence(bytes, skip); length > 0) {
            valid.append(bytes.substr(0, length));
            bytes.remove_prefix(length);
        } else {
            valid.append(kReplacement);
            bytes.remove_prefix(skip);
        }
    }
    return valid;
}

// NOLINTNEXTLINE(misc-no-recursion): the depth is the parameter
OrderedJson sanitized(const Json& value, std::size_t max_depth_count) {
    switch (value.type()) {
        case Json::value_t::object: {
            if (max_depth_count == 0) return "[nested too deeply]";
            OrderedJson copy = OrderedJson::object();
            // Its own insertion looks for the key in a list, which is quadratic; the source is
            // sorted and its keys are unique already.
            auto& members = static_cast<OrderedJson::object_t::Container&>(
                copy.get_ref<OrderedJson::object_t&>());
            std::set<std::string> taken;
            for (const auto& [name, member] : value.get_ref<const Json::object_t&>()) {
                std::string key = to_valid_utf8(name);
                while (!taken.insert(key).second)
                    key += '_';
                members.emplace_back(std::move(key), sanitized(member, max_depth_count - 1));
            }
            return copy;
        }
        case Json::value_t::array: {
            if (max_depth_count == 0) return "[nested too deeply]";
            OrderedJson copy = OrderedJson::array();
            for (const auto& element : value) {
                copy.push_back(sanitized(element, max_depth_count - 1));
            }
            return copy;
        }
        case Json::value_t::string:
            return to_valid_utf8(value.get_ref<const std::string&>());
        case Json::value_t::boolean:
            return value.get<bool>();
        case Json::value_t::number_integer:
            return value.get<std::int64_t>();
        case Json::value_t::number_unsigned:
            return value.get<std::uint64_t>();
        case Json::value_t::number_float: {
            const double number = value.get<double>();
            if (std::isfinite(number)) return number;
            return nullptr;
        }
        default:
            return nullptr;
    }
}

}  // namespace portolan::report
