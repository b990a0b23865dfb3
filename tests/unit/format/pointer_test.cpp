// Pointers: what comes back, and every text that is none.
#include "format/pointer.hpp"

#include "unit/format/refusals.hpp"

namespace cairn::format {
namespace {

using Lines = std::vector<std::string>;

const std::string kOid = "sha256:" + sample_id<Digest>("oid").hex();
const std::string kTree = "sha256:" + sample_id<Digest>("tree").hex();
const std::string kNothing =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Lines with a check line that agrees.
std::string checked(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text + "check " + crypto::sha256(base::view_of(text)).hex().substr(0, 32) + "\n";
}
const Lines kFile = {"version cairn-pointer/1",
                     "kind file",
                     "oid " + kOid,
                     "tree " + kTree,
                     "size 1000000",
                     "exec 1",
                     "a b",
                     "x-1 y z"};
const Lines kFolder = {"version cairn-pointer/1", "kind folder", "oid " + kOid, "size 10276045",
                       "files 4123"};

Lines without(Lines lines, std::size_t at) {
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
  return lines;
}
Lines with(Lines lines, std::size_t at, std::string line) {
  lines[at] = std::move(line);
  return lines;
}
Lines inserted(Lines lines, std::size_t at, std::string line) {
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), std::move(line));
  return lines;
}

TEST(Pointer, OfAFileComesBack) {
  const auto parsed = decode_pointer(checked(kFile));
  ASSERT_TRUE(accepted(parsed));
  EXPECT_FALSE(parsed->had_crlf);
  const Pointer& pointer = parsed->pointer;
  EXPECT_EQ(pointer.kind, Pointer::Kind::kFile);
  EXPECT_EQ(pointer.oid, sample_id<Digest>("oid"));
  EXPECT_EQ(pointer.tree, sample_id<ChunkId>("tree"));
  EXPECT_EQ(pointer.size_bytes, 1'000'000U);
  EXPECT_TRUE(pointer.executable);
  EXPECT_EQ(pointer.extra, (decltype(pointer.extra){{"a", "b"}, {"x-1", "y z"}}));
  EXPECT_EQ(encode_pointer(pointer), checked(kFile));
}

TEST(Pointer, OfAFolderComesBack) {
  const auto parsed = decode_pointer(checked(kFolder));
  ASSERT_TRUE(accepted(parsed));
  EXPECT_EQ(parsed->pointer.kind, Pointer::Kind::kFolder);
  EXPECT_EQ(parsed->pointer.files, 4123U);
  EXPECT_EQ(parsed->pointer.size_bytes, 10'276'045U);
  EXPECT_EQ(encode_pointer(parsed->pointer), checked(kFolder));
}

TEST(Pointer, SortsUnknownKeys) {
  Pointer pointer = decode_pointer(checked(kFile))->pointer;
  std::swap(pointer.extra[0], pointer.extra[1]);
  EXPECT_EQ(encode_pointer(pointer), checked(kFile));
}

TEST(Pointer, NamesItsClosure) {
  EXPECT_EQ(decode_pointer(checked(kFile))->pointer.closure_id(), sample_id<Digest>("tree"));
  EXPECT_EQ(decode_pointer(checked(kFolder))->pointer.closure_id(), sample_id<Digest>("oid"));
  const Lines one = {kFile[0], kFile[1], kFile[2], "size 12"};
  EXPECT_EQ(decode_pointer(checked(one))->pointer.closure_id(), sample_id<Digest>("oid"));
  const Lines nothing = {kFile[0], kFile[1], "oid " + kNothing, "size 0"};
  EXPECT_EQ(decode_pointer(checked(nothing))->pointer.closure_id(), std::nullopt);
  const Lines empty_folder = {kFolder[0], kFolder[1], kFolder[2], "size 0", "files 0"};
  EXPECT_EQ(decode_pointer(checked(empty_folder))->pointer.closure_id(), sample_id<Digest>("oid"));
}

TEST(Pointer, RefusesDamage) {
  for (const Lines& lines : {kFile, kFolder}) {
    const std::string text = checked(lines);
    for (std::size_t size = 0; size < text.size(); ++size) {
      EXPECT_TRUE(corrupt(decode_pointer(text.substr(0, size)), "")) << size;
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::string other = text;
      other[at] = static_cast<char>(other[at] ^ 1);
      EXPECT_FALSE(decode_pointer(other).ok()) << at;
    }
    EXPECT_TRUE(corrupt(decode_pointer(text + "\n"), ""));
    EXPECT_TRUE(corrupt(decode_pointer(text + text), ""));
    EXPECT_TRUE(corrupt(decode_pointer("\xef\xbb\xbf" + text), "first line"));
  }
  EXPECT_EQ(decode_pointer("").error().slug(), "bad-pointer");
}

