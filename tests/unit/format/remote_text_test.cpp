// Leases, cairn.json, condemned lists and keys: text that others can read, and every text that is
// refused.
#include "base/text.hpp"
#include "format/table.hpp"
#include "unit/format/remote_samples.hpp"

namespace cairn::format {
namespace {

const std::string kSession(32, 'a');
const std::string kProject(32, 'b');

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

// ---- leases ----

TEST(Lease, IsOneLineOfJson) {
  EXPECT_EQ(encode_lease(sample_lease()),
            R"({"lease":1,"session":")" + kSession + R"(","project":")" + kProject +
                R"(","n":2,"start":1700000000000,"expires":1700086400000,"tool":"cairn 0.1.0"})" +
                "\n");
  EXPECT_EQ(encode_lease_end(kSession, 17),
            R"({"lease":1,"session":")" + kSession + R"(","end":17})" + "\n");
}

TEST(Lease, ComesBack) {
  Lease lease = sample_lease();
  lease.tool = "\"quoted\"\n\\ caf\xc3\xa9";
  const auto back = decode_lease(encode_lease(lease));
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->session, lease.session);
  EXPECT_EQ(back->project, lease.project);
  EXPECT_EQ(back->n, 2U);
  EXPECT_EQ(back->start_ms, lease.start_ms);
  EXPECT_EQ(back->expires_ms, lease.expires_ms);
  EXPECT_EQ(back->tool, lease.tool);
  lease.tool = "\xff";
  EXPECT_EQ(decode_lease(encode_lease(lease))->tool, "\xef\xbf\xbd");
}

TEST(Lease, RefusesTruncation) {
  const std::string text = encode_lease(sample_lease());
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    EXPECT_TRUE(corrupt(decode_lease(text.substr(0, size)), "")) << size;
  }
  EXPECT_TRUE(corrupt(decode_lease(text + text), "not JSON"));
  EXPECT_TRUE(corrupt(decode_lease(encode_lease_end(kSession, 17)), "\"project\""));
  EXPECT_EQ(decode_lease("").error().slug(), "bad-lease");
}

TEST(Lease, HoldsTheTypesOfItsValues) {
  const std::string text = encode_lease(sample_lease());
  EXPECT_TRUE(too_new(decode_lease(replaced(text, "\"lease\":1", "\"lease\":2")), "version 2"));
  for (const char* number :
       {"-1", "1.9", "1e3", "\"1\"", "null", "true", "[1]", "{}", "18446744073709551616"}) {
    for (const char* field :
         {"\"lease\":1", "\"n\":2", "\"start\":1700000000000", "\"expires\":1700086400000"}) {
      const std::string key(field, std::string_view(field).find(':') + 1);
      EXPECT_TRUE(corrupt(decode_lease(replaced(text, field, key + number)),
                          "missing or of the wrong type"))
          << key << number;
    }
  }
  EXPECT_TRUE(corrupt(decode_lease(replaced(text, "\"cairn 0.1.0\"", "7")), "\"tool\""));
  EXPECT_TRUE(corrupt(
      decode_lease(replaced(text, "\"start\":1700000000000", "\"start\":9223372036854775808")),
      "no time"));
  EXPECT_TRUE(corrupt(decode_lease(replaced(text, "\"expires\":1700086400000", "\"expires\":5")),
                      "before its start"));
  EXPECT_TRUE(corrupt(decode_lease(replaced(text, kSession, kSession + "a")), "32 hex digits"));
  EXPECT_TRUE(
      corrupt(decode_lease(replaced(text, kProject, std::string(32, 'B'))), "32 hex digits"));
  EXPECT_TRUE(
      corrupt(decode_lease(replaced(text, "cairn 0.1.0", std::string(257, 'x'))), "256 bytes"));
  EXPECT_TRUE(corrupt(decode_lease(replaced(text, "cairn 0.1.0", "\xff")), "not JSON"));
}

TEST(Lease, RefusesAKeyTwice) {
  const std::string text = encode_lease(sample_lease());
  EXPECT_TRUE(corrupt(decode_lease(replaced(text, "\"n\":2", "\"n\":2,\"n\":2")), "\"n\" twice"));
  EXPECT_TRUE(
      corrupt(decode_lease(replaced(text, "\"n\":2", "\"n\":2,\"x\":{},\"x\":1")), "\"x\" twice"));
}

// ---- cairn.json ----

TEST(RemoteConfig, IsAFixedLine) {
  EXPECT_EQ(encode_remote_config(),
            "{\"cairn\":1,\"digest\":\"sha256\",\"cipher\":\"none\",\"features\":[]}\n");
  EXPECT_TRUE(accepted(check_remote_config(encode_remote_config())));
  EXPECT_TRUE(accepted(check_remote_config(
      " {\"features\" : [ ] , \"cipher\":\"none\",\n\"digest\":\"sha256\",\"cairn\":1}\r\n")));
}

