// Which forms of files are told to cost their whole size with each version.
#include "repo/storage_advice.hpp"

#include "unit/repo/stored_files.hpp"

namespace cairn::repo {
namespace {

using namespace std::string_literals;

class StorageAdviceTest : public StoredFiles {
 protected:
  std::optional<CostlyForm> form(const std::string& path, const std::string& text) {
    auto file = stored(text, 1000);
    return costly_form(path, file);
  }

  // A zip archive of one member.
  static std::string zip(const std::string& name, std::uint16_t method, const std::string& data) {
    const auto number = [](std::uint32_t value, int bytes) {
      std::string out;
      for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
      return out;
    };
    const auto size = static_cast<std::uint32_t>(data.size());
    const auto length = static_cast<std::uint32_t>(name.size());
    const std::string common = number(0, 2) + number(method, 2) + number(0, 4) + number(0, 4) +
                               number(size, 4) + number(size, 4) + number(length, 2) + number(0, 2);
    const std::string local = "PK\x03\x04" + number(20, 2) + common + name + data;
    const std::string central = "PK\x01\x02" + number(20, 2) + number(20, 2) + common +
                                number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4) +
                                number(0, 4) + name;
    return local + central + "PK\x05\x06" + number(0, 4) + number(1, 2) + number(1, 2) +
           number(static_cast<std::uint32_t>(central.size()), 4) +
           number(static_cast<std::uint32_t>(local.size()), 4) + number(0, 2);
  }
  static std::string array() {
    const std::string dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    return "\x93NUMPY\x01\x00"s + static_cast<char>(dict.size()) + "\x00"s + dict + "12345678";
  }
};

TEST_F(StorageAdviceTest, GzippedTablesByNameAndMagic) {
  EXPECT_EQ(form("d/t.csv.gz", "\x1f\x8b\x08 and so on"), CostlyForm::kGzipTable);
  EXPECT_EQ(form("d/t.jsonl.gz", "\x1f\x8b\x08 and so on"), CostlyForm::kGzipTable);
  EXPECT_FALSE(form("d/t.csv.gz", "not gzip"));
  EXPECT_FALSE(form("d/t.csv", "\x1f\x8b\x08 and so on"));
  EXPECT_FALSE(form("d/image.nii.gz", "\x1f\x8b\x08 and so on"));
  EXPECT_FALSE(form("d/t.csv.gz", ""));
}

TEST_F(StorageAdviceTest, CompressedArraysButNotPlainOnes) {
  EXPECT_EQ(form("a.npz", zip("x.npy", 8, "deflated bytes")), CostlyForm::kCompressedNpz);
  EXPECT_FALSE(form("a.npz", zip("x.npy", 0, array())));
  EXPECT_FALSE(form("a.npz", "no archive at all"));
}

TEST_F(StorageAdviceTest, Pickles) {
  EXPECT_EQ(form("frame.pkl", "\x80\x05 pickled"), CostlyForm::kPickle);
  EXPECT_FALSE(form("frame.pkl", "\x80\x09 pickled"));
  EXPECT_FALSE(form("frame.pkl", "text"));
}

TEST_F(StorageAdviceTest, ParquetOfWritersThatCannotCutPagesByContent) {
  const auto parquet = [](const std::string& writer) {
    return "PAR1 pages and pages " + writer + "\x01\x02\x03\x04PAR1";
  };
  EXPECT_EQ(form("t.parquet", parquet("parquet-cpp-arrow version 14.0.1")),
            CostlyForm::kParquetPages);
  EXPECT_EQ(form("t.parquet", parquet("fastparquet-python version 2024")),
            CostlyForm::kParquetPages);
  EXPECT_FALSE(form("t.parquet", parquet("parquet-cpp-arrow version 21.0.0")));
  EXPECT_FALSE(form("t.parquet", parquet("somebody else")));
  EXPECT_FALSE(form("t.parquet", "parquet-mr version 1"));
}

TEST_F(StorageAdviceTest, WhatIsNotHereIsPassedOver) {
  auto file = stored("\x1f\x8b\x08 and so on", 1000, 0);
  EXPECT_FALSE(costly_form("t.csv.gz", file));
}

}  // namespace
}  // namespace cairn::repo
