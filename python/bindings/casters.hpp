#pragma once

#include <pybind11/chrono.h>  // the datetime C interface, too
#include <pybind11/pybind11.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// How bytes and times cross between the languages. Included by every file of the module, so that
// all of them agree.
namespace pybind11::detail {

/// Anything with a contiguous buffer (bytes, bytearray, memoryview) in, never str; bytes out. The
/// buffer is held during the call.
template <>
struct type_caster<std::span<const std::byte>> {
    using Span = std::span<const std::byte>;

    type_caster() = default;
    type_caster(const type_caster&) = delete;
    type_caster& operator=(const type_caster&) = delete;
    ~type_caster() { release(); }

    bool load(handle source, bool) {
        if (!source || PyObject_CheckBuffer(source.ptr()) == 0) return false;
        release();
        if (PyObject_GetBuffer(source.ptr(), &buffer_, PyBUF_SIMPLE) != 0) {
            PyErr_Clear();
            return false;
        }
        value =
            Span(static_cast<const std::byte*>(buffer_.buf), static_cast<std::size_t>(buffer_.len));
        return true;
    }

    static handle cast(Span bytes, return_value_policy, handle) {
        return PyBytes_FromStringAndSize(reinterpret_cast<const char*>(bytes.data()),
                                         static_cast<Py_ssize_t>(bytes.size()));
    }

    PYBIND11_TYPE_CASTER(Span, const_name("bytes"));

  private:
    void release() {
        if (buffer_.obj != nullptr) PyBuffer_Release(&buffer_);
    }
    Py_buffer buffer_{};
};

template <>
struct type_caster<std::vector<std::byte>> {
    using Vector = std::vector<std::byte>;

    bool load(handle source, bool convert) {
        type_caster<std::span<const std::byte>> view;
        if (!view.load(source, convert)) return false;
        const auto bytes = static_cast<std::span<const std::byte>&>(view);
        value.assign(bytes.begin(), bytes.end());
        return true;
    }

    static handle cast(const Vector& bytes, return_value_policy policy, handle parent) {
        return type_caster<std::span<const std::byte>>::cast(bytes, policy, parent);
    }

    PYBIND11_TYPE_CASTER(Vector, const_name("bytes"));
};

/// datetime.timedelta, exact to the microsecond, within 36,000 years: sums of two do not overflow.
template <>
struct type_caster<std::chrono::microseconds> {
    using Duration = std::chrono::microseconds;

    bool load(handle source, bool) {
        if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
        if (!source || !PyDelta_Check(source.ptr())) return false;
        constexpr std::int64_t kMaxDays = 36'000LL * 366;
        const std::int64_t days = PyDateTime_DELTA_GET_DAYS(source.ptr());
        if (days > kMaxDays || days < -kMaxDays) return false;
        value = std::chrono::days(days) +
                std::chrono::seconds(PyDateTime_DELTA_GET_SECONDS(source.ptr())) +
                Duration(PyDateTime_DELTA_GET_MICROSECONDS(source.ptr()));
        return true;
    }

    static handle cast(Duration duration, return_value_policy, handle) {
        if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
        const auto days = std::chrono::floor<std::chrono::days>(duration);
        const auto seconds = std::chrono::floor<std::chrono::seconds>(duration - days);
        return PyDelta_FromDSU(static_cast<int>(days.count()), static_cast<int>(seconds.count()),
                               static_cast<int>((duration - days - seconds).count()));
    }

    PYBIND11_TYPE_CASTER(Duration, const_name("datetime.timedelta"));
};

}  // namespace pybind11::detail
