// What the readers find in well-formed files, and that odd ones give no advice at all.
#include "chunk/structure.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "chunk/formats.hpp"
#include "unit/chunk/structure_files.hpp"

namespace cairn::chunk {
namespace {

using base::Bytes;

constexpr Element kFloat32{4, true};
constexpr Element kBfloat16{2, true};

void expect_odd(const Bytes& file) { EXPECT_FALSE(structure_of(file).has_value()); }

// Every shorter file gives no advice or none that leaves it; and no byte changed breaks anything.
void expect_robust(const Bytes& file) {
  ASSERT_TRUE(structure_of(file).has_value());
  const auto inside = [](const std::optional<Structure>& found, std::uint64_t size) {
    if (!found) return true;
    std::uint64_t end = 0;
    for (const Unit& unit : found->units) {
      if (unit.bytes == 0 || unit.offset < end || unit.offset + unit.bytes > size) return false;
      end = unit.offset + unit.bytes;
    }
    return true;
  };
  for (std::size_t size = 0; size < file.size(); ++size) {
    const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(inside(structure_of(cut), size)) << size;
  }
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const unsigned change : {0x01U, 0x80U, 0xffU}) {
      Bytes changed = file;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ change);
      EXPECT_TRUE(inside(structure_of(changed), changed.size())) << at;
    }
  }
}

TEST(StructureTest, PlainFilesHaveNone) {
  expect_odd({});
  expect_odd(bytes_of("a"));
  expect_odd(Bytes(5'000, 7));
  expect_odd(bytes_of("{\"not\": \"safetensors\"}"));
}

// ---- safetensors

constexpr std::string_view kTwoTensors =
    R"({"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2,3],"data_offsets":[16,28]},)"
    R"("a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},)"
    R"("none":{"dtype":"F32","shape":[0,4],"data_offsets":[28,28]}}   )";

TEST(SafetensorsTest, TensorsInTheOrderOfTheirPlaces) {
  const auto found = structure_of(safetensors_file(kTwoTensors, 28));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->type, FileType::kSafetensors);
  const std::uint64_t data = 8 + kTwoTensors.size();
  ASSERT_EQ(found->units.size(), 2U);
  EXPECT_EQ(found->units[0], (Unit{data, 16, "a", "F32", {4}, kFloat32}));
  EXPECT_EQ(found->units[1], (Unit{data + 16, 12, "b", "BF16", {2, 3}, kBfloat16}));
  ASSERT_EQ(found->tensors.size(), 3U);
  EXPECT_EQ(found->tensors[1], found->units[1]);
  EXPECT_EQ(found->tensors[2], (Unit{data + 28, 0, "none", "F32", {0, 4}, kFloat32}));
}

TEST(SafetensorsTest, OddFilesOfEveryKind) {
  expect_robust(safetensors_file(kTwoTensors, 28));
  expect_odd(safetensors_file(kTwoTensors, 27));  // the last tensor leaves the file
  const auto tensors = [](std::string_view inside, std::size_t data = 64) {
    return safetensors_file("{" + std::string(inside) + "}", data);
  };
  const std::string a = R"("a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]})";
  EXPECT_TRUE(structure_of(tensors(a)).has_value());
  expect_odd(tensors(a + "," + a));  // the same name twice
  expect_odd(tensors(a + R"(,"b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]})"));
  expect_odd(tensors(R"("a":{"dtype":"F32","shape":[5],"data_offsets":[0,16]})"));
  expect_odd(tensors(R"("a":{"dtype":"F32","shape":[4],"data_offsets":[16,0]})"));
  expect_odd(tensors(R"("a":{"dtype":"F32","shape":[4],"data_offsets":[0,16,32]})"));
  expect_odd(tensors(R"("a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]})"));
  expect_odd(tensors(R"("a":{"dtype":"F32","shape":[4.0],"data_offsets":[0,16]})"));
  expect_odd(tensors(R"("a":{"dtype":"F32","dtype":"F32","shape":[4],"data_offsets":[0,16]})"));
  expect_odd(tensors(R"("a":{"dtype":"F32","data_offsets":[0,16]})"));
  expect_odd(tensors(R"("a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"more":{}})"));
  expect_odd(tensors(R"("a":[1,2])"));
  expect_odd(
      tensors(R"("a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]})"));
  expect_odd(tensors(
      R"("a":{"dtype":"F32","shape":[4],"data_offsets":[18446744073709551600,18446744073709551615]})"));
}

