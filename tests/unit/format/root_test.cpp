// Roots: what comes back, and every rule that a reader holds.
#include "unit/format/remote_samples.hpp"

namespace cairn::format {
namespace {

using base::Bytes;
using base::ByteView;

// The hash at the end made right again.
Bytes sealed(Bytes root) {
  const Digest digest = crypto::sha256(ByteView(root).first(root.size() - 32));
  std::memcpy(&root[root.size() - 32], digest.bytes.data(), 32);
  return root;
}
template <typename T>
Bytes root_with(std::size_t at, T value) {
  return sealed(patched(encode_root(sample_root()), at, value));
}
// A root with these sections.
Bytes root_with_sections(const Bytes& sections) {
  const Bytes root = encode_root(sample_root());
  Bytes bytes = joined(Bytes(root.begin(), root.begin() + 204), sections);
  bytes = patched(std::move(bytes), 200, static_cast<std::uint32_t>(sections.size()));
  return sealed(joined(std::move(bytes), Bytes(32)));
}
Bytes section(std::uint16_t tag, std::string_view text) {
  base::ByteWriter out;
  out.u16(tag);
  out.u16(0);
  out.u32(static_cast<std::uint32_t>(text.size()));
  out.text(text);
  return std::move(out).take();
}

TEST(Root, ComesBack) {
  const Root root = sample_root();
  const auto back = decode_root(encode_root(root));
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->kind, root.kind);
  EXPECT_EQ(back->closure, root.closure);
  EXPECT_EQ(back->project, root.project);
  EXPECT_EQ(back->size_bytes, root.size_bytes);
  EXPECT_EQ(back->files, root.files);
  EXPECT_EQ(back->stored_bytes, root.stored_bytes);
  EXPECT_EQ(back->time_ms, root.time_ms);
  EXPECT_EQ(back->table, root.table);
  EXPECT_EQ(back->table_place, root.table_place);
  EXPECT_EQ(back->commit, root.commit);
  EXPECT_EQ(back->program, root.program);
}

TEST(Root, NeedsNoSection) {
  Root root = sample_root();
  root.commit.clear();
  root.program.clear();
  const Bytes bytes = encode_root(root);
  EXPECT_EQ(bytes.size(), 236U);
  ASSERT_TRUE(accepted(decode_root(bytes)));
  EXPECT_EQ(decode_root(bytes)->commit, "");
}

TEST(Root, RefusesDamage) {
  expect_truncations_refused(encode_root(sample_root()), decode_root);
  expect_flips_refused(encode_root(sample_root()), decode_root);
  EXPECT_TRUE(corrupt(decode_root(joined(encode_root(sample_root()), Bytes(1))), "checksum"));
  EXPECT_TRUE(corrupt(decode_root(Bytes(64 * 1024 + 1)), "64 KiB"));
}

TEST(Root, RefusesWhatIsNewer) {
  EXPECT_TRUE(too_new(decode_root(root_with(8, std::uint16_t{2})), "version 2"));
  EXPECT_TRUE(too_new(decode_root(root_with(10, std::uint8_t{2})), "digest 2"));
  EXPECT_TRUE(too_new(decode_root(root_with(11, std::uint8_t{3})), "kind 3"));
  EXPECT_TRUE(too_new(decode_root(root_with(12, std::uint8_t{1})), "cipher 1"));
  EXPECT_TRUE(too_new(decode_root(root_with(16, std::uint64_t{4})), "features 0x4"));
  EXPECT_TRUE(corrupt(decode_root(root_with(24, std::uint8_t{1})), "key id"));
  EXPECT_TRUE(corrupt(decode_root(root_with(13, std::uint8_t{1})), "reserved"));
  EXPECT_TRUE(corrupt(decode_root(root_with(15, std::uint8_t{1})), "reserved"));
}

TEST(Root, HoldsItsNumbers) {
  for (const std::size_t at : {88, 96, 104, 112}) {
    EXPECT_TRUE(accepted(decode_root(root_with(at, ~std::uint64_t{0} >> 1)))) << at;
    EXPECT_TRUE(corrupt(decode_root(root_with(at, std::uint64_t{1} << 63)), "2^63")) << at;
  }
  EXPECT_TRUE(corrupt(decode_root(root_with(184, std::uint32_t{63})), "inside the header"));
  EXPECT_TRUE(corrupt(decode_root(root_with(188, std::uint32_t{2'000'000})), "impossible size"));
  EXPECT_TRUE(
      corrupt(decode_root(root_with(192, std::uint32_t{0xFFFFFFFF})), "outside its record"));
  EXPECT_TRUE(corrupt(decode_root(root_with(196, std::uint32_t{0})), "outside its record"));
}

TEST(Root, SkipsSectionsItDoesNotKnow) {
  const auto back = decode_root(root_with_sections(
      joined(joined(section(9, "?\xff"), section(2, "cairn 9")), section(700, ""))));
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->program, "cairn 9");
  EXPECT_EQ(back->commit, "");
}

TEST(Root, HoldsTheFormOfSections) {
  const Bytes good = section(1, std::string(64, 'f'));
  EXPECT_TRUE(accepted(decode_root(root_with_sections(good))));
  for (std::size_t size = 1; size < good.size(); ++size) {
    EXPECT_TRUE(corrupt(decode_root(root_with_sections(
                            Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)))),
                        "cut short"));
  }
  EXPECT_TRUE(corrupt(decode_root(root_with_sections(patched(good, 4, std::uint32_t{0xFFFFFFFF}))),
                      "cut short"));
  EXPECT_TRUE(
      corrupt(decode_root(root_with_sections(patched(good, 2, std::uint8_t{1}))), "reserved"));
  EXPECT_TRUE(corrupt(decode_root(root_with_sections(joined(good, good))), "twice"));
  EXPECT_TRUE(
      corrupt(decode_root(root_with_sections(section(1, std::string(41, 'f')))), "git commit"));
  EXPECT_TRUE(
      corrupt(decode_root(root_with_sections(section(1, std::string(40, 'F')))), "git commit"));
  EXPECT_TRUE(corrupt(decode_root(root_with_sections(section(1, ""))), "git commit"));
  EXPECT_TRUE(corrupt(decode_root(root_with_sections(section(2, ""))), "program"));
  EXPECT_TRUE(corrupt(decode_root(root_with_sections(section(2, "\xff"))), "program"));
  EXPECT_TRUE(corrupt(decode_root(root_with(200, std::uint32_t{1})), "sections of another length"));
  EXPECT_TRUE(corrupt(decode_root(root_with(200, std::uint32_t{0xFFFFFFFF})),
                      "sections of another length"));
}

}  // namespace
}  // namespace cairn::format
