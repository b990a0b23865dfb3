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
  enum class EndRecord { kPlain, kWideBesides, kWideDiffers };
  base::Bytes finish(const std::string& comment = "", EndRecord record = EndRecord::kPlain) {
    const auto start = static_cast<std::uint32_t>(out_.size());
    out_.raw(directory_.view());
    if (record != EndRecord::kPlain) put_wide(start, record == EndRecord::kWideDiffers ? 1 : 0);
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
  void put_wide(std::uint32_t start, std::uint64_t more_entries) {
    const std::uint64_t at = out_.size();
    out_.u32(0x06064b50);
    out_.u64(44);
    out_.u32(45 << 16 | 45);
    out_.u64(0);  // disks
    out_.u64(entries_ + more_entries);
    out_.u64(entries_ + more_entries);
    out_.u64(directory_.size());
    out_.u64(start);
    out_.u32(0x07064b50);
    out_.u32(0);
    out_.u64(at);
    out_.u32(1);
  }
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

// What torch.save pickles for a dict of tensors, protocol 2.
class TorchPickle {
 public:
  struct View {
    std::uint8_t first = 0;
    std::vector<std::uint8_t> shape, strides;
  };
  TorchPickle() { out_.text("\x80\x02}("); }
  TorchPickle& tensor(std::string_view name, std::string_view storage, std::string_view key,
                      const View& view) {
    text(name);
    put_tensor("_rebuild_tensor_v2", "torch", storage, key, view);
    out_.text("tR");
    return *this;
  }
  // Of a type that has no storage class.
  TorchPickle& tensor_v3(std::string_view name, std::string_view dtype, std::string_view key,
                         const View& view) {
    text(name);
    put_tensor("_rebuild_tensor_v3", "torch.storage", "UntypedStorage", key, view);
    out_.text("ctorch\n");
    out_.text(dtype);
    out_.text("\ntR");
    return *this;
  }
  // Numbered, below a name.
  TorchPickle& list(std::string_view name, std::string_view storage, std::string_view key,
                    const View& view) {
    text(name);
    out_.text("}");
    number(0);
    put_tensor("_rebuild_tensor_v2", "torch", storage, key, view);
    out_.text("tRs");
    return *this;
  }
  base::Bytes finish() {
    out_.text("u.");
    return std::move(out_).take();
  }

 private:
  void text(std::string_view value) {
    out_.u8('X');
    out_.u32(static_cast<std::uint32_t>(value.size()));
    out_.text(value);
  }
  void number(std::uint8_t value) {
    out_.u8('K');
    out_.u8(value);
  }
  void numbers(const std::vector<std::uint8_t>& values) {
    out_.text("(");
    for (const std::uint8_t value : values) number(value);
    out_.text("t");
  }
  void put_tensor(std::string_view call, std::string_view module, std::string_view storage,
                  std::string_view key, const View& view) {
    for (const std::string_view part :
         {std::string_view("ctorch._utils\n"), call, std::string_view("\n((")})
      out_.text(part);
    text("storage");
    for (const std::string_view part :
         {std::string_view("c"), module, std::string_view("\n"), storage, std::string_view("\n")})
      out_.text(part);
    text(key);
    text("cpu");
    number(6);
    out_.text("tQ");
    number(view.first);
    numbers(view.shape);
    numbers(view.strides);
    out_.text("\x89");
    out_.text("ccollections\nOrderedDict\n)R");
  }
  base::ByteWriter out_;
};

// torch.save({"weight": float[2, 3], "steps": {0: half[4]}})
inline base::Bytes torch_pickle() {
  return TorchPickle()
      .tensor("weight", "FloatStorage", "0", {0, {2, 3}, {3, 1}})
      .list("steps", "HalfStorage", "1", {0, {4}, {1}})
      .finish();
}

inline base::Bytes torch_file(ZipFile::EndRecord record = ZipFile::EndRecord::kPlain) {
  return ZipFile()
      .add("model/data.pkl", torch_pickle())
      .add("model/byteorder", bytes_of("little"))
      .add("model/data/0", base::Bytes(24, 1))
      .add("model/data/1", base::Bytes(8, 2))
      .add("model/version", bytes_of("3\n"))
      .finish("", record);
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