TEST(SafetensorsTest, HolesBetweenTensorsBelongToNone) {
  const Bytes file = safetensors_file(R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},)"
                                      R"("b":{"dtype":"F32","shape":[4],"data_offsets":[24,40]}})",
                                      64);
  const auto found = structure_of(file);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->units.size(), 2U);
  EXPECT_EQ(found->units[1].offset, found->units[0].offset + 24);
  expect_robust(file);
}

TEST(SafetensorsTest, AnUnknownTypeIsStillATensor) {
  const auto found = structure_of(
      safetensors_file(R"({"a":{"dtype":"F4_X2","shape":[9],"data_offsets":[0,16]}})", 16));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->units[0].element, Element{});
}

TEST(SafetensorsTest, ALyingLengthIsNotAllocated) {
  Bytes file = safetensors_file(kTwoTensors, 28);
  for (const std::uint64_t length : {std::uint64_t{1} << 32, ~std::uint64_t{0}, std::uint64_t{0}}) {
    std::memcpy(file.data(), &length, 8);
    expect_odd(file);
  }
  // 4 GiB of header in a file that claims to be as large: more than is ever read.
  const auto found = read_structure(
      [](std::uint64_t, std::span<std::uint8_t> out) {
        EXPECT_LE(out.size(), kMaxStructureHeaderBytes);
        const std::uint64_t length = std::uint64_t{1} << 32;
        std::fill(out.begin(), out.end(), '{');
        if (out.size() >= 8) std::memcpy(out.data(), &length, 8);
        return true;
      },
      std::uint64_t{1} << 40);
  EXPECT_FALSE(found.has_value());
}

TEST(SafetensorsTest, DeepNestingIsRefusedEarly) {
  expect_odd(safetensors_file("{\"a\":" + std::string(1'000'000, '['), 10));
  std::string deep = "{";
  for (int i = 0; i < 100'000; ++i) deep += "\"a\":{";
  expect_odd(safetensors_file(deep, 10));
}

// ---- npy

TEST(NpyTest, TheArrayWithoutItsHeader) {
  const Bytes file = npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", 48);
  const auto found = structure_of(file);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->type, FileType::kNpy);
  EXPECT_EQ(found->units[0], (Unit{128, 48, "", "<f4", {3, 4}, kFloat32}));
  expect_robust(file);
}

TEST(NpyTest, OtherTypes) {
  const auto element = [](const std::string& descr, std::size_t bytes) {
    const auto found = structure_of(
        npy_file("{'descr': '" + descr + "', 'fortran_order': True, 'shape': (2,), }", bytes));
    return found ? found->units[0].element : Element{99, false};
  };
  EXPECT_EQ(element("|u1", 2), (Element{1, false}));
  EXPECT_EQ(element("<i8", 16), (Element{8, false}));
  EXPECT_EQ(element(">f8", 16), (Element{8, false}));  // big-endian: no float to rotate
  EXPECT_EQ(element("<c8", 16), Element{});
  EXPECT_EQ(element("<U3", 24), Element{});
  EXPECT_EQ(element("<f4", 12), (Element{99, false}));  // too much data
  EXPECT_EQ(element("<f4", 4), (Element{99, false}));
  EXPECT_EQ(element("O", 16), (Element{99, false}));
}

TEST(NpyTest, OddHeaders) {
  expect_odd(npy_file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }", 12));
  expect_odd(npy_file("{'descr': '<f4', 'shape': (3,), }", 12));
  expect_odd(npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } + 1", 12));
  expect_odd(npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,), }", 12));
  expect_odd(
      npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 12));
  expect_odd(npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (3", 12));
}

// ---- zip

TEST(ZipTest, MembersAreUnits) {
  const Bytes file = ZipFile()
                         .add("a.txt", bytes_of("hello"))
                         .add("empty/", {})
                         .add("packed", Bytes(30, 1), 8)
                         .finish("a comment");
  const auto found = structure_of(file);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->type, FileType::kZip);
  ASSERT_EQ(found->units.size(), 2U);
  EXPECT_EQ(found->units[0], (Unit{35, 5, "a.txt", "", {}, {}}));
  EXPECT_EQ(found->units[1].name, "packed");
  expect_robust(file);
}

