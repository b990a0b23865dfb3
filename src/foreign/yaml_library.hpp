// libyaml, loaded by the first file that is read and never before.
#pragma once

#include <yaml.h>

#include "cairn/result.hpp"

namespace cairn::foreign {

// The functions used, under their names without "yaml_".
struct YamlLibrary {
  decltype(&::yaml_parser_initialize) parser_initialize = nullptr;
  decltype(&::yaml_parser_set_input_string) parser_set_input_string = nullptr;
  decltype(&::yaml_parser_parse) parser_parse = nullptr;
  decltype(&::yaml_parser_delete) parser_delete = nullptr;
  decltype(&::yaml_event_delete) event_delete = nullptr;
};

// Thread-safe; kIo (slug "no-library") where it is not installed.
Result<const YamlLibrary*> yaml_library();

}  // namespace cairn::foreign