TEST(RemoteConfig, SkipsKeysItDoesNotKnow) {
  for (const char* value :
       {"1", "-1", "1.5", "null", "true", "\"x\"", "[]", "[\"a\",[1,{\"a\":2}],null]",
        "{\"cairn\":2}", "{\"a\":[\"b\"],\"c\":{\"cairn\":9,\"cairn\":9}}"}) {
    EXPECT_TRUE(accepted(check_remote_config(replaced(
        encode_remote_config(), "\"digest\"", std::string("\"later\":") + value + ",\"digest\""))))
        << value;
  }
}

TEST(RemoteConfig, RefusesWhatIsNewer) {
  const std::string text = encode_remote_config();
  EXPECT_TRUE(
      too_new(check_remote_config(replaced(text, "\"cairn\":1", "\"cairn\":2")), "version 2"));
  EXPECT_TRUE(too_new(check_remote_config("{\"cairn\":2}"), "version 2"));
  EXPECT_TRUE(
      too_new(check_remote_config(replaced(text, "sha256", "blake3")), "digest \"blake3\""));
  EXPECT_TRUE(too_new(check_remote_config(replaced(text, "none", "aes")), "cipher \"aes\""));
  EXPECT_TRUE(too_new(check_remote_config(replaced(text, "[]", "[\"x\\u001b\",\"y\"]")),
                      "feature \"x\\x1b\""));
}

TEST(RemoteConfig, RefusesTheRest) {
  const std::string text = encode_remote_config();
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    EXPECT_TRUE(corrupt(check_remote_config(text.substr(0, size)), "")) << size;
  }
  for (const char* other :
       {"[]", "1", "\"x\"", "null", "[{\"cairn\":1}]", "<html>", "{}", "{\"cairn\":1}"}) {
    EXPECT_TRUE(corrupt(check_remote_config(other), "")) << other;
  }
  EXPECT_TRUE(
      corrupt(check_remote_config(replaced(text, "\"sha256\"", "[\"sha256\"]")), "\"digest\""));
  for (const char* features :
       {"[1]", "[[]]", "[{}]", "[\"a\",null]", "\"\"", "{}", "[null,\"a\"]"}) {
    EXPECT_TRUE(corrupt(check_remote_config(replaced(text, "[]", features)), "\"features\""))
        << features;
  }
  EXPECT_TRUE(corrupt(check_remote_config(replaced(text, "\"cipher\"", "\"cairn\":1,\"cipher\"")),
                      "twice"));
  EXPECT_TRUE(corrupt(check_remote_config(text + "x"), "not JSON"));
  EXPECT_TRUE(corrupt(check_remote_config(replaced(text, "[]", "[],\"x\":\"\xff\"")), "not JSON"));
}