TEST(ZipTest, SizesBehindTheDataAreThoseOfTheDirectory) {
  const auto found = structure_of(ZipFile()
                                      .add("a", Bytes(100, 1), 0, ZipFile::Sizes::kBehindData)
                                      .add("b", Bytes(7))
                                      .finish());
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->units[0].bytes, 100U);
}

TEST(ZipTest, ArraysOfAnNpzLieBehindTheirHeaders) {
  const auto found = structure_of(
      ZipFile()
          .add("w.npy", npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 12))
          .add("odd.npy", bytes_of("not an array"))
          .finish());
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->type, FileType::kNpz);
  EXPECT_EQ(found->units[0], (Unit{35 + 128, 12, "w", "<f4", {3}, kFloat32}));
  EXPECT_EQ(found->units[1].element, Element{});
}

TEST(ZipTest, ACompressedNpzGivesNoTypes) {
  const auto found = structure_of(
      ZipFile()
          .add("w.npy", npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 12),
               8)
          .finish());
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->units[0].element, Element{});
}

TEST(ZipTest, AZipInsideAZipIsOneMember) {
  const Bytes inner = ZipFile().add("x", Bytes(10)).add("y", Bytes(10)).finish();
  const auto found = structure_of(ZipFile().add("inner.zip", inner).finish());
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->units.size(), 1U);
  EXPECT_EQ(found->units[0].bytes, inner.size());
}

TEST(ZipTest, OddArchives) {
  const auto two = [] { return ZipFile().add("a", Bytes(100)).add("b", Bytes(100)); };
  const Bytes good = two().finish();
  expect_odd(ZipFile().add("a", Bytes(1)).add("a", Bytes(1)).finish());  // the same name twice
  const auto changed = [&](std::size_t from_end, std::uint8_t value) {
    Bytes file = good;
    file[file.size() - from_end] = value;
    return file;
  };
  expect_odd(changed(22 - 4, 1));   // several disks
  expect_odd(changed(22 - 8, 1));   // fewer entries here
  expect_odd(changed(22 - 10, 3));  // more entries than the directory has
  expect_odd(changed(22 - 16, 1));  // the directory elsewhere
  expect_odd(changed(22 - 20, 1));  // a comment that is not there
  Bytes prefixed = bytes_of("PK\x03\x04 something in front ");
  prefixed.insert(prefixed.end(), good.begin(), good.end());
  expect_odd(prefixed);
  Bytes overlap = good;  // both members at the first header
  const std::size_t second = overlap.size() - 22 - 47 + 42;
  overlap[second] = overlap[second + 1] = 0;
  expect_odd(overlap);
}

// ---- PyTorch

Unit tensor_of(const Structure& structure, const std::string& name) {
  const auto found = std::find_if(structure.tensors.begin(), structure.tensors.end(),
                                  [&](const Unit& tensor) { return tensor.name == name; });
  return found == structure.tensors.end() ? Unit() : *found;
}

TEST(TorchTest, StoragesGetNamesTypesAndShapes) {
  const auto found = structure_of(torch_file());
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->type, FileType::kTorchZip);
  ASSERT_EQ(found->units.size(), 5U);
  const Unit& weight = found->units[2];
  EXPECT_EQ(weight.name, "weight");
  EXPECT_EQ(weight.dtype, "float32");
  EXPECT_EQ(weight.shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(weight.element, kFloat32);
  EXPECT_EQ(found->units[3].name, "steps.0");
  EXPECT_EQ(found->units[3].element, (Element{2, true}));
  EXPECT_EQ(found->units[4].name, "model/version");
  ASSERT_EQ(found->tensors.size(), 2U);
  EXPECT_EQ(found->tensors[0], weight);
  EXPECT_EQ(found->tensors[1], found->units[3]);
  expect_robust(torch_file());
}

// PyTorch writes the end record of large archives besides the ordinary one, whatever the size.
TEST(TorchTest, AWideEndRecordBesidesHasToSayTheSame) {
  const auto plain = structure_of(torch_file());
  const auto wide = structure_of(torch_file(ZipFile::EndRecord::kWideBesides));
  ASSERT_TRUE(plain && wide);
  EXPECT_EQ(wide->units, plain->units);
  expect_odd(torch_file(ZipFile::EndRecord::kWideDiffers));
  expect_robust(torch_file(ZipFile::EndRecord::kWideBesides));
}

