#pragma once

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "python/bindings/bindings.hpp"
#include "sdp-lint/sdp/description.hpp"

namespace portolan::python {

/// A description that owns its text: what Python holds.
class ParsedDescription {
  public:
    ParsedDescription(std::string text, sdp::DescriptionKind kind, sdp::DescriptionForm form,
                      std::string label = {})
        : text_(std::make_unique<std::string>(std::move(text))),
          label_(std::move(label)),
          description_(*text_, kind, form) {}

    const sdp::Description& get() const { return description_; }
    const std::string& label() const { return label_; }

  private:
    std::unique_ptr<std::string> text_;  // stays where it is when the object moves
    std::string label_;
    sdp::Description description_;
};

/// What a description may be given as. The span is good until the call returns to Python.
using TextArgument = std::variant<py::str, std::span<const std::byte>>;

/// Octets that are no UTF-8 survive as surrogates (PEP 383) in both directions.
std::string text_from_python(const TextArgument& text);
py::str text_to_python(std::string_view text);

void bind_sdp(py::module_& module);
void bind_sdp_lint(py::module_& module);

}  // namespace portolan::python