TEST(RemoteConfig, HasBoundsOfSizeAndDepth) {
  const std::string text = encode_remote_config();
  const auto nested = [&](std::size_t depth, const char* open, const char* close) {
    std::string value;
    for (std::size_t i = 0; i < depth; ++i) value += open;
    value += "1";
    for (std::size_t i = 0; i < depth; ++i) value += close;
    return check_remote_config(replaced(text, "\"digest\"", "\"x\":" + value + ",\"digest\""));
  };
  EXPECT_TRUE(accepted(nested(15, "[", "]")));
  EXPECT_TRUE(corrupt(nested(16, "[", "]"), "nested too deeply"));
  EXPECT_TRUE(accepted(nested(15, "{\"a\":", "}")));
  EXPECT_TRUE(corrupt(nested(16, "{\"a\":", "}"), "nested too deeply"));
  EXPECT_TRUE(corrupt(check_remote_config(std::string(60'000, '[')), "no object"));
  EXPECT_TRUE(accepted(check_remote_config(text + std::string(64 * 1024 - text.size(), ' '))));
  EXPECT_TRUE(
      corrupt(check_remote_config(text + std::string(64 * 1024 - text.size() + 1, ' ')), "64 KiB"));
}

// ---- condemned lists ----

const std::vector<std::pair<PackId, std::string>> kCondemned = {
    {sample_id<PackId>("1"), "unreachable"}, {sample_id<PackId>("2"), "poorly filled: 12 %"}};

std::string checked_list(const std::string& body) {
  return body + "check " + crypto::sha256(base::view_of(body)).hex() + "\n";
}

TEST(CondemnedList, ComesBack) {
  const std::string text = encode_condemned(kCondemned);
  EXPECT_EQ(text,
            checked_list("cairn-condemned/1\n" + kCondemned[0].first.hex() + " unreachable\n" +
                         kCondemned[1].first.hex() + " poorly filled: 12 %\n"));
  const auto back = decode_condemned(text);
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(*back, kCondemned);
  EXPECT_TRUE(decode_condemned(encode_condemned({}))->empty());
}

TEST(CondemnedList, WritesAnyReasonAsOneLine) {
  const auto back =
      decode_condemned(encode_condemned({{kCondemned[0].first, "a\nb\x1b"},
                                         {kCondemned[1].first, ""},
                                         {kCondemned[1].first, std::string(1000, '\x01')}}));
  ASSERT_TRUE(accepted(back));
  EXPECT_EQ(back->at(0).second, "a\\x0ab\\x1b");
  EXPECT_EQ(back->at(1).second, "unknown");
  EXPECT_EQ(back->at(2).second.size(), 256U);
}

TEST(CondemnedList, RefusesDamage) {
  const std::string text = encode_condemned(kCondemned);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_TRUE(corrupt(decode_condemned(text.substr(0, size)), "")) << size;
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string other = text;
    other[at] = static_cast<char>(other[at] ^ 4);
    EXPECT_FALSE(decode_condemned(other).ok()) << at;
  }
  EXPECT_TRUE(corrupt(decode_condemned(text + "\n"), ""));
  EXPECT_TRUE(corrupt(decode_condemned(text + text), ""));
  EXPECT_EQ(decode_condemned("").error().slug(), "bad-condemned-list");
}

TEST(CondemnedList, HoldsTheFormOfItsLines) {
  const std::string first = "cairn-condemned/1\n";
  const std::string id = kCondemned[0].first.hex();
  EXPECT_TRUE(accepted(decode_condemned(checked_list(first + id + " x\n"))));
  EXPECT_TRUE(
      accepted(decode_condemned(checked_list(first + id + " " + std::string(256, 'x') + "\n"))));
  for (const std::string& line :
       {id, id + " ", id + "  \x1b", " " + id + " x", id + "\tx", id.substr(1) + " x",
        std::string(), id + " " + std::string(257, 'x'), std::string(64, 'G') + " x",
        id + " \xff"}) {
    EXPECT_TRUE(corrupt(decode_condemned(checked_list(first + line + "\n")), "malformed line"))
        << line;
  }
  EXPECT_TRUE(corrupt(decode_condemned(checked_list(first + id + " x")), "check line"));
  EXPECT_TRUE(too_new(decode_condemned("cairn-condemned/2\n"), "version 2"));
  EXPECT_TRUE(corrupt(decode_condemned(checked_list("cairn-condemned/x\n")), "first line"));
  EXPECT_TRUE(
      corrupt(decode_condemned(checked_list("something else\n")), "does not start like one"));
  EXPECT_TRUE(corrupt(decode_condemned(std::string((64 << 20) + 1, 'x')), "64 MiB"));
}

// ---- keys ----

TEST(Keys, AreThoseOfTheLayout) {
  const auto pack = sample_id<PackId>("pack");
  EXPECT_EQ(pack_key(pack), "packs/" + pack.hex().substr(0, 2) + "/" + pack.hex());
  EXPECT_EQ(root_key(kProject, sample_id<Digest>("x")),
            "roots/" + kProject + "/" + sample_id<Digest>("x").hex());
  EXPECT_EQ(lease_key(kSession, "12"), "leases/" + kSession + ".12");
  EXPECT_EQ(lease_key(kSession, "end"), "leases/" + kSession + ".end");
  EXPECT_EQ(bad_key(pack, 4'294'967'295U), "bad/" + pack.hex() + ".4294967295");
}

TEST(Keys, OfAnIndexTellItsRange) {
  TableBuilder builder;
  builder.add_pack(sample_id<PackId>("pack"), 1000, PackKind::kData);
  builder.add_record({64, 100, 30, 0, 3, 0, 1, 0}, {});
  ChunkId low = sample_id<ChunkId>("1");
  ChunkId high = low;
  low.bytes = {0x01, 0x23, 0x45, 0x67, 0x89};
  high.bytes = {0xFE, 0xDC, 0xBA, 0x98, 0x76};
  builder.add_chunk(high, 0, 10);
  builder.add_chunk(sample_id<ChunkId>("middle"), 10, 10);
  builder.add_chunk(low, 20, 10);
  const base::Bytes object = builder.encode();
  EXPECT_EQ(index_key(object), "index/01234567-fedcba98-" + crypto::sha256(object).hex());
  const base::Bytes empty = TableBuilder().encode();
  EXPECT_EQ(index_key(empty), "index/00000000-00000000-" + crypto::sha256(empty).hex());
}

}  // namespace
}  // namespace cairn::format