TEST(TorchTest, ViewsOfOneStorageAreTensorsOfTheirOwn) {
  const Bytes pickle = TorchPickle()
                           .tensor("row", "FloatStorage", "0", {3, {3}, {1}})
                           .tensor("turned", "FloatStorage", "0", {0, {3, 2}, {1, 3}})
                           .tensor("column", "FloatStorage", "0", {0, {2}, {3}})
                           .tensor("outside", "FloatStorage", "0", {4, {3}, {1}})
                           .tensor("none", "LongStorage", "1", {0, {0, 4}, {4, 1}})
                           .tensor("gaps", "IntStorage", "2", {0, {2}, {2}})
                           .tensor("pairs", "ComplexDoubleStorage", "3", {1, {1}, {1}})
                           .tensor_v3("bytes", "float8_e4m3fn", "4", {0, {2, 2}, {2, 1}})
                           .finish();
  const auto found = structure_of(ZipFile()
                                      .add("m/data.pkl", pickle)
                                      .add("m/data/0", Bytes(24))
                                      .add("m/data/1", Bytes())
                                      .add("m/data/2", Bytes(16))
                                      .add("m/data/3", Bytes(32))
                                      .add("m/data/4", Bytes(4))
                                      .finish());
  ASSERT_TRUE(found.has_value());
  const auto place = [&](const std::string& name) { return tensor_of(*found, name); };
  const std::uint64_t first = place("turned").offset;
  EXPECT_EQ(place("turned"), (Unit{first, 24, "turned", "float32", {3, 2}, kFloat32}));
  EXPECT_EQ(place("row"), (Unit{first + 12, 12, "row", "float32", {3}, kFloat32}));
  EXPECT_EQ(place("none").shape, (std::vector<std::uint64_t>{0, 4}));
  EXPECT_EQ(place("none").bytes, 0U);
  // A storage of which no tensor can be read in one piece is there whole.
  EXPECT_EQ(place("gaps").bytes, 16U);
  EXPECT_EQ(place("gaps").shape, (std::vector<std::uint64_t>{4}));
  EXPECT_EQ(place("pairs").bytes, 16U);
  EXPECT_EQ(place("pairs").dtype, "complex128");
  EXPECT_EQ(place("bytes").dtype, "float8_e4m3fn");
  EXPECT_EQ(found->tensors.size(), 6U);
  EXPECT_EQ(found->units.size(), 5U);  // the pickle and what has bytes
}

TEST(TorchTest, ABigEndianCheckpointGivesNoTypes) {
  const auto found = structure_of(ZipFile()
                                      .add("m/data.pkl", torch_pickle())
                                      .add("m/byteorder", bytes_of("big"))
                                      .add("m/data/0", Bytes(24))
                                      .finish());
  ASSERT_TRUE(found.has_value());
  for (const Unit& unit : found->units) EXPECT_EQ(unit.element, Element{});
}

std::optional<detail::TorchContent> walk(std::string_view pickle) {
  return detail::walk_torch_pickle(base::view_of(pickle));
}

TEST(TorchTest, OnlyHarmlessOpcodesAreWalked) {
  using namespace std::string_view_literals;
  EXPECT_TRUE(walk("\x80\x02}."sv).has_value());
  // Calls are inert: nothing is imported, and the result is an opaque thing.
  EXPECT_TRUE(walk("\x80\x02"
                   "cos\nsystem\nX\x02\0\0\0id\x85R."sv)
                  .has_value());
  for (int opcode = 0; opcode < 256; ++opcode) {
    const std::string_view known =
        "\x80\x95(0}])N\x8f\x88\x89KMJ\x8aGX\x8c"
        "BCcqr\x94hj\x85\x86\x87t\x93"
        "aseu\x90QR\x81"
        "b."sv;
    if (known.find(static_cast<char>(opcode)) != std::string_view::npos) continue;
    std::string pickle = "}";
    pickle += static_cast<char>(opcode);
    pickle += "\x01\x01\n\n}}.";
    EXPECT_FALSE(walk(pickle).has_value()) << opcode;
  }
}