TEST(Pointer, RefusesAnUpperCaseCheck) {
  std::string text = checked(kFolder);
  for (std::size_t at = text.size() - 33; at < text.size(); ++at)
    text[at] = static_cast<char>(std::toupper(text[at]));
  EXPECT_TRUE(corrupt(decode_pointer(text), "check line does not match"));
}

TEST(Pointer, RefusesATextMergeOfTwoEdits) {
  const std::string ours = checked(with(kFolder, 3, "size 1"));
  const std::string theirs = checked(with(kFolder, 4, "files 1"));
  // The size of one, the number of files of the other, and either check line.
  for (const std::string& side : {ours, theirs}) {
    std::string merged = checked(with(with(kFolder, 3, "size 1"), 4, "files 1"));
    merged.replace(merged.size() - 33, 33, side.substr(side.size() - 33));
    EXPECT_TRUE(corrupt(decode_pointer(merged), "check line does not match"));
  }
}

TEST(Pointer, TellsConflictMarksApart) {
  const std::string conflict = "version cairn-pointer/1\nkind folder\n<<<<<<< HEAD\n" +
                               checked(kFolder) + "=======\n" + checked(kFile) + ">>>>>>> branch\n";
  EXPECT_TRUE(refused(decode_pointer(conflict), Code::kConflict, "conflict marks"));
  EXPECT_EQ(decode_pointer(conflict).error().slug(), "pointer-conflict");
  EXPECT_TRUE(refused(decode_pointer(conflict + std::string(4000, 'x')), Code::kConflict,
                      "conflict marks"));
  EXPECT_TRUE(refused(decode_pointer("<<<<<<< HEAD"), Code::kConflict, "conflict marks"));
  EXPECT_TRUE(refused(decode_pointer(checked(kFolder) + ">>>>>>> x\r\n"), Code::kConflict,
                      "conflict marks"));
  EXPECT_TRUE(accepted(decode_pointer(checked(inserted(kFolder, 5, "note x<<<<<<< HEAD")))));
}

TEST(Pointer, ReadsCarriageReturnsWithAMark) {
  std::string text = checked(kFile);
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
    text.insert(at, "\r");
  const auto parsed = decode_pointer(text);
  ASSERT_TRUE(accepted(parsed));
  EXPECT_TRUE(parsed->had_crlf);
  EXPECT_EQ(encode_pointer(parsed->pointer), checked(kFile));
  EXPECT_TRUE(corrupt(decode_pointer(checked(with(kFolder, 3, "size 1\r2"))), "size"));
}

TEST(Pointer, HasAtMost1024Bytes) {
  const std::size_t rest = checked(inserted(kFolder, 5, "x ")).size();
  const auto of_size = [&](std::size_t size) {
    return checked(inserted(kFolder, 5, "x " + std::string(size - rest, 'v')));
  };
  ASSERT_EQ(of_size(1024).size(), 1024U);
  EXPECT_TRUE(accepted(decode_pointer(of_size(1024))));
  EXPECT_TRUE(corrupt(decode_pointer(of_size(1025)), "1,024 bytes"));
}

TEST(Pointer, RefusesWhatIsNewer) {
  EXPECT_TRUE(too_new(decode_pointer("version cairn-pointer/2\nanything\n"), "version 2"));
  EXPECT_TRUE(too_new(decode_pointer("version cairn-pointer/2\r\n"), "version 2"));
  EXPECT_TRUE(too_new(decode_pointer(checked(with(kFolder, 2, "oid sha512:12"))), "digest sha512"));
  EXPECT_TRUE(too_new(decode_pointer(checked(with(kFile, 3, "tree blake3:12"))), "digest blake3"));
  EXPECT_TRUE(too_new(decode_pointer(checked(with(kFolder, 1, "kind model"))), "kind model"));
  for (const char* version : {"", "01", "x", "1x", "-1", "99999999999999999999"}) {
    EXPECT_TRUE(corrupt(
        decode_pointer(checked(with(kFolder, 0, std::string("version cairn-pointer/") + version))),
        ""));
  }
}

