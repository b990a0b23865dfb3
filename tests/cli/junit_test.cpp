#include "cli/junit.hpp"

#include <gtest/gtest.h>

namespace cairn::cli {
namespace {

TEST(Junit, EscapesWhatXmlCannotHold) {
  EXPECT_EQ(junit_text("s", {{"a<b>&\"c\"\x01\xff", {}, ""},
                             {"bad", {"one\ntwo", "three"}, ""},
                             {"left", {}, "no <access>"}}),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\">\n"
            "<testsuite name=\"s\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\">\n"
            "<testcase classname=\"s\" name=\"a&lt;b&gt;&amp;&quot;c&quot;\\x01\\xff\"/>\n"
            "<testcase classname=\"s\" name=\"bad\"><failure message=\"one&#10;two\">"
            "one&#10;two&#10;three</failure></testcase>\n"
            "<testcase classname=\"s\" name=\"left\"><skipped message=\"no "
            "&lt;access&gt;\"/></testcase>\n"
            "</testsuite>\n</testsuites>\n");
}

}  // namespace
}  // namespace cairn::cli