TEST(TorchTest, BrokenPickles) {
  using namespace std::string_view_literals;
  for (const auto pickle : {""sv,
                            "."sv,
                            "}"sv,
                            "}}."sv,
                            "(."sv,
                            "t."sv,
                            "(}."sv,
                            "R."sv,
                            "}b."sv,
                            "}}R"sv,
                            "Q."sv,
                            "}Q."sv,
                            "h\x07."sv,
                            "\x85."sv,
                            "(\x85."sv,
                            "}N\x73."sv,
                            "(Nu."sv,
                            "}(Nu."sv,
                            "u."sv,
                            "a."sv,
                            "\x93."sv,
                            "\x80\x09}."sv,
                            "X\xff\xff\xff\xff"sv,
                            "c"sv,
                            "cabc\n"sv,
                            "\x8a\x09"sv}) {
    EXPECT_FALSE(walk(pickle).has_value()) << pickle;
  }
}

TEST(TorchTest, BombsEnd) {
  // A list of ten times the list before, thirty times: names would be 10^30.
  std::string pickle = "]";
  for (int i = 0; i < 30; ++i) {
    pickle += std::string("q") + static_cast<char>(i + 1);
    pickle += "0]";
    for (int n = 0; n < 10; ++n) pickle += std::string("h") + static_cast<char>(i + 1) + "a";
  }
  EXPECT_TRUE(walk(pickle + ".").has_value());
  EXPECT_FALSE(walk(std::string(3'000'000, '}') + ".").has_value());
  EXPECT_FALSE(walk(std::string(3'000'000, '(') + ".").has_value());
  EXPECT_TRUE(walk("}q\x01h\x01h\x01h\x01s0.").has_value());  // a dict that holds itself
}

// One tuple of many strides, and many tensors that have it.
TEST(TorchTest, ManyTensorsOfManyStridesEnd) {
  using namespace std::string_literals;
  std::string pickle = "(";
  for (int i = 0; i < 200'000; ++i) pickle += "K\x01"s;
  pickle += "tq\x01"s + "0((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"s +
            "0X\x03\0\0\0cpuK\x01tQK\0K\x01\x85h\x01tq\x02"s;
  pickle += "0ctorch._utils\n_rebuild_tensor_v2\nq\x03"s + "0";
  for (int i = 0; i < 250'000; ++i) pickle += "h\x03h\x02R0"s;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(walk(pickle + "}.").has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

// ---- tar

Bytes joined_bytes(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

TEST(TarTest, MembersAreUnits) {
  const Bytes file = joined_bytes({tar_member("dir/", 0, '5'), tar_member("dir/a", 700),
                                   tar_member("link", 9, '2'), tar_member("pax", 30, 'x'),
                                   tar_member("b", 512), Bytes(1'024)});
  const auto found = structure_of(file);
  ASSERT_FALSE(found.has_value()) << "a link's data is not here, so the size must not be skipped";
  const Bytes good = joined_bytes({tar_member("dir/", 0, '5'), tar_member("dir/a", 700),
                                   tar_member("pax", 30, 'x'), tar_member("b", 512), Bytes(1'024)});
  const auto units = structure_of(good);
  ASSERT_TRUE(units.has_value());
  EXPECT_EQ(units->type, FileType::kTar);
  ASSERT_EQ(units->units.size(), 2U);
  EXPECT_EQ(units->units[0], (Unit{1'024, 700, "dir/a", "", {}, {}}));
  EXPECT_EQ(units->units[1], (Unit{512 * 7, 512, "b", "", {}, {}}));
}

TEST(TarTest, OddArchives) {
  const Bytes good = joined_bytes({tar_member("a", 700), tar_member("b", 5)});
  EXPECT_TRUE(structure_of(good).has_value());
  Bytes checksum = good;
  checksum[0] = 'x';
  expect_odd(checksum);
  Bytes beyond = tar_member("a", 1 << 20);
  beyond.resize(2'000);
  expect_odd(beyond);
  Bytes huge = tar_member("a", 0);
  for (std::size_t i = 124; i < 136; ++i) huge[i] = 0xff;
  expect_odd(huge);
}

}  // namespace
}  // namespace cairn::chunk