TEST(Pointer, HoldsTheKeysAndTheirOrder) {
  for (std::size_t at = 1; at < kFolder.size(); ++at) {
    EXPECT_TRUE(corrupt(decode_pointer(checked(without(kFolder, at))), "")) << kFolder[at];
  }
  for (std::size_t at = 1; at + 1 < kFolder.size(); ++at) {
    Lines swapped = kFolder;
    std::swap(swapped[at], swapped[at + 1]);
    EXPECT_TRUE(corrupt(decode_pointer(checked(swapped)), "")) << kFolder[at];
  }
  for (std::size_t at = 1; at < kFile.size(); ++at) {
    EXPECT_TRUE(corrupt(decode_pointer(checked(inserted(kFile, at, kFile[at]))), ""))
        << "twice " << kFile[at];
  }
  EXPECT_TRUE(corrupt(decode_pointer(checked(inserted(kFolder, 3, "tree " + kTree))), "size"));
  EXPECT_TRUE(corrupt(decode_pointer(checked(inserted(kFile, 5, "files 1"))), "not in its place"));
  EXPECT_TRUE(corrupt(decode_pointer(checked(inserted(kFolder, 5, "exec 1"))), "not in its place"));
  EXPECT_TRUE(corrupt(decode_pointer(checked(with(kFile, 5, "exec 0"))), "exec"));
  EXPECT_TRUE(
      corrupt(decode_pointer(checked(inserted(kFolder, 5, "check 00"))), "not in its place"));
  EXPECT_TRUE(corrupt(decode_pointer(checked(inserted(kFolder, 5, "version cairn-pointer/1"))),
                      "not in its place"));
  EXPECT_TRUE(corrupt(decode_pointer(checked({kFolder[0]})), "kind"));
  EXPECT_TRUE(corrupt(decode_pointer(checked(inserted(kFolder, 1, ""))), "kind"));
}

TEST(Pointer, HoldsTheFormOfIds) {
  std::string upper = kOid;
  upper.back() = 'F';
  for (const std::string& oid : {std::string("sha256:"), kOid + "0", kOid.substr(0, 70), upper,
                                 kOid.substr(7), " " + kOid, kOid + " "}) {
    EXPECT_FALSE(decode_pointer(checked(with(kFolder, 2, "oid " + oid))).ok()) << oid;
  }
}

TEST(Pointer, HoldsTheFormOfNumbers) {
  EXPECT_TRUE(accepted(decode_pointer(checked(with(kFolder, 3, "size 9223372036854775807")))));
  for (const char* number : {"", " 1", "1 ", "01", "+1", "-1", "1.0", "1e3", "0x1",
                             "9223372036854775808", "18446744073709551616"}) {
    EXPECT_TRUE(
        corrupt(decode_pointer(checked(with(kFolder, 3, std::string("size ") + number))), "size"))
        << number;
    EXPECT_TRUE(
        corrupt(decode_pointer(checked(with(kFolder, 4, std::string("files ") + number))), "files"))
        << number;
  }
}

TEST(Pointer, HoldsTheFormOfUnknownKeys) {
  const auto accepts = [](const std::string& line) {
    return decode_pointer(checked(inserted(kFolder, 5, line))).ok();
  };
  EXPECT_TRUE(accepts("a b"));
  EXPECT_TRUE(accepts("- b"));
  EXPECT_TRUE(accepts(std::string(32, 'k') + " caf\xc3\xa9"));
  for (const std::string& line :
       {std::string("a"), std::string("a "), std::string("a  b"), std::string("a b "),
        std::string("A b"), std::string("a_ b"), std::string(33, 'k') + " v", std::string(" a b"),
        std::string("a \x1b[31m"), std::string("a \xff"), std::string("a b\tc"), std::string("")}) {
    EXPECT_FALSE(accepts(line)) << line;
  }
  EXPECT_TRUE(corrupt(decode_pointer(checked(inserted(inserted(kFolder, 5, "b 1"), 6, "a 1"))),
                      "keys out of order"));
  EXPECT_TRUE(corrupt(decode_pointer(checked(inserted(inserted(kFolder, 5, "a 1"), 6, "a 2"))),
                      "keys out of order"));
}

TEST(Pointer, HoldsWhatSizeAndIdsSayOfEachOther) {
  const auto file = [](const std::string& oid, const std::string& size) {
    return decode_pointer(checked({kFile[0], kFile[1], "oid " + oid, "size " + size}));
  };
  EXPECT_TRUE(accepted(file(kNothing, "0")));
  EXPECT_TRUE(corrupt(file(kNothing, "1"), "contradicts"));
  EXPECT_TRUE(corrupt(file(kOid, "0"), "contradicts"));
  EXPECT_TRUE(accepted(file(kOid, "1048576")));
  EXPECT_TRUE(corrupt(file(kOid, "1048577"), "without a tree"));
  EXPECT_TRUE(corrupt(decode_pointer(checked(with(kFile, 4, "size 1"))), "less than two bytes"));
  EXPECT_TRUE(accepted(decode_pointer(checked(with(kFile, 4, "size 2")))));
}

TEST(Pointer, IsKnownByItsFirstLine) {
  EXPECT_TRUE(looks_like_pointer(checked(kFile)));
  EXPECT_TRUE(looks_like_pointer("version cairn-pointer/99\n"));
  EXPECT_FALSE(looks_like_pointer("version https://git-lfs.github.com/spec/v1\n"));
  EXPECT_FALSE(looks_like_pointer(""));
}

}  // namespace
}  // namespace cairn::format
