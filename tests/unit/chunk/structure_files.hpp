// Files of known structure, made byte by byte, right and wrong.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "chunk/structure.hpp"

namespace cairn::chunk {

inline std::optional<Structure> structure_of(const base::Bytes& file) {
  return read_structure(
      [&](std::uint64_t offset, std::span<std::uint8_t> out) {
        if (offset > file.size() || out.size() > file.size() - offset) return false;
        std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
        return true;
      },
      file.size());
}

inline base::Bytes bytes_of(std::string_view text) {
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

inline base::Bytes safetensors_file(std::string_view header, std::size_t data_bytes) {
  base::ByteWriter out;
  out.u64(header.size());
  out.text(header);
  out.zeros(data_bytes);
  return std::move(out).take();
}

inline base::Bytes npy_file(std::string dict, std::size_t data_bytes) {
  dict.resize((10 + dict.size() + 1 + 63) / 64 * 64 - 11, ' ');
  dict += '\n';
  base::ByteWriter out;
  out.text(std::string_view("\x93NUMPY\x01\x00", 8));
  out.u16(static_cast<std::uint16_t>(dict.size()));
  out.text(dict);
  out.zeros(data_bytes);
  return std::move(out).take();
}

// Stored members one after the other, then the directory.
class ZipFile {
 public:
  enum class Sizes { kInHeader, kBehindData };
  ZipFile& add(const std::string& name, const base::Bytes& data, std::uint16_t method = 0,
               Sizes sizes = Sizes::kInHeader) {
    const bool behind = sizes == Sizes::kBehindData;
    const auto header = static_cast<std::uint32_t>(out_.size());
    const auto size = static_cast<std::uint32_t>(data.size());
    out_.u32(0x04034b50);
    put_common(behind ? 8 : 0, method, behind ? 0 : size, name);
    out_.u16(0);
    out_.text(name);
    out_.raw(data);
    if (behind) {
      out_.u32(0x08074b50);
      out_.u32(0);
      out_.u32(size);
      out_.u32(size);
    }
    base::ByteWriter local = std::exchange(out_, std::move(directory_));
    out_.u32(0x02014b50);
    out_.u16(20);
    put_common(behind ? 8 : 0, method, size, name);
    out_.zeros(2 + 2 + 2 + 2 + 4);
    out_.u32(header);
    out_.text(name);
    directory_ = std::exchange(out_, std::move(local));
    ++entries_;
    return *this;
  }
  base::Bytes finish(const std::string& comment = "") {
    const auto start = static_cast<std::uint32_t>(out_.size());
    out_.raw(directory_.view());
    out_.u32(0x06054b50);
    out_.u32(0);
    out_.u16(entries_);
    out_.u16(entries_);
    out_.u32(static_cast<std::uint32_t>(directory_.size()));
    out_.u32(start);
    out_.u16(static_cast<std::uint16_t>(comment.size()));
    out_.text(comment);
    return std::move(out_).take();
  }

 private:
  void put_common(std::uint16_t flags, std::uint16_t method, std::uint32_t size,
                  const std::string& name) {
    out_.u16(20);
    out_.u16(flags);
    out_.u16(method);
    out_.u32(0);  // time
    out_.u32(0);  // CRC
    out_.u32(size);
    out_.u32(size);
    out_.u16(static_cast<std::uint16_t>(name.size()));
  }
  base::ByteWriter out_;
  base::ByteWriter directory_;
  std::uint16_t entries_ = 0;
};

// What torch.save({"weight": float[2, 3], "steps": {0: half[4]}}) pickles, protocol 2.
inline base::Bytes torch_pickle() {
  base::ByteWriter out;
  const auto text = [&](std::string_view value) {
    out.u8('X');
    out.u32(static_cast<std::uint32_t>(value.size()));
    out.text(value);
  };
  const auto number = [&](std::uint8_t value) {
    out.u8('K');
    out.u8(value);
  };
  const auto tensor = [&](std::string_view type, std::string_view key,
                          std::vector<std::uint8_t> shape) {
    out.text("ctorch._utils\n_rebuild_tensor_v2\n((");
    text("storage");
    out.text("ctorch\n");
    out.text(type);
    out.text("\n");
    text(key);
    text("cpu");
    number(6);
    out.text("tQ");
    number(0);
    for (int twice = 0; twice < 2; ++twice) {  // size and stride
      out.text("(");
      for (const std::uint8_t size : shape) number(size);
      out.text("t");
    }
    out.text("\x89");
    out.text("ccollections\nOrderedDict\n)RtR");
  };
  out.text("\x80\x02}q");
  out.u8(0);
  out.text("(");
  text("weight");
  tensor("FloatStorage", "0", {2, 3});
  text("steps");
  out.text("}");
  number(0);
  tensor("HalfStorage", "1", {4});
  out.text("su.");
  return std::move(out).take();
}

inline base::Bytes torch_file() {
  return ZipFile()
      .add("model/data.pkl", torch_pickle())
      .add("model/byteorder", bytes_of("little"))
      .add("model/data/0", base::Bytes(24, 1))
      .add("model/data/1", base::Bytes(8, 2))
      .add("model/version", bytes_of("3\n"))
      .finish();
}

inline base::Bytes tar_member(const std::string& name, std::uint64_t size, char type = '0') {
  base::Bytes header(512);
  const auto put = [&](std::size_t at, std::string_view value) {
    std::copy(value.begin(), value.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
  };
  char octal[13];
  std::snprintf(octal, sizeof octal, "%011llo", static_cast<unsigned long long>(size));
  put(0, name);
  put(124, octal);
  put(148, "        ");
  header[156] = static_cast<std::uint8_t>(type);
  put(257, std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (const std::uint8_t byte : header) sum += byte;
  std::snprintf(octal, sizeof octal, "%06o", sum);
  put(148, octal);
  header[154] = 0;
  header.resize(512 + (static_cast<std::size_t>(size) + 511) / 512 * 512, 0x55);
  return header;
}

}  // namespace cairn::chunk
