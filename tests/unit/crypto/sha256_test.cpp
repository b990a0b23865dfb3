// SHA-256 against published vectors and, on random lengths and splits, against OpenSSL's EVP.
#include "crypto/sha256.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

#include "crypto/processor.hpp"
#include "crypto/sha256_detail.hpp"
#include "crypto/sha256_evp.hpp"

namespace cairn::crypto {
namespace {

using base::ByteView;
using detail::Kernel;

// A million was run before the kernel shipped; this many take under two seconds.
constexpr int kRandomCases = 100'000;
constexpr std::uint64_t kSeed = 20'240'601;

base::Bytes random_bytes(std::size_t size) {
  std::mt19937_64 random(kSeed);
  base::Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

// Short lengths meet every padding case; some long ones go through the block loop.
std::size_t random_length(std::mt19937_64& random) {
  switch (random() % 8) {
    case 0:
      return random() % 4096;
    case 1:
      return 64 * (random() % 8);
    default:
      return random() % 200;
  }
}

// Anywhere in the pool, so that alignment varies too.
ByteView random_piece(std::mt19937_64& random, ByteView pool) {
  const std::size_t length = random_length(random);
  return pool.subspan(random() % (pool.size() - length), length);
}

// Runs each test with the kernel of this processor and with the fallback.
class Sha256Test : public testing::TestWithParam<Kernel> {
 protected:
  Sha256Test() { detail::choose_kernel(GetParam()); }
  ~Sha256Test() override { detail::choose_kernel(Kernel::kBest); }
};

INSTANTIATE_TEST_SUITE_P(Kernels, Sha256Test, testing::Values(Kernel::kBest, Kernel::kEvpOnly),
                         [](const auto& kernel) {
                           return std::string(kernel.param == Kernel::kBest ? "Best" : "EvpOnly");
                         });

struct Vector {
  std::string message;
  std::string digest_hex;
};

// FIPS 180-2 appendix B, and the NIST examples of one and two blocks.
std::vector<Vector> nist_vectors() {
  return {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
       "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
}

TEST_P(Sha256Test, PublishedVectors) {
  for (const auto& [message, digest_hex] : nist_vectors()) {
    const ByteView bytes = base::view_of(message);
    EXPECT_EQ(sha256(bytes).hex(), digest_hex);
    Sha256 stream;
    stream.update(bytes);
    EXPECT_EQ(stream.finish().hex(), digest_hex);
  }
}

TEST_P(Sha256Test, EveryPairOfPublishedVectors) {
  for (const auto& a : nist_vectors()) {
    for (const auto& b : nist_vectors()) {
      Digest digest_a, digest_b;
      sha256_pair(base::view_of(a.message), base::view_of(b.message), digest_a, digest_b);
      EXPECT_EQ(digest_a.hex(), a.digest_hex);
      EXPECT_EQ(digest_b.hex(), b.digest_hex);
    }
  }
}

TEST_P(Sha256Test, OneShotAndPairEqualEvp) {
  const auto pool = random_bytes(16'384);
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < kRandomCases; ++i) {
    const ByteView a = random_piece(random, pool);
    const ByteView b = random_piece(random, pool);
    Digest digest_a, digest_b;
    sha256_pair(a, b, digest_a, digest_b);
    ASSERT_EQ(digest_a, detail::evp_sha256(a)) << "seed " << kSeed << " case " << i;
    ASSERT_EQ(digest_b, detail::evp_sha256(b)) << "seed " << kSeed << " case " << i;
    ASSERT_EQ(sha256(a), digest_a) << "seed " << kSeed << " case " << i;
  }
}

TEST_P(Sha256Test, AnySplitOfUpdatesEqualsEvp) {
  const auto pool = random_bytes(16'384);
  std::mt19937_64 random(kSeed + 1);
  Sha256 stream;  // one object for all cases: finish() starts afresh
  detail::EvpSha256 reference;
  for (int i = 0; i < kRandomCases; ++i) {
    for (auto updates = random() % 6; updates > 0; --updates) {
      const ByteView piece = random_piece(random, pool);
      reference.update(piece);
      if (random() % 2 == 0) {
        stream.update(piece);
        continue;
      }
      const ByteView other = random_piece(random, pool);
      Digest other_digest;
      stream.update_with(piece, other, other_digest);
      ASSERT_EQ(other_digest, detail::evp_sha256(other)) << "seed " << kSeed << " case " << i;
    }
    ASSERT_EQ(stream.finish(), reference.finish()) << "seed " << kSeed << " case " << i;
  }
}

TEST_P(Sha256Test, FileAndItsChunksInOnePass) {
  const auto file = random_bytes(1'000'003);
  Sha256 whole;
  for (ByteView rest = file; !rest.empty();) {
    const ByteView chunk = rest.first(std::min<std::size_t>(rest.size(), 65'537));
    Digest digest;
    whole.update_with(chunk, chunk, digest);
    ASSERT_EQ(digest, detail::evp_sha256(chunk));
    rest = rest.subspan(chunk.size());
  }
  EXPECT_EQ(whole.finish(), detail::evp_sha256(file));
}

TEST_P(Sha256Test, StreamKeepsItsKernelAndMoves) {
  Sha256 stream;
  stream.update(base::view_of("ab"));
  detail::choose_kernel(Kernel::kBest);
  Sha256 moved = std::move(stream);
  moved.update(base::view_of("c"));
  EXPECT_EQ(moved.finish(), sha256(base::view_of("abc")));
}

TEST_P(Sha256Test, ThreadsDoNotMeet) {
  const auto bytes = random_bytes(100'000);
  const Digest expected = detail::evp_sha256(bytes);
  std::vector<int> wrong(4);  // not bool: each thread writes its own element
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&bytes, &expected, &count] {
      for (int i = 0; i < 20; ++i) count += sha256(bytes) == expected ? 0 : 1;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

TEST(Sha256KernelTest, ChoiceIsReported) {
  EXPECT_EQ(has_sha_extensions(), detail::processor_has_sha());
  detail::choose_kernel(Kernel::kEvpOnly);
  EXPECT_FALSE(has_sha_extensions());
  detail::choose_kernel(Kernel::kBest);
  EXPECT_EQ(has_sha_extensions(), detail::processor_has_sha());
}

}  // namespace
}  // namespace cairn::crypto
