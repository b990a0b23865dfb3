// Ranges of objects, as every remote over HTTP asks for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>

#include "cairn/remote.hpp"

namespace cairn::net {

// Whether a Range header can say it: at least one byte, and none beyond 2^63.
bool can_be_asked(std::uint64_t offset, std::size_t size);
// "bytes=7-9"
std::string range_header(std::uint64_t offset, std::size_t size);
// What get_range() answers where can_be_asked() is false, from the size of the object.
Status answer_without_asking(Remote& remote, const std::string& key, std::uint64_t offset,
                             std::size_t size, std::stop_token stop);

Error truncated_object(const std::string& key, std::uint64_t offset, std::size_t size);
Error oversized_object(const std::string& key, std::size_t max_bytes);

}  // namespace cairn::net
