#include "remotes/s3/quirks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace cairn::remotes::s3 {
namespace {

using Json = nlohmann::json;

constexpr std::array kFields = {"name", "host", "style", "list", "conditional-put", "region"};

Error bad_row(const std::string& row, const std::string& why) {
  return {Code::kCorrupt, "providers.json, row `" + row + "`: " + why};
}

// Every field stands once, and nothing else but a note.
Status check_fields(const Json& row) {
  if (!row.is_object()) return bad_row("", "not an object");
  const std::string name = row.value("name", Json()).is_string() ? row["name"] : Json("");
  for (const char* field : kFields) {
    if (!row.contains(field)) return bad_row(name, std::string("lacks ") + field);
  }
  if (row.size() != kFields.size() + row.count("note")) return bad_row(name, "an unknown field");
  for (const char* field : {"name", "host", "style", "list", "region"}) {
    if (!row[field].is_string()) return bad_row(name, std::string(field) + " is not text");
  }
  if (!row["conditional-put"].is_boolean())
    return bad_row(name, "conditional-put is not a yes or no");
  return {};
}

Result<Quirks> parse_row(const Json& row) {
  CAIRN_CHECK(check_fields(row));
  Quirks out;
  out.name = row["name"];
  out.host_suffix = row["host"];
  if (row["style"] != "path" && row["style"] != "virtual") return bad_row(out.name, "style");
  if (row["list"] != "v1" && row["list"] != "v2") return bad_row(out.name, "list");
  out.style = row["style"] == "path" ? AddressingStyle::kPath : AddressingStyle::kVirtual;
  out.list = row["list"] == "v1" ? ListVersion::kV1 : ListVersion::kV2;
  out.conditional_put = row["conditional-put"] ? ConditionalPut::kTried : ConditionalPut::kRefused;
  out.region = row["region"];
  return out;
}

// A unit test reads the file; were it wrong all the same, every host is any other host.
std::vector<Quirks> known_providers() {
  auto rows = parse_providers(kProvidersText);
  return rows.ok() ? *std::move(rows) : std::vector<Quirks>(1);
}

}  // namespace

Result<std::vector<Quirks>> parse_providers(std::string_view text) {
  const Json file = Json::parse(text, nullptr, false);
  if (!file.is_object() || file.size() != 1 || !file.contains("providers") ||
      !file["providers"].is_array())
    return Error(Code::kCorrupt, "providers.json is not one list of providers");
  std::vector<Quirks> rows;
  for (const Json& row : file["providers"]) {
    CAIRN_TRY(auto parsed, parse_row(row));
    for (const Quirks& before : rows) {
      if (parsed.host_suffix.ends_with(before.host_suffix))
        return bad_row(parsed.name, "row `" + before.name + "` takes its hosts");
    }
    rows.push_back(std::move(parsed));
  }
  if (rows.empty() || !rows.back().host_suffix.empty())
    return Error(Code::kCorrupt, "providers.json has no last row for any other host");
  return rows;
}

const Quirks& quirks_of(std::string_view host) {
  static const std::vector<Quirks> kRows = known_providers();
  const auto row = std::ranges::find_if(
      kRows, [&](const Quirks& known) { return host.ends_with(known.host_suffix); });
  return *row;
}

Quirks resolve_quirks(std::string_view host, const S3Options& options) {
  Quirks quirks = quirks_of(host);
  quirks.style = options.style.value_or(quirks.style);
  quirks.list = options.list.value_or(quirks.list);
  quirks.conditional_put = options.conditional_put.value_or(quirks.conditional_put);
  return quirks;
}

}  // namespace cairn::remotes::s3
